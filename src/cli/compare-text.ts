import pc from 'picocolors'

import type { CompareRecord } from '../core/report/comparison.js'
import { accuracyText, comparisonHeadline, comparisonMethod } from '../core/report/comparison-headline.js'
import { disturbanceText } from '../core/report/noise.js'
import { needsExplanation } from '../core/report/comparison-markdown.js'
import { COMPARISON_COLUMNS, comparisonRows } from '../core/report/comparison-table.js'
import { plainText } from '../core/report/escape.js'
import { figureTable } from './text-table.js'
import { wrapped } from './wrapped.js'

const COLOURS = {
  slower: pc.red,
  faster: pc.green,
  same: pc.green,
  inconclusive: pc.yellow,
  'not-comparable': pc.yellow,
  none: pc.dim,
} as const

/** A comparison for a terminal of that width: the verdict, every metric, how it was measured, notes. */
export function compareText(record: CompareRecord, width: number): string {
  const rows = comparisonRows(record)
  const method = comparisonMethod(record)
  const accuracy = accuracyText(record)
  const disturbance = disturbanceText(record)
  const parts = [
    COLOURS[record.verdict](pc.bold(comparisonHeadline(record))),
    ...(needsExplanation(record) ? [wrapped(plainText(record.explanation, 2000), width)] : []),
    ...(rows.length === 0 ? [] : ['', figureTable(COMPARISON_COLUMNS, rows, width), '']),
    ...(accuracy === null ? [] : [wrapped(accuracy, width)]),
    ...(disturbance === null ? [] : [wrapped(pc.yellow(plainText(disturbance, 300)), width)]),
    ...(method === null ? [] : [pc.dim(wrapped(plainText(method), width))]),
    ...record.notes.map((note) => pc.dim(wrapped(`Note: ${plainText(note)}`, width))),
  ]
  return `\n${parts.join('\n')}\n`
}
