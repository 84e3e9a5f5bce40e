import path from 'node:path'

import type { Command } from 'commander'

import type { Environment } from '../core/environment.js'
import { EXIT_CODES } from '../core/errors.js'
import { prepareDestination } from '../core/platform/disk.js'
import { writeFileAtomic } from '../core/platform/journal.js'
import { parseProfileOptions, PROFILE_OPTIONS } from '../core/profile-options.js'
import { profile } from '../core/profile.js'
import { renderProfile } from '../core/report/profile-markdown.js'
import { addEngineFlags, readFlags } from './engine-flags.js'
import { terminalEnvironment } from './environment.js'
import { PROFILE_HELP } from './help-groups.js'
import { profileText } from './profile-text.js'
import type { ProgressDisplay } from './progress.js'
import { terminalWidth } from './text-table.js'

interface ProfileShell extends Pick<Environment, 'log' | 'signal'> {
  readonly progress: ProgressDisplay
  readonly setLogLevel: (level: string) => void
}

/** Adds `profile`, which prints its figures to stdout. */
export function addProfileCommand(program: Command, shell: ProfileShell): void {
  const command = program
    .command('profile')
    .description('Measure every sample on every model and runner of a package.')
    .argument('<package>', 'a package (.nav); it is not changed')
  addEngineFlags(command, PROFILE_OPTIONS, PROFILE_HELP)
  command.action(async (file: string, flags: Record<string, unknown>) => {
    shell.setLogLevel(String(flags['logLevel']))
    process.exitCode = await runProfile(readFlags(new Map([['package', file]]), flags, PROFILE_OPTIONS), shell)
  })
}

async function runProfile(
  { values, summary, json, runtimeDir }: ReturnType<typeof readFlags>,
  { log, signal, progress }: ProfileShell,
): Promise<number> {
  const summaryFile = summary === null ? null : path.resolve(summary)
  const recordPath = json === null || json === '-' ? null : path.resolve(json)
  const request = await parseProfileOptions(values, {
    cwd: process.cwd(),
    style: 'flag',
    destinations: [
      ...(summaryFile === null ? [] : [{ option: 'summary', path: summaryFile, what: 'summary' }]),
      ...(recordPath === null ? [] : [{ option: 'json', path: recordPath, what: 'record' }]),
    ],
  })
  const onProgress: Environment['onProgress'] = (event) => {
    progress.show(event)
  }
  const record = await profile(request, terminalEnvironment({ log, signal, onProgress, runtimeDir, recordPath }))
  progress.stop()
  process.stdout.write(json === '-' ? `${JSON.stringify(record, null, 2)}\n` : profileText(record, terminalWidth()))
  if (summaryFile !== null) {
    await prepareDestination(summaryFile)
    await writeFileAtomic(summaryFile, renderProfile(record))
  }
  return EXIT_CODES[record.outcome]
}
