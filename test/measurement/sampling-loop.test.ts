import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { SamplingRule } from '../../src/core/measurement/sampling.js'
import { runSampling, type Sampled } from '../../src/core/measurement/sampling-loop.js'

const WINDOWS = {
  kind: 'until-stable',
  windowSize: 3,
  stabilityPercentage: 10,
  stabilizationWindows: 3,
  minTrials: 3,
  maxTrials: 8,
  warmupRequests: 2,
  minDurationMs: 0,
  maxDurationMs: 1e6,
} as const satisfies SamplingRule

const BLOCK = {
  kind: 'block',
  warmupRequests: 1,
  minRequests: 5,
  minDurationMs: 0,
} as const satisfies SamplingRule

describe('sampling until stable', () => {
  it('stops at the least number of windows when every window agrees', () => {
    const { sampled, requests } = sample(WINDOWS, () => 4)
    expect(sampled).toEqual({
      latencyNs: new Float64Array(9).fill(4e6),
      window: Int32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2),
      warmupCount: 2,
      stable: true,
    })
    expect(requests).toBe(11)
  })

  it('goes to the most windows and says so when they never agree', () => {
    const { sampled, windowMeans } = sample(WINDOWS, (request) => (windowOf(request) % 2 === 0 ? 4 : 8))
    expect(sampled.stable).toBe(false)
    expect(sampled.latencyNs).toHaveLength(24)
    expect(windowMeans).toEqual([4, 8, 4, 8, 4, 8, 4, 8])
  })

  it('looks at the last windows only, so that a slow start is outlived', () => {
    const { sampled, windowMeans } = sample(WINDOWS, (request) => (windowOf(request) === 0 ? 40 : 4))
    expect(sampled.stable).toBe(true)
    expect(windowMeans).toEqual([40, 4, 4, 4])
  })

  it('takes windows as unstable that differ by exactly the percentage', () => {
    const { sampled } = sample(
      { ...WINDOWS, minTrials: 2, maxTrials: 2, stabilizationWindows: 2 },
      (request) => [9, 11][windowOf(request)] ?? 0,
    )
    expect(sampled.stable).toBe(false)
  })

  it('takes more windows than the most before the least time is over', () => {
    const { sampled, windowMeans } = sample({ ...WINDOWS, minDurationMs: 120 }, () => 4)
    expect(windowMeans).toHaveLength(10)
    expect(sampled.stable).toBe(true)
  })

  it('ends after the window in which the most time is over', () => {
    const { sampled, windowMeans } = sample({ ...WINDOWS, maxDurationMs: 20 }, () => 4)
    expect(windowMeans).toHaveLength(2)
    expect(sampled.stable).toBe(false)
  })
})

describe('sampling a block', () => {
  it('warms up for so many requests and so long, whichever is more', () => {
    const { sampled } = sample({ ...BLOCK, warmupMs: 20 }, (request) => (request < 5 ? 4 : 2))
    expect(sampled.warmupCount).toBe(5)
    expect([...sampled.latencyNs]).toEqual(new Array<number>(5).fill(2e6))
    expect(sample({ ...BLOCK, warmupRequests: 7, warmupMs: 2 }, () => 2).sampled.warmupCount).toBe(7)
  })

  it('takes the least number of requests when the time is over before', () => {
    const { sampled, requests } = sample(BLOCK, () => 2)
    expect(sampled).toEqual({
      latencyNs: new Float64Array(5).fill(2e6),
      window: new Int32Array(5),
      warmupCount: 1,
      stable: true,
    })
    expect(requests).toBe(6)
  })

  it('goes on until the least time is over', () => {
    expect(sample({ ...BLOCK, minDurationMs: 20 }, () => 2).sampled.latencyNs).toHaveLength(10)
  })
})

it('keeps every request after warm-up, in order, whatever it took', () => {
  fc.assert(
    fc.property(fc.constantFrom(WINDOWS, BLOCK), fc.array(fc.integer({ min: 1, max: 1000 })), (rule, latenciesMs) => {
      const latencyMs = (request: number): number => latenciesMs[request] ?? 1
      const { sampled, requests } = sample(rule, latencyMs)
      const expected = Array.from(
        { length: requests - rule.warmupRequests },
        (_, index) => latencyMs(index + rule.warmupRequests) * 1e6,
      )
      expect([...sampled.latencyNs]).toEqual(expected)
      expect(sampled.window).toHaveLength(expected.length)
    }),
  )
})

/** Runs the rule with a clock that only requests move; `latencyMs` gets the request's number, warm-up counted. */
function sample(
  rule: SamplingRule,
  latencyMs: (request: number) => number,
): { sampled: Sampled; requests: number; windowMeans: number[] } {
  let clockNs = 0
  let requests = 0
  const windowMeans: number[] = []
  const sampled = runSampling(
    rule,
    () => {
      clockNs += latencyMs(requests) * 1e6
      requests += 1
    },
    () => clockNs,
    (meanMs) => windowMeans.push(meanMs),
  )
  return { sampled, requests, windowMeans }
}

function windowOf(request: number): number {
  return Math.floor((request - WINDOWS.warmupRequests) / WINDOWS.windowSize)
}
