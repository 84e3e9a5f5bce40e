import { judge, lookSchedule } from '../../src/core/comparison/sequential.js'
import type { MetricVerdict } from '../../src/core/comparison/verdict.js'
import type { Recorded } from './resampling.js'

/**
 * What the gate says of these generations, looked at as its time allows for; when there are fewer, at what there is.
 * Latency and throughput of an experiment's models are one measurement, so that it is one metric here.
 */
export function decide({ baseMs, headMs, generations }: Recorded, tolerance: number): MetricVerdict {
  const looks = lookSchedule(generations)
  const logRatios = baseMs.map((base, at) => Math.log((headMs[at] ?? NaN) / base))
  const evidence = [{ name: 'latency-p50' as const, tolerance, pairId: 'only', logRatios }]
  const [judgement] = judge(evidence, looks.length - 1, looks)
  return judgement?.verdict ?? 'inconclusive'
}
