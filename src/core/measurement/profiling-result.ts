import type { ProfilingResult, RawSamples } from './outcome.js'
import { mean, populationStd, quantile } from './statistics.js'

/**
 * One row of status.yaml by the real Navigator's formula (0.14.0, `commands/performance/results.py`), odd as it is:
 * over the last `stabilizationWindows` full windows, the latency is the mean of the windows' means, the deviation the
 * deviation of their deviations, and each percentile that percentile of the windows' percentiles. Milliseconds.
 */
export function profilingResult(
  samples: RawSamples,
  batchSize: number | null,
  windowSize: number,
  stabilizationWindows: number,
  sampleId = 0,
): ProfilingResult {
  const windows = lastWindows(samples, windowSize, stabilizationWindows)
  const percentile = (q: number): number => {
    const each = windows.map((window) => quantile(Float64Array.from(window).sort(), q))
    return quantile(
      each.sort((a, b) => a - b),
      q,
    )
  }
  const avgLatency = mean(windows.map((window) => mean(window)))
  return {
    sampleId,
    batchSize,
    avgLatency,
    stdLatency: populationStd(windows.map((window) => populationStd(window))),
    p50Latency: percentile(0.5),
    p90Latency: percentile(0.9),
    p95Latency: percentile(0.95),
    p99Latency: percentile(0.99),
    throughput: (1000 * (batchSize ?? 1)) / avgLatency,
    requestCount: Math.trunc(mean(windows.map((window) => window.length))),
  }
}

function lastWindows({ latencyNs, window }: RawSamples, windowSize: number, count: number): Float64Array[] {
  const groups = new Map<number, number[]>()
  latencyNs.forEach((latency, index) => {
    const id = window[index] ?? 0
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [latency / 1e6])
    else group.push(latency / 1e6)
  })
  const all = [...groups.values()]
  const full = all.filter((group) => group.length >= windowSize)
  return (full.length > 0 ? full : all).slice(-count).map((group) => Float64Array.from(group))
}
