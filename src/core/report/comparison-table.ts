import { allowedChange, changeCell, METRIC_TEXT } from './change.js'
import type { Comparison, MetricComparison } from './comparison.js'
import type { FigureColumn } from './markdown-table.js'
import { formatMs, formatThroughput, UNKNOWN } from './format.js'

/** The columns of {@link comparisonRows}. */
export const COMPARISON_COLUMNS: readonly FigureColumn[] = [
  { text: 'metric', isText: true, dispensable: 0 },
  { text: 'base', isText: false, dispensable: 0 },
  { text: 'head', isText: false, dispensable: 0 },
  { text: 'batch', isText: false, dispensable: 2 },
  { text: 'change', isText: false, dispensable: 0 },
  { text: 'allowed', isText: false, dispensable: 1 },
  { text: 'verdict', isText: true, dispensable: 0 },
]

/** One row per metric that has figures, by {@link COMPARISON_COLUMNS}. */
export function comparisonRows({ metrics }: Pick<Comparison, 'metrics'>): string[][] {
  return metrics.filter(({ baseMs }) => baseMs !== null).map(cellsOf)
}

function cellsOf(metric: MetricComparison): string[] {
  const { baseMs, headMs, verdict } = metric
  return [
    METRIC_TEXT[metric.name],
    figureText(metric, baseMs),
    figureText(metric, headMs),
    batchText(metric) ?? UNKNOWN,
    changeCell(metric),
    allowedChange(metric),
    verdict,
  ]
}

/** Milliseconds as what the metric is of: a latency, or items per second. */
export function figureText({ name }: MetricComparison, ms: number | null): string {
  if (ms === null) return UNKNOWN
  return name === 'throughput' ? formatThroughput(1000 / ms) : formatMs(ms)
}

/** `8`, or `8 → 16` where the two sides were measured at different batch sizes; null where there is no batch axis. */
export function batchText({ base, head }: MetricComparison): string | null {
  const [before, after] = [base?.batchSize ?? null, head?.batchSize ?? null]
  if (before === after) return before === null ? null : String(before)
  return `${before ?? UNKNOWN} → ${after ?? UNKNOWN}`
}
