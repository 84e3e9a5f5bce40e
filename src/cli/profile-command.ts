import type { Command } from 'commander'

import { parseProfileOptions, PROFILE_OPTIONS } from '../core/profile-options.js'
import { profile } from '../core/profile.js'
import { renderProfile } from '../core/report/profile-markdown.js'
import { addEngineFlags, readFlags } from './engine-flags.js'
import { PROFILE_HELP } from './help-groups.js'
import { profileText } from './profile-text.js'
import { type CommandShell, runCommand } from './run-command.js'

const PROFILE = { parse: parseProfileOptions, run: profile, text: profileText, summary: renderProfile }

/** Adds `profile`, which prints its figures to stdout. */
export function addProfileCommand(
  program: Command,
  shell: CommandShell & { readonly setLogLevel: (level: string) => void },
): void {
  const command = program
    .command('profile')
    .description('Measure every sample on every model and runner of a package.')
    .argument('<package>', 'a package (.nav); it is not changed')
  addEngineFlags(command, PROFILE_OPTIONS, PROFILE_HELP)
  command.action(async (file: string, flags: Record<string, unknown>) => {
    shell.setLogLevel(String(flags['logLevel']))
    const given = new Map([['package', file]])
    process.exitCode = await runCommand(PROFILE, readFlags(given, flags, PROFILE_OPTIONS), shell)
  })
}
