import type { SamplingRule } from './sampling.js'

/** Times of every request after warm-up, in order, with the window each belongs to. */
export interface Sampled {
  /** Nanoseconds per request. */
  readonly latencyNs: Float64Array
  readonly window: Int32Array
  readonly warmupCount: number
  readonly stable: boolean
}

/** Told of measured requests, between them: what it does takes none of their time, but keeps the next one waiting. */
export interface RequestWatch {
  /** Warm-up is over. */
  begin(): void
  /** `nowNs` is when the request ended. */
  afterRequest(nowNs: number): void
}

const NOBODY: RequestWatch = { begin: () => undefined, afterRequest: () => undefined }

/**
 * Takes requests until the rule says stop. The clock is passed in: `nowNs` counts nanoseconds.
 * `onWindow` gets the mean latency (ms) of each finished window. No measured request is ever dropped.
 */
export function runSampling(
  rule: SamplingRule,
  requestOnce: () => void,
  nowNs: () => number,
  onWindow: (meanMs: number) => void = () => undefined,
  watch: RequestWatch = NOBODY,
): Sampled {
  const warmupCount = warmUp(rule, requestOnce, nowNs)
  watch.begin()
  const latencies: number[] = []
  const windows: number[] = []
  const takeOne = (window: number): number => {
    const start = nowNs()
    requestOnce()
    const end = nowNs()
    const latency = end - start
    latencies.push(latency)
    windows.push(window)
    watch.afterRequest(end)
    return latency
  }
  const stable =
    rule.kind === 'block' ? sampleBlock(rule, takeOne, nowNs, onWindow) : sampleWindows(rule, takeOne, nowNs, onWindow)
  return {
    latencyNs: Float64Array.from(latencies),
    window: Int32Array.from(windows),
    warmupCount,
    stable,
  }
}

/** Makes the requests that are not measured; returns how many. */
function warmUp({ warmupRequests, warmupMs = 0 }: SamplingRule, requestOnce: () => void, nowNs: () => number): number {
  const endNs = nowNs() + 1e6 * warmupMs
  let count = 0
  for (; count < warmupRequests || nowNs() < endNs; count++) requestOnce()
  return count
}

type Block = Extract<SamplingRule, { kind: 'block' }>
type Windows = Extract<SamplingRule, { kind: 'until-stable' }>

function sampleBlock(
  rule: Block,
  takeOne: (window: number) => number,
  nowNs: () => number,
  onWindow: (meanMs: number) => void,
): true {
  const start = nowNs()
  const { minRequests, minDurationMs, maxDurationMs = Infinity } = rule
  for (let count = 1; ; count++) {
    onWindow(takeOne(0) / 1e6)
    const elapsedMs = (nowNs() - start) / 1e6
    if (elapsedMs >= maxDurationMs || (count >= minRequests && elapsedMs >= minDurationMs)) return true
  }
}

function sampleWindows(
  rule: Windows,
  takeOne: (window: number) => number,
  nowNs: () => number,
  onWindow: (meanMs: number) => void,
): boolean {
  const start = nowNs()
  const means: number[] = []
  for (;;) {
    let totalNs = 0
    for (let count = 0; count < rule.windowSize; count++) totalNs += takeOne(means.length)
    means.push(totalNs / rule.windowSize / 1e6)
    onWindow(totalNs / rule.windowSize / 1e6)
    const elapsedMs = (nowNs() - start) / 1e6
    const stable = means.length >= rule.minTrials && isStable(means, rule)
    if (stable && elapsedMs >= rule.minDurationMs) return true
    if (elapsedMs >= rule.maxDurationMs) return stable
    // The real Navigator gives up after so many windows; before our minimum time we take more of them instead.
    if (means.length >= rule.maxTrials && elapsedMs >= rule.minDurationMs) return stable
  }
}

/** The last windows' means all lie strictly within the percentage of their mean (navigator `performance/utils.py`). */
function isStable(means: readonly number[], rule: Windows): boolean {
  const last = means.slice(-Math.min(rule.stabilizationWindows, rule.maxTrials))
  const mean = last.reduce((sum, value) => sum + value, 0) / last.length
  return last.every((value) => (Math.abs(value - mean) / mean) * 100 < rule.stabilityPercentage)
}
