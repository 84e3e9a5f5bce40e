import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

import CliTable from 'cli-table3'
import pc from 'picocolors'

import { buildPackage } from '../core/build.js'
import type { Environment } from '../core/environment.js'
import { EXIT_CODES, NavigatorError } from '../core/errors.js'
import { optimize } from '../core/optimize.js'
import { type OptionValues, parseOptimizeOptions } from '../core/options.js'
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
  await makeFolderOf('--output', values.get('output')?.[0] ?? null)
  await makeFolderOf('--summary', destinations.summary)
  await makeFolderOf('--json', destinations.json === '-' ? null : destinations.json)
  const request = await parseOptimizeOptions(values, { cwd: process.cwd(), style: 'flag' })
  const environment = terminalEnvironment({
    log: shell.log,
    signal: shell.signal,
    onProgress: (event) => {
      shell.progress.show(event)
    },
    runtimeDir: destinations.runtimeDir,
    recordPath: destinations.json === null || destinations.json === '-' ? null : path.resolve(destinations.json),
  })
  const { record } = await (command === 'optimize' ? optimize : buildPackage)(request, environment)
  shell.progress.stop()
  if (destinations.summary !== null) await writeFile(destinations.summary, renderSummary(record))
  process.stdout.write(destinations.json === '-' ? `${JSON.stringify(record, null, 2)}\n` : resultText(record))
  return EXIT_CODES[record.outcome]
}

/** Refuses a destination that cannot be a file before minutes of measuring, not after. */
async function makeFolderOf(flag: string, file: string | null): Promise<void> {
  if (file === null) return
  const folder = path.dirname(path.resolve(file))
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (cause) {
    throw new NavigatorError(
      'output-unwritable',
      `${flag}: "${file}" cannot be written: ${folder} is no writable folder.`,
      { cause },
    )
  }
  const existing = await stat(file).catch(() => null)
  if (existing?.isDirectory() === true) {
    throw new NavigatorError('output-unwritable', `${flag}: "${file}" is a folder; name a file.`)
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
