import { normalQuantile } from './normal.js'
import { countWithin, type RankInterval } from './rank-interval.js'
import { quantile } from './statistics.js'

/**
 * By how much `head` lies above `base`, two unpaired samples: the Hodges–Lehmann estimate (the median of all
 * differences) with the interval of the Mann–Whitney test (Hollander, Wolfe and Chicken, Nonparametric Statistical
 * Methods, 4.2 and 4.3). `tail` is the probability of error of each end. It asks that values are independent and that
 * both samples have one shape.
 */
export function rankShift(base: readonly number[], head: readonly number[], tail: number): RankInterval {
  const differences = Float64Array.from(base.flatMap((one) => head.map((other) => other - one))).sort()
  const rank = differences.every(Number.isFinite) ? lowerRank(base.length, head.length, tail) : 0
  const [low, high] = [differences[rank - 1], differences[differences.length - rank]]
  return {
    center: quantile(differences, 0.5),
    interval: low === undefined || high === undefined ? null : [low, high],
    level: 1 - 2 * tail,
  }
}

/** Up to here (50 on each side) the exact distribution takes milliseconds; beyond it the normal approximation is as good. */
const MOST_EXACT = 2500

/** The rank of the difference at the interval's lower end; 0 when even the lowest is too likely to miss the shift. */
function lowerRank(base: number, head: number, tail: number): number {
  return base * head <= MOST_EXACT ? exactRank(base, head, tail) : normalRank(base, head, tail)
}

/** How many values u there are with P(U ≤ u) ≤ tail, where U is the number of pairs with the head below the base. */
function exactRank(base: number, head: number, tail: number): number {
  const ranks = base + head
  // ways[j][u]: in how many ways j of the ranks so far belong to the base and U is u.
  const ways = Array.from({ length: base + 1 }, () => new Float64Array(base * head + 1))
  ways[0]?.fill(1, 0, 1)
  for (let rank = 1; rank <= ranks; rank++) {
    for (let chosen = Math.min(base, rank); chosen > 0; chosen--) {
      const [to, from, below] = [ways[chosen], ways[chosen - 1], rank - chosen]
      if (to === undefined || from === undefined) continue
      for (let u = below; u < to.length; u++) to[u] = (to[u] ?? 0) + (from[u - below] ?? 0)
    }
  }
  const last = ways[base] ?? new Float64Array(0)
  const total = last.reduce((sum, count) => sum + count, 0)
  return countWithin(
    last.map((count) => count / total),
    tail,
  )
}

/** The same by the normal approximation with continuity correction. */
function normalRank(base: number, head: number, tail: number): number {
  const deviation = Math.sqrt((base * head * (base + head + 1)) / 12)
  return Math.max(0, Math.floor((base * head) / 2 + 0.5 + normalQuantile(tail) * deviation))
}
