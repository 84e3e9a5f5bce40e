import path from 'node:path'

import CliTable from 'cli-table3'
import pc from 'picocolors'

import { buildPackage } from '../core/build.js'
import type { Environment } from '../core/environment.js'
import { EXIT_CODES } from '../core/errors.js'
import { optimize } from '../core/optimize.js'
import { type OptionValues, parseOptimizeOptions } from '../core/options.js'
import { prepareDestination } from '../core/platform/disk.js'
import { writeFileAtomic } from '../core/platform/journal.js'
import { plainText } from '../core/report/escape.js'
import { renderSummary } from '../core/report/markdown.js'
import type { RunRecord } from '../core/report/run-record.js'
import { headline, resultTable } from '../core/report/table.js'
import { terminalEnvironment } from './environment.js'
import type { ProgressDisplay } from './progress.js'

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
  const request = await parseOptimizeOptions(values, {
    cwd: process.cwd(),
    style: 'flag',
    destinations: [
      ...(summary === null ? [] : [{ option: 'summary', path: summary, what: 'summary' }]),
      ...(recordFile === null ? [] : [{ option: 'json', path: recordFile, what: 'record' }]),
    ],
  })
  const environment = terminalEnvironment({
    log: shell.log,
    signal: shell.signal,
    onProgress: (event) => {
      shell.progress.show(event)
    },
    runtimeDir: destinations.runtimeDir,
    recordPath: recordFile,
  })
  const { record } = await (command === 'optimize' ? optimize : buildPackage)(request, environment)
  shell.progress.stop()
  process.stdout.write(destinations.json === '-' ? `${JSON.stringify(record, null, 2)}\n` : resultText(record))
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

function resultText(record: RunRecord): string {
  const { head, rows } = resultTable(record)
  const table = new CliTable({
    head: head.map((cell) => pc.bold(cell)),
    style: { head: [], border: pc.isColorSupported ? ['gray'] : [] },
  })
  for (const row of rows) {
    const color = row.winner ? pc.green : row.failed ? pc.red : (text: string): string => text
    table.push(row.cells.map((cell) => color(plainText(cell))))
  }
  const saved = record.package === null ? [] : [`Package: ${record.package.path}`]
  const notes = record.notes.map((note) => pc.dim(`Note: ${plainText(note)}`))
  const parts = [
    pc.bold(plainText(headline(record))),
    ...(rows.length === 0 ? [] : [table.toString()]),
    ...notes,
    ...saved,
  ]
  return `${parts.join('\n')}\n`
}
