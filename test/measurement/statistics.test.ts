import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  effectiveCount,
  estimateQuantile,
  mean,
  populationStd,
  quantile,
} from '../../src/core/measurement/statistics.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'

const uniform = (count: number, seed: number): Float64Array => {
  const random = mulberry32(seed)
  return Float64Array.from({ length: count }, () => random())
}

describe('statistics', () => {
  it('interpolates quantiles as NumPy does', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((q) => quantile([1, 2, 4, 8], q))).toEqual([1, 1.75, 3, 5, 8])
  })

  it('keeps every quantile within the values and growing with q', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        const sorted = Float64Array.from(list).sort()
        expect(quantile(sorted, q)).toBeLessThanOrEqual(quantile(sorted, 1))
        expect(quantile(sorted, q)).toBeGreaterThanOrEqual(quantile(sorted, 0))
      }),
    )
  })

  it('divides the deviation by the count', () => {
    expect([mean([2, 4]), populationStd([2, 4])]).toEqual([3, 1])
  })

  it.each([
    [0.5, 6],
    [0.9, 35],
    [0.95, 73],
    [0.99, 381],
  ])('does not know the quantile %d below %d independent requests', (q, enough) => {
    const alternating = (count: number): Float64Array => Float64Array.from({ length: count }, (_, at) => at % 2)
    expect(estimateQuantile(alternating(enough - 1), q)).toBeNull()
    expect(estimateQuantile(alternating(enough), q)).not.toBeNull()
  })

  it('gives a percentile of many alike neighbours without an interval', () => {
    const drift = Float64Array.from({ length: 500 }, (_, at) => at)
    expect(estimateQuantile(drift, 0.5)).toEqual({ value: 249.5, interval: null })
  })

  it('covers the true median of independent times about 95 times of 100', () => {
    let covered = 0
    for (let seed = 1; seed <= 400; seed++) {
      const [low, high] = estimateQuantile(uniform(75, seed), 0.5)?.interval ?? [1, 0]
      if (low <= 0.5 && 0.5 <= high) covered++
    }
    expect(covered).toBeGreaterThan(400 * 0.9)
    expect(covered).toBeLessThan(400)
  })

  it('counts autocorrelated times as fewer', () => {
    const steps = uniform(20, 3)
    const slow = Float64Array.from({ length: 400 }, (_, at) => steps[Math.floor(at / 20)] ?? 0)
    expect(effectiveCount(slow)).toBeLessThan(80)
    expect(effectiveCount(uniform(400, 4))).toBeGreaterThan(200)
  })
})
