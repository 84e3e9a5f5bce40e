import { describe, expect, it } from 'vitest'

import { batchSchedule, createSweep } from '../../src/core/plan/batch-sizes.js'

const recordedOf = (latencies: readonly number[], backoffLimit: number): number => {
  const sweep = createSweep({ threshold: 0.05, backoffLimit })
  for (const [power, latency] of latencies.entries()) if (sweep.offer((1000 * 2 ** power) / latency) === 'stop') break
  return sweep.recorded()
}

describe('batch sizes', () => {
  it.each([0, 1, 2])('records 1, 2, 4 when throughput stops growing there, with back-off %d', (limit) => {
    expect(recordedOf([10, 15, 20, 40, 80, 160], limit)).toBe(3)
  })

  it('looks beyond a plateau within the back-off', () => {
    expect(recordedOf([10, 15, 20, 40, 60, 120, 240], 2)).toBe(5)
  })

  it('measures every batch size without a threshold', () => {
    const sweep = createSweep({ threshold: null, backoffLimit: 2 })
    expect([4, 3, 2, 1].map((throughput) => sweep.offer(throughput))).toEqual(Array(4).fill('continue'))
    expect(sweep.recorded()).toBe(4)
  })

  it('tries powers of two and the largest allowed', () => {
    const of = (batchSizes: number[] | null, maxBatchSize: number | null, hasBatchAxis = true): (number | null)[] =>
      batchSchedule({ hasBatchAxis, batchSizes, maxBatchSize })
    expect(of(null, 3)).toEqual([1, 2, 3])
    expect(of(null, 127)).toEqual([1, 2, 4, 8, 16, 32, 64, 127])
    expect(of([8, 1], null)).toEqual([1, 8])
    expect(of(null, null)).toHaveLength(31)
    expect(of(null, 8, false)).toEqual([null])
  })
})
