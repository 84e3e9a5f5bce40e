import { z } from 'zod'

import type { RunnerStatus } from './status.js'

/** The figures of one row of `profiling_results` that strategies rank by. */
export interface ProfilingFigures {
  readonly batchSize: number | null
  readonly p50LatencyMs: number
  readonly throughputPerSecond: number
}

const row = z.object({
  batch_size: z.number().int().positive().nullish(),
  p50_latency: z.number(),
  throughput: z.number(),
})
const results = z.object({ Performance: z.object({ profiling_results: z.array(z.unknown()) }) })

/** Reads a runner's `result.Performance`; rows that are not complete are left out. */
export function profilingFigures(result: RunnerStatus['result']): ProfilingFigures[] {
  const { data: found } = results.safeParse(result)
  return (found?.Performance.profiling_results ?? []).flatMap((one) => {
    const { data } = row.safeParse(one)
    if (data === undefined) return []
    const { batch_size: batchSize = null, p50_latency: p50LatencyMs, throughput: throughputPerSecond } = data
    return [{ batchSize, p50LatencyMs, throughputPerSecond }]
  })
}
