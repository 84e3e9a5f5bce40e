import path from 'node:path'

import type { Command } from 'commander'

import { COMPARE_OPTIONS, parseCompareOptions } from '../core/compare-options.js'
import { compare } from '../core/compare.js'
import type { Environment } from '../core/environment.js'
import { EXIT_CODES } from '../core/errors.js'
import { prepareDestination } from '../core/platform/disk.js'
import { writeFileAtomic } from '../core/platform/journal.js'
import { renderComparison } from '../core/report/comparison-markdown.js'
import { compareText } from './compare-text.js'
import { addEngineFlags, readFlags } from './engine-flags.js'
import { terminalEnvironment } from './environment.js'
import { COMPARE_HELP } from './help-groups.js'
import type { ProgressDisplay } from './progress.js'
import { terminalWidth } from './text-table.js'

interface CompareShell extends Pick<Environment, 'log' | 'signal'> {
  readonly progress: ProgressDisplay
  readonly setLogLevel: (level: string) => void
}

/** Adds `compare`, which prints its verdict to stdout and exits with 1 when the head is slower. */
export function addCompareCommand(program: Command, shell: CompareShell): void {
  const command = program
    .command('compare')
    .description('Say whether a package serves slower than another, measured side by side on this machine.')
    .argument('<base>', 'a package (.nav): what it was')
    .argument('<head>', 'a package (.nav): what it is to be')
  addEngineFlags(command, COMPARE_OPTIONS, COMPARE_HELP)
  command.action(async (base: string, head: string, flags: Record<string, unknown>) => {
    shell.setLogLevel(String(flags['logLevel']))
    const given = new Map(Object.entries({ base, head }))
    process.exitCode = await runCompare(readFlags(given, flags, COMPARE_OPTIONS), shell)
  })
}

async function runCompare(
  { values, summary, json, runtimeDir }: ReturnType<typeof readFlags>,
  { log, signal, progress }: CompareShell,
): Promise<number> {
  const summaryFile = summary === null ? null : path.resolve(summary)
  const recordPath = json === null || json === '-' ? null : path.resolve(json)
  const request = await parseCompareOptions(values, {
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
  const record = await compare(request, terminalEnvironment({ log, signal, onProgress, runtimeDir, recordPath }))
  progress.stop()
  process.stdout.write(json === '-' ? `${JSON.stringify(record, null, 2)}\n` : compareText(record, terminalWidth()))
  if (summaryFile !== null) {
    await prepareDestination(summaryFile)
    await writeFileAtomic(summaryFile, renderComparison(record))
  }
  return EXIT_CODES[record.outcome]
}
