/** The requests of one of several streams that were served at the same time, back to back. */
export interface Stream {
  /** Nanoseconds per request, in order. */
  readonly latencyNs: Float64Array
  /** When the first began and the last ended, on a clock that all streams share. */
  readonly startNs: number
  readonly endNs: number
}

/** What streams serve together while all of them are busy. */
export interface StreamFigures {
  readonly overlapNs: number
  /** Requests per second of all streams together. */
  readonly requestsPerSecond: number
  /** Nanoseconds of every request that began and ended while all were busy. */
  readonly latencyNs: Float64Array
}

/**
 * Counts only what was served while every stream was busy: before and after that, others had the machine to themselves.
 * A request that reaches beyond it counts by its share within. null when there is no such time.
 */
export function streamFigures(streams: readonly Stream[]): StreamFigures | null {
  const from = Math.max(...streams.map(({ startNs }) => startNs))
  const to = Math.min(...streams.map(({ endNs }) => endNs))
  if (!(to > from)) return null
  let served = 0
  const latencies: number[] = []
  for (const { start, end, latency } of streams.flatMap(requestsOf)) {
    const within = Math.min(end, to) - Math.max(start, from)
    if (within <= 0) continue
    served += within / (end - start)
    if (start >= from && end <= to) latencies.push(latency)
  }
  const overlapNs = to - from
  return { overlapNs, requestsPerSecond: served / (overlapNs / 1e9), latencyNs: Float64Array.from(latencies) }
}

/** Every request with the time until the next one: the little that lies between them is spread evenly. */
function requestsOf({ latencyNs, startNs, endNs }: Stream): { start: number; end: number; latency: number }[] {
  const total = latencyNs.reduce((sum, latency) => sum + latency, 0)
  const stretch = (endNs - startNs) / total
  let end = startNs
  return [...latencyNs].map((latency) => {
    const start = end
    end += latency * stretch
    return { start, end, latency }
  })
}
