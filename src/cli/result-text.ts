import pc from 'picocolors'

import { plainText } from '../core/report/escape.js'
import { headline, machineText, reasonText, speedUpText, tradeOffText } from '../core/report/headline.js'
import { disturbanceText } from '../core/report/noise.js'
import type { RunRecord } from '../core/report/run-record.js'
import { type ResultRow, resultRows, smallestBatch } from '../core/report/table.js'
import { type Column, textTable } from './text-table.js'

const COLUMNS: readonly Column[] = [
  { head: '  candidate', align: 'left', dispensable: 0 },
  { head: 'p50', align: 'right', dispensable: 0 },
  { head: 'p99', align: 'right', dispensable: 3 },
  { head: 'throughput', align: 'right', dispensable: 0 },
  { head: 'batch', align: 'right', dispensable: 0 },
  { head: 'accuracy cost', align: 'right', dispensable: 1 },
  { head: 'size', align: 'right', dispensable: 2 },
]

/** The column that a model without batches has nothing to say in. */
const BATCH = 4

/** The result of a run for a terminal of that width: the finding, where it was measured, every candidate, notes. */
export function resultText(record: RunRecord, width: number): string {
  const rows = resultRows(record)
  const measured = rows.filter(({ figures }) => figures !== null)
  const batched = smallestBatch(record) !== ''
  const table = measured.map(({ name, figures, remark, result }) => {
    const shown = `${result === 'best' ? '★' : ' '} ${name}${remark === '' ? '' : ` (${remark})`}`
    const cells = [shown, ...(figures ?? [])].filter((_, index) => batched || index !== BATCH)
    return cells.map((cell) => (result === 'best' ? pc.green(cell) : cell))
  })
  const columns = COLUMNS.filter((_, index) => batched || index !== BATCH)
  const head = columns.map((column) => ({ ...column, head: pc.dim(column.head) }))
  const parts = [
    pc.bold(headline(record)),
    // What the gate found wrong comes with the comparison.
    ...(record.outcomeReason === null || record.gate?.failed === true ? [] : [plainText(record.outcomeReason, 600)]),
    ...(measured.length === 0
      ? []
      : [
          whereText(record),
          ...disturbanceLine(record),
          ...tradeOffLine(record),
          '',
          textTable(head, table, width),
          '',
        ]),
    ...rows.filter(({ figures }) => figures === null).map(unmeasuredLine),
    ...(measured.some(({ figures }) => figures?.[0].startsWith('~') === true)
      ? [pc.dim(`~ did not settle within ${record.settings.stabilityPercentage} % from window to window`)]
      : []),
    ...record.notes.map((note) => pc.dim(`Note: ${plainText(note)}`)),
    ...(record.package === null ? [] : [`Package: ${record.package.path}`]),
  ]
  return `\n${parts.join('\n')}\n`
}

function disturbanceLine(record: RunRecord): string[] {
  const text = disturbanceText(record)
  return text === null ? [] : [pc.yellow(plainText(text, 300))]
}

function tradeOffLine(record: RunRecord): string[] {
  const text = tradeOffText(record)
  return text === null ? [] : [text]
}

function whereText(record: RunRecord): string {
  const speedUp = speedUpText(record) ?? reasonText(record) ?? ''
  const batch = smallestBatch(record)
  const taken = batch === '' ? '' : `; latency${batch}, throughput at the best batch size`
  return [...(speedUp === '' ? [] : [plainText(speedUp)]), `on ${plainText(machineText(record.host))}${taken}`].join(
    '\n',
  )
}

function unmeasuredLine({ name, remark, result }: ResultRow): string {
  return result === 'failed' ? `${pc.red('✗')} ${name}: ${remark}` : `${pc.dim('–')} ${name}: ${remark}`
}
