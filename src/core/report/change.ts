import type { MetricComparison } from './comparison.js'
import { formatPercent, UNKNOWN } from './format.js'

/** What people call what is compared. */
export const METRIC_TEXT = { 'latency-p50': 'p50 latency', throughput: 'throughput' } as const

/** How a figure changed, as a share of what it was: 0.124 is 12.4 % more. */
interface Change {
  readonly share: number
  /** What the verdict was made by; null when too little was measured. */
  readonly interval: readonly [low: number, high: number] | null
}

/** Records compare times; what takes 1.124 times as long gives 1 ÷ 1.124 times as much per second. */
function changeOf({ name, ratio, interval }: MetricComparison): Change | null {
  if (ratio === null) return null
  if (name === 'throughput') {
    return { share: 1 / ratio - 1, interval: interval === null ? null : [1 / interval[1] - 1, 1 / interval[0] - 1] }
  }
  return { share: ratio - 1, interval: interval === null ? null : [interval[0] - 1, interval[1] - 1] }
}

/** `p50 latency up 12.4 % (11.0 to 13.8 %)`. */
export function changeText(metric: MetricComparison): string {
  const change = changeOf(metric)
  const name = METRIC_TEXT[metric.name]
  if (change === null) return name
  const { share, interval } = change
  const moved = `${name} ${share >= 0 ? 'up' : 'down'} ${percent(Math.abs(share))}`
  if (interval === null) return moved
  const [low, high] = share >= 0 ? interval : [-interval[1], -interval[0]]
  const isOneWay = low >= 0
  return `${moved} (${isOneWay ? digits(low) : signed(interval[0])} to ${isOneWay ? percent(high) : signedPercent(interval[1])})`
}

/**
 * `+12.4 % (+11.0 to +13.8 %)`: by how much a figure went up or down, with the interval the verdict was made by. `show`
 * writes the change itself.
 */
export function changeCell(metric: MetricComparison, show: (change: string) => string = (change) => change): string {
  const change = changeOf(metric)
  if (change === null) return UNKNOWN
  const { share, interval } = change
  const range =
    interval === null ? 'no interval: too few rounds' : `${signed(interval[0])} to ${signedPercent(interval[1])}`
  return `${show(signedPercent(share))} (${range})`
}

/** How far a figure may go before that counts as slower: latency up, throughput down. */
export function allowedChange({ name, tolerance }: MetricComparison): string {
  return name === 'throughput' ? `−${formatPercent(1 - 1 / (1 + tolerance))}` : `+${formatPercent(tolerance)}`
}

/** `+12.4 %`, `−4.9 %`, `±0.0 %`. */
export function signedPercent(share: number): string {
  return Number.isFinite(share) ? `${signed(share)} %` : UNKNOWN
}

function signed(share: number): string {
  if (!Number.isFinite(share)) return UNKNOWN
  const text = digits(Math.abs(share))
  return `${Number(text) === 0 ? '±' : share > 0 ? '+' : '−'}${text}`
}

const percent = (share: number): string => (Number.isFinite(share) ? `${digits(share)} %` : UNKNOWN)

/** Percent with one decimal up to a hundred. */
function digits(share: number): string {
  if (!Number.isFinite(share)) return UNKNOWN
  const value = share * 100
  return value.toFixed(Math.abs(value) < 99.95 ? 1 : 0)
}
