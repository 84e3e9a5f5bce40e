/**
 * What two packages are compared in: `latency-p50` at batch 1 with each side's runtime of least latency, `throughput` at
 * the runtime and batch size that serve most on each side.
 */
export const METRICS = ['latency-p50', 'throughput'] as const
export type MetricName = (typeof METRICS)[number]
