import type { Measurement, Noise, RawSamples } from './outcome.js'
import { estimateMean, estimateQuantile, mean, populationStd } from './statistics.js'

/** All requests of one batch size as figures: milliseconds and items per second. */
export function summarise(
  samples: RawSamples,
  batchSize: number | null,
  extra: { readonly warmupCount: number; readonly stable: boolean; readonly noise: Noise },
): Measurement {
  const latencyMs = samples.latencyNs.map((latency) => latency / 1e6)
  return {
    batchSize,
    requestCount: latencyMs.length,
    ...extra,
    latencyMs: {
      mean: estimateMean(latencyMs),
      std: { value: populationStd(latencyMs), interval: null },
      p50: estimateQuantile(latencyMs, 0.5),
      p90: estimateQuantile(latencyMs, 0.9),
      p95: estimateQuantile(latencyMs, 0.95),
      p99: estimateQuantile(latencyMs, 0.99),
    },
    throughputPerSecond: (1000 * (batchSize ?? 1)) / mean(latencyMs),
  }
}
