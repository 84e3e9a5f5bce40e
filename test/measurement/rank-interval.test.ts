import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { normalQuantile } from '../../src/core/measurement/normal.js'
import { rankInterval, ratioInterval } from '../../src/core/measurement/rank-interval.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'

/** All means of two values, or of one with itself, sorted. */
function walshAverages(values: readonly number[]): number[] {
  return values.flatMap((one, at) => values.slice(at).map((other) => (one + other) / 2)).sort((a, b) => a - b)
}

/** The one-sided probability that the signed-rank statistic is at most `most`, by going through all signs. */
function chanceOf(count: number, most: number): number {
  let within = 0
  for (let signs = 0; signs < 2 ** count; signs++) {
    let sum = 0
    for (let rank = 1; rank <= count; rank++) if ((signs >> (rank - 1)) & 1) sum += rank
    if (sum <= most) within++
  }
  return within / 2 ** count
}

describe('the rank interval', () => {
  it('has the critical values of the printed tables', () => {
    // Hollander, Wolfe and Chicken, table A.4: P(T ≤ t) at most 0.025 up to these t.
    const criticalValues = new Map([6, 8, 10, 15, 20].map((count, at) => [count, [0, 3, 8, 25, 52][at]]))
    for (const [count, critical = NaN] of criticalValues) {
      const values = Array.from({ length: count }, (_, at) => 2 ** (at / 3))
      const averages = walshAverages(values)
      expect(rankInterval(values, 0.025).interval).toEqual([averages[critical], averages.at(-1 - critical)])
    }
  })

  it('is the widest that keeps to its tail, at every tail', () => {
    const list = fc.uniqueArray(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 11 })
    fc.assert(
      fc.property(list, fc.double({ min: 0.0005, max: 0.4, noNaN: true }), (values, tail) => {
        const averages = walshAverages(values)
        let rank = 0
        while (chanceOf(values.length, rank) <= tail) rank++
        expect(rankInterval(values, tail).interval).toEqual(
          rank === 0 ? null : [averages[rank - 1], averages[averages.length - rank]],
        )
      }),
      { numRuns: 60 },
    )
  })

  it('is centred on the median of the Walsh averages', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 40 }),
        (values) => {
          const averages = walshAverages(values)
          const [low, high] = [
            averages[Math.ceil(averages.length / 2) - 1]!,
            averages[Math.floor(averages.length / 2)]!,
          ]
          expect(rankInterval(values, 0.025).center).toBe((low + high) / 2)
        },
      ),
    )
  })

  it.each([
    [0.025, 6],
    [0.01, 7],
    [0.002, 9],
    [0.001, 10],
  ])('does not exist at the tail %d below %d values', (tail, enough) => {
    const values = Array.from({ length: enough }, (_, at) => at)
    expect(rankInterval(values.slice(1), tail).interval).toBeNull()
    expect(rankInterval(values, tail).interval).toEqual([0, enough - 1])
  })

  it('does not exist without values, or where one is not finite', () => {
    expect(rankInterval([], 0.025)).toEqual({ center: NaN, interval: null, level: 0.95 })
    expect(rankInterval([1, 2, 3, 4, 5, 6, 7, Infinity], 0.025).interval).toBeNull()
    expect(rankInterval([1, 2, 3, 4, 5, 6, 7, NaN], 0.025).interval).toBeNull()
  })

  it('is one point for values that are all alike', () => {
    expect(rankInterval(new Array<number>(10).fill(3), 0.025)).toEqual({ center: 3, interval: [3, 3], level: 0.95 })
  })

  it('hardly changes where the normal approximation takes over', () => {
    const random = mulberry32(1)
    const values = Array.from({ length: 201 }, () => random())
    for (const tail of [0.025, 0.002]) {
      const [exact, approximate] = [rankInterval(values.slice(1), tail).interval!, rankInterval(values, tail).interval!]
      expect(approximate[0]).toBeCloseTo(exact[0], 2)
      expect(approximate[1]).toBeCloseTo(exact[1], 2)
    }
  })
})

describe('the ratio interval', () => {
  it('says how many times as fast the head is', () => {
    const base = [10, 20, 30, 40, 50, 60, 70, 80]
    const head = base.map((value) => value / 2)
    const { ratio, interval } = ratioInterval(base, head)
    expect(ratio).toBeCloseTo(2, 12)
    expect(interval?.map((end) => end.toFixed(9))).toEqual(['2.000000000', '2.000000000'])
  })

  it('does not exist below six generations', () => {
    expect(ratioInterval([2, 2, 2, 2, 2], [1, 1, 1, 1, 1]).interval).toBeNull()
  })
})

describe('the normal quantile', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963985],
    [0.01, -2.326347874],
    [0.001, -3.090232306],
    [0.9999, 3.719016485],
  ])('of %d is %d', (probability, value) => {
    expect(normalQuantile(probability)).toBeCloseTo(value, 7)
  })
})
