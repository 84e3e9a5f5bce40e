import pc from 'picocolors'

import type { CompareRecord, Comparison } from '../core/report/comparison.js'
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
  const method = comparisonMethod(record)
  const disturbance = disturbanceText(record)
  const parts = [
    ...comparisonText(record, width),
    ...(disturbance === null ? [] : [wrapped(pc.yellow(plainText(disturbance, 300)), width)]),
    ...(method === null ? [] : [pc.dim(wrapped(plainText(method), width))]),
    ...record.notes.map((note) => pc.dim(wrapped(`Note: ${plainText(note)}`, width))),
  ]
  return `\n${parts.join('\n')}\n`
}

/** What a comparison says, in lines: the verdict, every metric, answers and sizes. */
export function comparisonText(comparison: Comparison, width: number): string[] {
  const rows = comparisonRows(comparison)
  const accuracy = accuracyText(comparison)
  return [
    COLOURS[comparison.verdict](pc.bold(comparisonHeadline(comparison))),
    ...(needsExplanation(comparison) ? [wrapped(plainText(comparison.explanation, 2000), width)] : []),
    ...(rows.length === 0 ? [] : ['', figureTable(COMPARISON_COLUMNS, rows, width), '']),
    ...(accuracy === null ? [] : [wrapped(accuracy, width)]),
  ]
}
