import type { Command } from 'commander'

import { COMPARE_OPTIONS, parseCompareOptions } from '../core/compare-options.js'
import { compare } from '../core/compare.js'
import { renderComparison } from '../core/report/comparison-markdown.js'
import { compareText } from './compare-text.js'
import { addEngineFlags, readFlags } from './engine-flags.js'
import { COMPARE_HELP } from './help-groups.js'
import { type CommandShell, runCommand } from './run-command.js'

const COMPARE = { parse: parseCompareOptions, run: compare, text: compareText, summary: renderComparison }

/** Adds `compare`, which prints its verdict to stdout and exits with 1 when the head is slower. */
export function addCompareCommand(
  program: Command,
  shell: CommandShell & { readonly setLogLevel: (level: string) => void },
): void {
  const command = program
    .command('compare')
    .description('Say whether a package serves slower than another, measured side by side on this machine.')
    .argument('<base>', 'a package (.nav): what it was')
    .argument('<head>', 'a package (.nav): what it is to be')
  addEngineFlags(command, COMPARE_OPTIONS, COMPARE_HELP)
  command.action(async (base: string, head: string, flags: Record<string, unknown>) => {
    shell.setLogLevel(String(flags['logLevel']))
    const given = new Map(Object.entries({ base, head }))
    process.exitCode = await runCommand(COMPARE, readFlags(given, flags, COMPARE_OPTIONS), shell)
  })
}
