import type { CompareRecord, MetricComparison } from './comparison.js'
import { changeWithInterval, METRIC_TEXT } from './comparison-headline.js'
import type { FigureColumn } from './markdown-table.js'
import { formatMs, formatPercent, formatThroughput, UNKNOWN } from './format.js'

/** The columns of {@link comparisonRows}. */
export const COMPARISON_COLUMNS: readonly FigureColumn[] = [
  { text: 'metric', isText: true, dispensable: 0 },
  { text: 'base', isText: false, dispensable: 0 },
  { text: 'head', isText: false, dispensable: 0 },
  { text: 'batch', isText: false, dispensable: 2 },
  { text: 'change in time', isText: false, dispensable: 0 },
  { text: 'allowed', isText: false, dispensable: 1 },
  { text: 'verdict', isText: true, dispensable: 0 },
]

/** One row per metric that has figures, by {@link COMPARISON_COLUMNS}. */
export function comparisonRows({ metrics }: CompareRecord): string[][] {
  return metrics.filter(({ baseMs }) => baseMs !== null).map(cellsOf)
}

function cellsOf(metric: MetricComparison): string[] {
  const { name, baseMs, headMs, base, head, tolerance, verdict } = metric
  const value = (ms: number | null): string => {
    if (ms === null) return UNKNOWN
    return name === 'throughput' ? formatThroughput(1000 / ms) : formatMs(ms)
  }
  const [before, after] = [base, head].map((lane) => String(lane?.batchSize ?? UNKNOWN))
  return [
    METRIC_TEXT[name],
    value(baseMs),
    value(headMs),
    before === after ? (before ?? '') : `${before} → ${after}`,
    changeWithInterval(metric),
    formatPercent(tolerance),
    verdict,
  ]
}
