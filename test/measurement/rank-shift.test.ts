import { describe, expect, it } from 'vitest'

import { rankShift } from '../../src/core/measurement/rank-shift.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'

/** Values without a tie between any two differences. */
const spread = (count: number, seed: number): number[] => {
  const random = mulberry32(seed)
  return Array.from({ length: count }, () => random())
}

describe('the rank shift', () => {
  it.each([
    // Critical values of the two-sided Mann–Whitney test at 5 %, as printed tables have them.
    [4, 4, 0],
    [5, 8, 6],
    [8, 8, 13],
    [10, 10, 23],
    [8, 20, 41],
    [20, 20, 127],
  ])('of %d and %d values leaves out the %d outermost differences of each end, and no more', (base, head, critical) => {
    const [one, other] = [spread(base, 1), spread(head, 2)]
    const differences = one.flatMap((a) => other.map((b) => b - a)).sort((a, b) => a - b)
    const expected = [differences[critical], differences.at(-1 - critical)]
    expect(rankShift(one, other, 0.025).interval).toEqual(expected)
  })

  it('turns around with its sides', () => {
    const [one, other] = [spread(9, 3), spread(14, 4)]
    const [there, back] = [rankShift(one, other, 0.025), rankShift(other, one, 0.025)]
    expect(back.center).toBe(-there.center)
    expect(back.interval).toEqual([-there.interval![1], -there.interval![0]])
  })

  it('is the median difference', () => {
    expect(rankShift([1, 2, 3], [11, 12, 13], 0.025)).toEqual({ center: 10, interval: null, level: 0.95 })
  })

  it('hardly changes where the normal approximation takes over', () => {
    const [one, other] = [spread(51, 5), spread(50, 6)]
    const [exact, approximate] = [
      rankShift(one.slice(1), other, 0.005).interval!,
      rankShift(one, other, 0.005).interval!,
    ]
    expect(Math.abs(approximate[0] - exact[0])).toBeLessThan(0.02)
    expect(Math.abs(approximate[1] - exact[1])).toBeLessThan(0.02)
  })

  it('does not exist without values, or where one is not finite', () => {
    expect(rankShift([], [1, 2], 0.025).interval).toBeNull()
    expect(rankShift([1, 2, 3, 4, 5, NaN], [1, 2, 3, 4, 5, 6], 0.025).interval).toBeNull()
  })
})
