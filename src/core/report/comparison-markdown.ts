import type { CompareRecord, Comparison } from './comparison.js'
import { accuracyText, comparisonHeadline, comparisonMethod } from './comparison-headline.js'
import { COMPARISON_COLUMNS, comparisonRows } from './comparison-table.js'
import { escapeMarkdown } from './escape.js'
import { markdownTable } from './markdown-table.js'
import { disturbanceText } from './noise.js'

const ICON = {
  slower: '❌',
  faster: '✅',
  same: '✅',
  inconclusive: '➖',
  'not-comparable': '➖',
  none: '➖',
} as const

/** A comparison in GitHub's markdown: the verdict, every metric, how it was measured, notes. All text is escaped. */
export function renderComparison(record: CompareRecord): string {
  const rows = comparisonRows(record)
  const method = comparisonMethod(record)
  const accuracy = accuracyText(record)
  const disturbance = disturbanceText(record)
  const blocks = [
    `## ${ICON[record.verdict]} ${comparisonHeadline(record)}`,
    ...(needsExplanation(record) ? [escapeMarkdown(record.explanation, 2000)] : []),
    ...(rows.length === 0 ? [] : [markdownTable(COMPARISON_COLUMNS, rows)]),
    ...(accuracy === null ? [] : [accuracy]),
    ...(disturbance === null ? [] : [`⚠️ ${escapeMarkdown(disturbance, 300)}`]),
    ...(method === null ? [] : [`${escapeMarkdown(method)}.`]),
    ...record.notes.map((note) => `> ${escapeMarkdown(note, 600)}`),
  ]
  return `${blocks.join('\n\n')}\n`
}

/** Whether the verdict alone does not say why. */
export function needsExplanation({ verdict }: Pick<Comparison, 'verdict'>): boolean {
  return verdict === 'inconclusive' || verdict === 'not-comparable' || verdict === 'none'
}
