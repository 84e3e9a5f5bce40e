import path from 'node:path'

import { buildPackage } from '../core/build.js'
import { parseBuildOptions } from '../core/build-options.js'
import type { Environment } from '../core/environment.js'
import { EXIT_CODES } from '../core/errors.js'
import { optimize } from '../core/optimize.js'
import { type OptionValues, parseOptimizeOptions } from '../core/options.js'
import { prepareDestination } from '../core/platform/disk.js'
import { writeFileAtomic } from '../core/platform/journal.js'
import { renderSummary } from '../core/report/markdown.js'
import { terminalEnvironment } from './environment.js'
import type { ProgressDisplay } from './progress.js'
import { resultText } from './result-text.js'
import { terminalWidth } from './text-table.js'

/** Where else the results go, besides the terminal; null for nowhere. */
export interface Destinations {
  readonly summary: string | null
  readonly json: string | null
  readonly runtimeDir: string | null
}

/** Runs `optimize` or `build`, prints the result to stdout and returns the exit code. */
export async function runCommand(
  command: 'optimize' | 'build',
  values: OptionValues,
  destinations: Destinations,
  shell: Pick<Environment, 'log' | 'signal'> & { readonly progress: ProgressDisplay },
): Promise<number> {
  const { summary, recordFile } = pathsOf(destinations)
  const context = {
    cwd: process.cwd(),
    style: 'flag',
    destinations: [
      ...(summary === null ? [] : [{ option: 'summary', path: summary, what: 'summary' }]),
      ...(recordFile === null ? [] : [{ option: 'json', path: recordFile, what: 'record' }]),
    ],
  } as const
  const environment = terminalEnvironment({
    log: shell.log,
    signal: shell.signal,
    onProgress: (event) => {
      shell.progress.show(event)
    },
    runtimeDir: destinations.runtimeDir,
    recordPath: recordFile,
  })
  const { record } =
    command === 'optimize'
      ? await optimize(await parseOptimizeOptions(values, context), environment)
      : await buildPackage(await parseBuildOptions(values, context), environment)
  shell.progress.stop()
  process.stdout.write(
    destinations.json === '-' ? `${JSON.stringify(record, null, 2)}\n` : resultText(record, terminalWidth()),
  )
  if (summary !== null) {
    await prepareDestination(summary)
    await writeFileAtomic(summary, renderSummary(record))
  }
  return EXIT_CODES[record.outcome]
}

/** Absolute paths; null for nowhere, and `-` is standard output. */
function pathsOf({ summary, json }: Destinations): { summary: string | null; recordFile: string | null } {
  return {
    summary: summary === null ? null : path.resolve(summary),
    recordFile: json === null || json === '-' ? null : path.resolve(json),
  }
}
