import { normalQuantile } from './normal.js'

/** Where the middle of a symmetric distribution lies. */
export interface RankInterval {
  /** The Hodges–Lehmann estimate: the median of the Walsh averages; NaN for no values. */
  readonly center: number
  /** null where there are too few values for the level, or one of them is not finite. */
  readonly interval: readonly [low: number, high: number] | null
  /** The confidence that was asked for, 1 − 2 × tail; the interval's own is never less. */
  readonly level: number
}

/**
 * The Hodges–Lehmann estimate with the interval of the Wilcoxon signed-rank test (Hollander, Wolfe and Chicken,
 * Nonparametric Statistical Methods, 3.2 and 3.3; Hodges and Lehmann, Annals of Mathematical Statistics 34, 1963).
 * `tail` is the probability of error of each end: 0.025 for a 95 % interval, which takes six values. It asks only that
 * values are independent and as likely to lie a distance above the middle as below it; distributions may differ from
 * value to value.
 */
export function rankInterval(values: readonly number[], tail: number): RankInterval {
  const sorted = Float64Array.from(values).sort()
  const count = (sorted.length * (sorted.length + 1)) / 2
  const center =
    (walshAverage(sorted, Math.floor((count + 1) / 2)) + walshAverage(sorted, Math.ceil((count + 1) / 2))) / 2
  const rank = sorted.every(Number.isFinite) ? lowerRank(sorted.length, tail) : 0
  const interval = rank < 1 ? null : ([walshAverage(sorted, rank), walshAverage(sorted, count + 1 - rank)] as const)
  return { center, interval, level: 1 - 2 * tail }
}

/**
 * How many times as fast `head` is as `base`, both in one unit of time and one figure per generation, with the rank
 * interval of the logarithms of their ratios: over generations, never over requests, since requests of one process share
 * its bias. Figures of one generation stay together. No interval below six generations at the 95 % of the default tail.
 */
export function ratioInterval(
  base: readonly number[],
  head: readonly number[],
  tail = 0.025,
): { ratio: number; interval: [low: number, high: number] | null } {
  const logs = base.map((value, index) => Math.log(value / (head[index] ?? NaN)))
  const { center, interval } = rankInterval(logs, tail)
  return {
    ratio: Math.exp(center),
    interval: interval === null ? null : [Math.exp(interval[0]), Math.exp(interval[1])],
  }
}

/**
 * The Walsh average (mean of two values, or of one with itself) of a rank from 1, by bisection over their number at or
 * below a bound: a sort of all n (n + 1) ÷ 2 would be most of the time of a simulation.
 */
function walshAverage(sorted: Float64Array, rank: number): number {
  let [low, high] = [sorted[0] ?? NaN, sorted.at(-1) ?? NaN]
  if (averagesWithin(sorted, low) >= rank) return low
  // Ends at neighbouring numbers, so that `high` is the very average.
  for (;;) {
    const middle = low + (high - low) / 2
    if (!(middle > low && middle < high)) return high
    if (averagesWithin(sorted, middle) >= rank) high = middle
    else low = middle
  }
}

/** How many Walsh averages are at most `bound`. */
function averagesWithin(sorted: Float64Array, bound: number): number {
  let within = 0
  let last = sorted.length - 1
  for (let first = 0; first <= last; first++) {
    while (last >= first && ((sorted[first] ?? NaN) + (sorted[last] ?? NaN)) / 2 > bound) last--
    within += last - first + 1
  }
  return within
}

/** Up to here the exact distribution takes milliseconds, once; beyond it the normal approximation is as good. */
const MOST_EXACT = 200
const ranks = new Map<string, number>()

/**
 * The rank of the Walsh average at the interval's lower end; 0 when even the lowest would miss the middle more often
 * than `tail`.
 */
function lowerRank(count: number, tail: number): number {
  const key = `${count} ${tail}`
  const rank = ranks.get(key) ?? (count <= MOST_EXACT ? exactRank(count, tail) : normalRank(count, tail))
  ranks.set(key, rank)
  return rank
}

/** How many values t there are with P(T ≤ t) ≤ tail, where T is the sum of those ranks 1 … n that a fair coin chose. */
function exactRank(count: number, tail: number): number {
  const probabilities = new Float64Array((count * (count + 1)) / 2 + 1)
  probabilities[0] = 1
  for (let rank = 1; rank <= count; rank++) {
    for (let sum = (rank * (rank + 1)) / 2; sum >= 0; sum--) {
      probabilities[sum] = ((probabilities[sum] ?? 0) + (probabilities[sum - rank] ?? 0)) / 2
    }
  }
  return countWithin(probabilities, tail)
}

/** How many of the first probabilities add up to at most `tail`. */
export function countWithin(probabilities: Float64Array, tail: number): number {
  let sum = 0
  const beyond = probabilities.findIndex((probability) => (sum += probability) > tail)
  return Math.max(0, beyond)
}

/** The same by the normal approximation with continuity correction. */
function normalRank(count: number, tail: number): number {
  const mean = (count * (count + 1)) / 4
  const deviation = Math.sqrt((count * (count + 1) * (2 * count + 1)) / 24)
  return Math.max(0, Math.floor(mean + 0.5 + normalQuantile(tail) * deviation))
}
