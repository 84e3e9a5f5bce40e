/** 2^30, the last size the real Navigator would try. */
const LAST_POWER = 30

/**
 * Batch sizes in the order they are tried (navigator-package 6.1): `[null]` without a batch axis, exactly the given
 * ones, or powers of two up to and including the largest allowed.
 */
export function batchSchedule(options: {
  readonly hasBatchAxis: boolean
  readonly batchSizes: readonly number[] | null
  readonly maxBatchSize: number | null
}): (number | null)[] {
  const { hasBatchAxis, batchSizes, maxBatchSize } = options
  if (!hasBatchAxis) return [null]
  if (batchSizes !== null) return [...batchSizes].sort((a, b) => a - b)
  const powers = Array.from({ length: LAST_POWER + 1 }, (_, power) => 2 ** power)
  if (maxBatchSize === null) return powers
  return [...new Set([...powers.filter((size) => size <= maxBatchSize), maxBatchSize])]
}

/** Follows throughput over growing batch sizes. */
export interface Sweep {
  /** Takes the next throughput and says whether a larger batch size is worth trying. */
  offer(throughput: number): 'continue' | 'stop'
  /** How many of the offered results the real Navigator would record: all up to the last that still grew. */
  recorded(): number
}

/**
 * The real Navigator's saturation cut-off with back-off (its `performance/profiler.py`): a result counts as growth when
 * it beats the best of the results since the last growth by `threshold`; `backoffLimit` results without growth in a
 * row, or the first when the limit is 0, end the sweep. A null threshold never stops.
 */
export function createSweep(options: { readonly threshold: number | null; readonly backoffLimit: number }): Sweep {
  const { threshold, backoffLimit } = options
  let pending: number[] = []
  let offered = 0
  let recorded = 0
  return {
    offer(throughput) {
      offered++
      const best = pending.length === 0 ? null : Math.max(...pending)
      if (best !== null && threshold !== null && throughput < best * (1 + threshold)) {
        if (backoffLimit === 0) return 'stop'
        pending.push(throughput)
        return pending.length === backoffLimit + 1 ? 'stop' : 'continue'
      }
      pending = [throughput]
      recorded = offered
      return 'continue'
    },
    recorded: () => recorded,
  }
}
