import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { timesAsMany } from '../../src/core/comparison/open-verdict.js'
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
