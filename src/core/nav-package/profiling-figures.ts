import { z } from 'zod'

import type { RunnerStatus } from './status.js'

/** The figures of one row of `profiling_results` that strategies rank by; NaN where the row has none. */
export interface ProfilingFigures {
  readonly batchSize: number | null
  readonly p50LatencyMs: number
  readonly throughputPerSecond: number
}

/** Rows of format 0.1.0 have no percentiles. */
const figure = z
  .union([z.number(), z.nan(), z.literal([Infinity, -Infinity])])
  .nullish()
  .transform((value) => value ?? NaN)
const row = z.object({ batch_size: z.number().nullish(), p50_latency: figure, throughput: figure })
const results = z.object({ Performance: z.object({ profiling_results: z.array(z.unknown()) }) })

/** Reads a runner's `result.Performance`, every row of it in order; what is no row of figures is left out. */
export function profilingFigures(result: RunnerStatus['result']): ProfilingFigures[] {
  const { data: found } = results.safeParse(result)
  return (found?.Performance.profiling_results ?? []).flatMap((one) => {
    const { data } = row.safeParse(one)
    if (data === undefined) return []
    const { batch_size: batchSize = null, p50_latency: p50LatencyMs, throughput: throughputPerSecond } = data
    return [{ batchSize, p50LatencyMs, throughputPerSecond }]
  })
}
