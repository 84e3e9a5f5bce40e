import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

import pc from 'picocolors'

import { buildPackage } from '../core/build.js'
import type { Environment } from '../core/environment.js'
import { EXIT_CODES, NavigatorError } from '../core/errors.js'
import { optimize } from '../core/optimize.js'
import { type OptionValues, parseOptimizeOptions } from '../core/options.js'
import { plainText } from '../core/report/escape.js'
import { renderSummary } from '../core/report/markdown.js'
import type { RunRecord } from '../core/report/run-record.js'
import { headline, machineText, reasonText, speedUpText } from '../core/report/headline.js'
import { type ResultRow, resultRows, smallestBatch } from '../core/report/table.js'
import { terminalEnvironment } from './environment.js'
import type { ProgressDisplay } from './progress.js'
import { type Column, terminalWidth, textTable } from './text-table.js'

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

const COLUMNS: readonly Column[] = [
  { head: '  candidate', align: 'left', dispensable: 0 },
  { head: 'p50', align: 'right', dispensable: 0 },
  { head: 'p99', align: 'right', dispensable: 3 },
  { head: 'throughput', align: 'right', dispensable: 0 },
  { head: 'batch', align: 'right', dispensable: 0 },
  { head: 'accuracy cost', align: 'right', dispensable: 1 },
  { head: 'size', align: 'right', dispensable: 2 },
]

function resultText(record: RunRecord): string {
  const rows = resultRows(record)
  const measured = rows.filter(({ figures }) => figures !== null)
  const table = measured.map(({ name, figures, remark, result }) => {
    const shown = `${result === 'best' ? '★' : ' '} ${name}${remark === '' ? '' : ` (${remark})`}`
    return [shown, ...(figures ?? [])].map((cell) => (result === 'best' ? pc.green(cell) : cell))
  })
  const head = COLUMNS.map((column) => ({ ...column, head: pc.dim(column.head) }))
  const parts = [
    pc.bold(headline(record)),
    ...(measured.length === 0 ? [] : [whereText(record), '', textTable(head, table, terminalWidth()), '']),
    ...rows.filter(({ figures }) => figures === null).map(unmeasuredLine),
    ...(measured.some(({ figures }) => figures?.[0].startsWith('~') === true)
      ? [pc.dim(`~ did not settle within ${record.settings.stabilityPercentage} % from window to window`)]
      : []),
    ...record.notes.map((note) => pc.dim(`Note: ${plainText(note)}`)),
    ...(record.package === null ? [] : [`Package: ${record.package.path}`]),
  ]
  return `${parts.join('\n')}\n`
}

function whereText(record: RunRecord): string {
  const speedUp = speedUpText(record) ?? reasonText(record) ?? ''
  const batch = smallestBatch(record)
  return [
    ...(speedUp === '' ? [] : [plainText(speedUp)]),
    `on ${plainText(machineText(record.host))}; latency${batch}, throughput at the best batch size`,
  ].join('\n')
}

function unmeasuredLine({ name, remark, result }: ResultRow): string {
  return result === 'failed' ? `${pc.red('✗')} ${name}: ${remark}` : `${pc.dim('–')} ${name}: ${remark}`
}
