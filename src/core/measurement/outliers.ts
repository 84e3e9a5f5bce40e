import type { Noise, OutlierCause, Outliers, QuietFigures, RawSamples, Stretches } from './outcome.js'
import { median, quantile } from './statistics.js'

/** What is known of a whole measurement rather than of its stretches. */
export interface MeasurementNoise {
  /** The processor's clock was another afterwards, or it slowed down because it was hot. */
  readonly clockChanged: boolean
  readonly involuntarySwitches: number | null
}

/** All that a record says of what disturbed a measurement. */
export function noiseOf(samples: RawSamples, noise: MeasurementNoise, cpuPressurePercent: number | null): Noise {
  return {
    runQueueShare: runQueueShare(samples.stretches),
    cpuPressurePercent,
    involuntarySwitches: noise.involuntarySwitches,
    outliers: findOutliers(samples, noise.clockChanged),
    quiet: quietFigures(samples),
  }
}

/** Below this many requests the median absolute deviation says little, and three of them are no rule. */
const LEAST_REQUESTS = 20
/** Makes the median absolute deviation of normal values their standard deviation. */
const MAD_TO_STD = 1.4826
const DEVIATIONS = 3
const LEAST_EXCESS = 0.05

/**
 * Latency (in the unit of the values) above which a request is an outlier: in logarithms, since what slows requests down
 * multiplies, three robust standard deviations above the median, which up to half of the values cannot move (Hampel,
 * JASA 69, 1974), so that normal noise makes 1 in 700; and at least 5 % above it, since on a quiet machine the deviation
 * is a few per mille and what lies beyond it hurts nobody.
 */
export function outlierBound(values: Float64Array): number {
  const logs = Float64Array.from(values, Math.log).sort()
  const center = quantile(logs, 0.5)
  const deviation = MAD_TO_STD * quantile(logs.map((log) => Math.abs(log - center)).sort(), 0.5)
  return Math.exp(center + Math.max(DEVIATIONS * deviation, Math.log(1 + LEAST_EXCESS)))
}

/**
 * The outliers among requests, and what made each: a cause that cost its stretch of requests at least half of the time
 * that the request took more than the median, and that no other request of the stretch is explained by; where none did and
 * the clock changed, the clock. null when there are too few requests to tell.
 */
export function findOutliers(samples: RawSamples, clockChanged: boolean): Outliers | null {
  const { latencyNs, stretches } = samples
  if (latencyNs.length < LEAST_REQUESTS) return null
  const bound = outlierBound(latencyNs)
  const middle = median(latencyNs)
  const causes: Record<OutlierCause, number> = { runQueue: 0, gc: 0, clock: 0, throttle: 0, unknown: 0 }
  let count = 0
  for (const { from, to, lost } of eachStretch(latencyNs.length, stretches)) {
    const excess = [...latencyNs.subarray(from, to)].filter((latency) => latency > bound).map((one) => one - middle)
    for (const excessNs of excess.sort((a, b) => b - a)) {
      causes[causeOf(excessNs, lost) ?? (clockChanged ? 'clock' : 'unknown')]++
      count++
    }
  }
  return { count, share: count / latencyNs.length, causes }
}

type Measured = 'throttle' | 'gc' | 'runQueue'

/** Time lost to each cause in one stretch; what a request is explained by is taken from it. */
type Lost = Map<Measured, number>

interface Stretch {
  readonly from: number
  readonly to: number
  readonly lost: Lost
}

function causeOf(excessNs: number, lost: Lost): Measured | null {
  // Who is held back by a quota also waits for a core, so the more particular causes come first.
  for (const [cause, lostNs] of lost) {
    if (lostNs < excessNs / 2) continue
    lost.set(cause, lostNs - Math.min(lostNs, excessNs))
    return cause
  }
  return null
}

function* eachStretch(count: number, stretches: Stretches | undefined): Generator<Stretch> {
  let from = 0
  for (const [index, end] of (stretches?.end ?? []).entries()) {
    const to = Math.min(end, count)
    const known = (values: Float64Array | undefined): number => values?.[index] || 0
    const lost: Lost = new Map([
      ['throttle', known(stretches?.throttledNs)],
      ['gc', known(stretches?.gcNs)],
      ['runQueue', known(stretches?.runQueueNs)],
    ])
    if (to > from) yield { from, to, lost }
    from = Math.max(from, to)
  }
  if (from < count) yield { from, to: count, lost: new Map() }
}

/** A stretch in which a thread waited longer than this share of the time is not quiet. */
const QUIET_SHARE = 0.01

/**
 * The median of the requests from quiet stretches, in which no thread of the model waited for a core for more than 1 % of
 * the time and no quota held it back. null when those are too few, or nobody knows.
 */
export function quietFigures({ latencyNs, stretches }: RawSamples): QuietFigures | null {
  if (stretches === undefined || stretches.runQueueNs.every(Number.isNaN)) return null
  const quiet: number[] = []
  stretches.end.forEach((end, index) => {
    const waited = (stretches.runQueueNs[index] ?? NaN) / (stretches.wallNs[index] ?? NaN)
    const wasHeld = (stretches.throttledNs[index] ?? 0) > 0
    if (waited > QUIET_SHARE || Number.isNaN(waited) || wasHeld) return
    for (const latency of latencyNs.subarray(stretches.end[index - 1] ?? 0, end)) quiet.push(latency)
  })
  if (quiet.length < LEAST_REQUESTS) return null
  return { share: quiet.length / latencyNs.length, p50Ms: median(quiet) / 1e6 }
}

/** Share of the time in which the thread that waited longest had no core, 0 to 1; null where the kernel does not tell. */
export function runQueueShare(stretches: Stretches | undefined): number | null {
  let [waited, wall] = [0, 0]
  stretches?.runQueueNs.forEach((waitedNs, index) => {
    waited += waitedNs
    wall += stretches.wallNs[index] ?? NaN
  })
  const share = waited / wall
  return Number.isNaN(share) ? null : Math.min(1, share)
}
