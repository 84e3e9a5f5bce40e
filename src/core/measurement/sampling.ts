/** Requests before the first measured one: at least so many, and, where it is given, at least so long. */
interface WarmUp {
  readonly warmupRequests: number
  readonly warmupMs?: number
}

/**
 * When to stop taking requests.
 *
 * `until-stable` is the real Navigator's rule (its `commands/performance/profiler.py` and `utils.py`): windows of
 * `windowSize` requests until the means of the last `stabilizationWindows` lie within `stabilityPercentage` of their
 * mean, from `minTrials` to `maxTrials` windows. Ours adds `minDurationMs`, before which no window counts as the last,
 * and `maxDurationMs`, after which the measurement ends flagged unstable.
 * `block` is one uninterrupted block of requests, for interleaved measuring: at least so many and at least so long, but
 * no longer than `maxDurationMs`, where it is given, as soon as there is one.
 */
export type SamplingRule = WarmUp &
  (
    | {
        readonly kind: 'until-stable'
        readonly windowSize: number
        readonly stabilityPercentage: number
        readonly stabilizationWindows: number
        readonly minTrials: number
        readonly maxTrials: number
        readonly minDurationMs: number
        readonly maxDurationMs: number
      }
    | {
        readonly kind: 'block'
        readonly minRequests: number
        readonly minDurationMs: number
        readonly maxDurationMs?: number
      }
  )
