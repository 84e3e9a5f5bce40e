import { judge, lookSchedule } from '../../src/core/comparison/sequential.js'
import type { MetricVerdict } from '../../src/core/comparison/verdict.js'
import type { Recorded } from './resampling.js'

/** What the gate says, and after how many generations. */
export interface Decision {
  readonly verdict: MetricVerdict
  readonly generations: number
}

/**
 * What the gate says of these generations, looked at as it would have been had they been all that its time allows for.
 * Latency and throughput of an experiment's models are one measurement, so that it is one metric here.
 */
export function decide({ baseMs, headMs }: Pick<Recorded, 'baseMs' | 'headMs'>, tolerance: number): Decision {
  const looks = lookSchedule(baseMs.length)
  const logRatios = baseMs.map((base, generation) => Math.log((headMs[generation] ?? NaN) / base))
  const evidence = [{ name: 'latency-p50' as const, tolerance, pairId: 'only', logRatios }]
  const [judgement] = judge(evidence, looks.length - 1, looks)
  return { verdict: judgement?.verdict ?? 'inconclusive', generations: judgement?.generations ?? 0 }
}
