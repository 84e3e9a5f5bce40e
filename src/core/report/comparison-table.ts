import type { CompareRecord, MetricComparison } from './comparison.js'
import { changeWithInterval, METRIC_TEXT } from './comparison-headline.js'
import { formatMs, formatPercent, formatThroughput, UNKNOWN } from './format.js'

export const COMPARISON_HEADS = ['metric', 'base', 'head', 'batch', 'change in time', 'allowed', 'verdict'] as const

/** One row per metric that has figures, by {@link COMPARISON_HEADS}. */
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
