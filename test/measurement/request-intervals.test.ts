import { describe, expect, it } from 'vitest'

import { estimateQuantile } from '../../src/core/measurement/statistics.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'
import { autoregression, REQUEST_NOISES } from './request-noise.js'

const EXPERIMENTS = 800
const REQUESTS = 2000

describe('the interval of a median over requests', () => {
  it.each(REQUEST_NOISES)('covers it in 93 to 98 of 100 measurements: $name', ({ median, draw }) => {
    const random = mulberry32(5)
    let [covered, known] = [0, 0]
    for (let experiment = 0; experiment < EXPERIMENTS; experiment++) {
      const interval = estimateQuantile(draw(REQUESTS, random), 0.5)?.interval
      if (interval == null) continue
      known++
      if (interval[0] <= median && median <= interval[1]) covered++
    }
    expect(known / EXPERIMENTS).toBeGreaterThan(0.98)
    expect(covered / known).toBeGreaterThanOrEqual(0.93)
    expect(covered / known).toBeLessThanOrEqual(0.98)
  })

  it('does not exist where a measurement is short against how long its requests stay alike', () => {
    const random = mulberry32(6)
    let known = 0
    for (let experiment = 0; experiment < 100; experiment++) {
      const values = autoregression(0.99, random)
      const times = Float64Array.from({ length: 150 }, () => 1 + 0.05 * values.next().value)
      if (estimateQuantile(times, 0.5)?.interval != null) known++
    }
    expect(known).toBeLessThan(30)
  })
})
