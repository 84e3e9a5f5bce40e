import { describe, expect, it } from 'vitest'

import { unsteadySpeed } from '../../src/core/measurement/steadiness.js'

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
