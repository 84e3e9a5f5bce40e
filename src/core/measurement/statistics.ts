import type { Estimate } from './outcome.js'

/** NumPy's default (linear) quantile of sorted values; NaN for none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1)
  const low = sorted[Math.floor(at)] ?? NaN
  const high = sorted[Math.ceil(at)] ?? NaN
  return low + (high - low) * (at - Math.floor(at))
}

/** NaN for none. */
export function median(values: ArrayLike<number>): number {
  return quantile(Float64Array.from(values).sort(), 0.5)
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index] ?? 0
  return sum / values.length
}

/** Standard deviation of all there is (divides by n, NumPy's default). */
export function populationStd(values: ArrayLike<number>): number {
  const center = mean(values)
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += ((values[index] ?? 0) - center) ** 2
  return Math.sqrt(sum / values.length)
}

/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.96

/** Below so many independent values the autocorrelation itself is not known well enough for an interval. */
const FEWEST_EFFECTIVE = 10

/**
 * A quantile with its distribution-free 95 % interval: order statistics by the normal approximation to the binomial
 * (Conover, Practical Nonparametric Statistics, 3.2). null when this many values, were they independent, would put the
 * interval's upper end past the largest: then the largest of a few would be shown for a percentile nobody measured.
 * A p50 takes 6 requests, a p90 35, a p95 73, a p99 381. The interval counts autocorrelated values as fewer, and is null
 * where they are too few for one. What counts is the correlation of being at or below the quantile, not that of the times:
 * a few stalls hide the latter. The interval is about this stretch of time: a clock that changed only before or after it
 * leaves no trace here.
 */
export function estimateQuantile(values: Float64Array, q: number): Estimate | null {
  if (quantileSpread(q, values.length, Z95) === null) return null
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number => quantile(sorted, share)
  const value = at(q)
  const effective = effectiveCount(values.map((each) => (each <= value ? 1 : 0)))
  const spread = effective < FEWEST_EFFECTIVE ? null : quantileSpread(q, effective, studentOf(effective))
  return { value, interval: spread === null ? null : [at(q - spread), at(q + spread)] }
}

/** Half the width of a quantile's interval, as a share of `count` sorted values; null when they do not reach so far. */
function quantileSpread(q: number, count: number, deviations: number): number | null {
  const spread = deviations * Math.sqrt((q * (1 - q)) / count)
  const missed = q ** count + (1 - q) ** count
  return q - spread < 0 || q + spread > 1 || missed > 0.05 ? null : spread
}

/** The mean with its 95 % interval over the effective count; no interval below ten. */
export function estimateMean(values: Float64Array): Estimate {
  const value = mean(values)
  const effective = effectiveCount(values)
  if (effective < FEWEST_EFFECTIVE) return { value, interval: null }
  const half = (studentOf(effective) * populationStd(values)) / Math.sqrt(effective)
  return { value, interval: [value - half, value + half] }
}

/**
 * Two-sided 95 % of Student's distribution (the first terms of its expansion, Abramowitz and Stegun 26.7.5), at half the
 * effective count as degrees of freedom: the autocorrelation is an estimate too, and this is what simulation asks for.
 */
function studentOf(effective: number): number {
  const freedom = effective / 2
  return Z95 + 2.372 / freedom + 2.823 / freedom ** 2
}

/** Bounds the time that a drift over a long measurement takes. */
const LONGEST_LAG = 500

/**
 * How many independent values these are worth: n ÷ (1 + 2 Σ ρ), summed over lags while neighbouring pairs stay positive
 * (Geyer's initial positive sequence, Statistical Science 7, 1992), from 1 to n.
 */
export function effectiveCount(values: Float64Array): number {
  const count = values.length
  const variance = populationStd(values) ** 2
  if (count < 4 || variance === 0) return count
  const center = mean(values)
  const correlation = (lag: number): number => {
    let sum = 0
    for (let index = 0; index + lag < count; index++) {
      sum += ((values[index] ?? 0) - center) * ((values[index + lag] ?? 0) - center)
    }
    return sum / count / variance
  }
  let sum = 0
  let lag = 1
  for (; lag + 1 < Math.min(count, LONGEST_LAG); lag += 2) {
    const pair = correlation(lag) + correlation(lag + 1)
    if (pair <= 0) break
    sum += pair
  }
  return Math.min(count, Math.max(1, count / unbiased(1 + 2 * sum, lag - 1, count)))
}

/**
 * The autocorrelation time of which `found` was seen over the first lags. Taking the mean from the same values takes the
 * mean's own variance, time ÷ count, off every autocovariance, the one at lag 0 included; this solves for what it was.
 */
function unbiased(found: number, lags: number, count: number): number {
  const taken = (1 + 2 * lags - (lags * (lags + 1)) / count) / count
  return found / Math.max(0.01, 1 + found / count - taken)
}
