/** The smallest, the average and the largest of some values, at least one. */
export interface Spread {
  readonly min: number
  readonly mean: number
  readonly max: number
}

/** What one sample gave at one batch size. */
export interface SampleFigures {
  readonly batchSize: number | null
  readonly p50LatencyMs: number
  /** Items per second. */
  readonly throughputPerSecond: number
}

/** What several samples gave at one batch size. */
export interface OverSamples {
  readonly batchSize: number | null
  /** How many samples were measured at it. */
  readonly sampleCount: number
  readonly p50LatencyMs: Spread
  readonly throughputPerSecond: Spread
}

/** One entry per batch size that any sample was measured at, in ascending order. */
export function overSamples(samples: readonly (readonly SampleFigures[])[]): OverSamples[] {
  const byBatch = new Map<number | null, SampleFigures[]>()
  for (const figures of samples.flat()) {
    const group = byBatch.get(figures.batchSize)
    if (group === undefined) byBatch.set(figures.batchSize, [figures])
    else group.push(figures)
  }
  return [...byBatch]
    .sort(([a], [b]) => (a ?? 1) - (b ?? 1))
    .map(([batchSize, group]) => ({
      batchSize,
      sampleCount: group.length,
      p50LatencyMs: spreadOf(group.map(({ p50LatencyMs }) => p50LatencyMs)),
      throughputPerSecond: spreadOf(group.map(({ throughputPerSecond }) => throughputPerSecond)),
    }))
}

function spreadOf(values: readonly number[]): Spread {
  let [min, max, sum] = [Infinity, -Infinity, 0]
  for (const value of values) {
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
  }
  return { min, mean: sum / values.length, max }
}
