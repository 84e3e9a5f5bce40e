import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { timesAsMany, unsteadySpeed } from '../../src/core/comparison/open-verdict.js'
import { verdictOf } from '../../src/core/comparison/verdict.js'

const positive = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })

describe('how much longer an open metric takes', () => {
  it('grows with the square of what the interval has to shrink by', () => {
    const open = { ratio: 1, interval: [1 / 1.05 ** 3, 1.05 ** 3] as const, tolerance: 0.05 }
    expect(timesAsMany(open)).toBeCloseTo(9)
    expect(timesAsMany({ ...open, interval: [1 / 1.05, 1.05 ** 2] })).toBeCloseTo(4)
  })

  it('is until one end is beyond the tolerance where the middle is', () => {
    const open = { ratio: 1.05 ** 2, interval: [1, 1.05 ** 4] as const, tolerance: 0.05 }
    expect(timesAsMany(open)).toBeCloseTo(4)
    expect(timesAsMany({ ...open, ratio: 1.05 ** -2, interval: [1.05 ** -4, 1] })).toBeCloseTo(4)
  })

  it('is for ever with the middle on the bound, and unknown without an interval', () => {
    const open = { ratio: 1.05, interval: [1, 1.1] as const, tolerance: 0.05 }
    expect(timesAsMany(open)).toBe(Infinity)
    expect(timesAsMany({ ...open, interval: null })).toBeNull()
  })

  it('makes an interval that is decided, and just so', () => {
    fc.assert(
      fc.property(positive(-0.3, 0.3), positive(0.01, 1), positive(0.01, 1), (middle, below, above) => {
        const at = (factor: number): [number, number] => {
          const shrink = Math.sqrt(factor)
          return [Math.exp(middle - below / shrink), Math.exp(middle + above / shrink)]
        }
        fc.pre(verdictOf(at(1), 0.05) === 'inconclusive' && Math.abs(Math.abs(middle) - Math.log(1.05)) > 1e-3)
        const factor = timesAsMany({ ratio: Math.exp(middle), interval: at(1), tolerance: 0.05 })!
        expect(verdictOf(at(1.001 * factor), 0.05)).not.toBe('inconclusive')
        if (factor > 1.01) expect(verdictOf(at(0.999 * factor), 0.05)).toBe('inconclusive')
      }),
    )
  })
})

describe('a machine that is not steady', () => {
  it('is told by what fast and slow generations took', () => {
    const times = [...new Array<number>(10).fill(1), ...new Array<number>(10).fill(2)]
    expect(unsteadySpeed(times)).toEqual({ fastMs: 1, slowMs: 2 })
  })

  it('is not told of a few outliers, of a scatter as between processes, or by few generations', () => {
    expect(unsteadySpeed([...new Array<number>(19).fill(1), 3])).toBeNull()
    expect(unsteadySpeed(Array.from({ length: 20 }, (_, at) => 1 + 0.008 * at))).toBeNull()
    expect(unsteadySpeed([1, 2, 1, 2, 1, 2, 1])).toBeNull()
  })
})
