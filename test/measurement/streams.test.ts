import fc from 'fast-check'
import { expect, test } from 'vitest'

import { type Stream, streamFigures } from '../../src/core/measurement/streams.js'

/** Requests of `latencyNs` each from `startNs` on. */
function stream(startNs: number, count: number, latencyNs: number): Stream {
  return { latencyNs: new Float64Array(count).fill(latencyNs), startNs, endNs: startNs + count * latencyNs }
}

test('what one stream serves before the other has begun does not count', () => {
  const figures = streamFigures([stream(0, 10, 1e8), stream(5e8, 10, 1e8)])
  expect(figures?.overlapNs).toBe(5e8)
  expect(figures?.requestsPerSecond).toBeCloseTo(20)
  expect(figures?.latencyNs.length).toBe(10)
})

test('a request that began before all were busy counts by its share within', () => {
  const figures = streamFigures([stream(0, 1, 1e9), stream(5e8, 1, 1e9)])
  expect(figures?.requestsPerSecond).toBeCloseTo(2)
  expect(figures?.latencyNs).toEqual(new Float64Array(0))
})

test('streams that were never busy together have no figures', () => {
  expect(streamFigures([stream(0, 2, 10), stream(20, 2, 10)])).toBeNull()
})

test('however streams begin, as many equal ones serve as many times what one serves', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 20 }), (startsMs) => {
      const streams = startsMs.map((startMs) => stream(startMs * 1e6, 100, 1e7))
      expect(streamFigures(streams)?.requestsPerSecond).toBeCloseTo(100 * streams.length, 6)
    }),
  )
})

test('time between requests is not served in', () => {
  const [half] = [{ latencyNs: Float64Array.of(1e8, 1e8), startNs: 0, endNs: 4e8 }]
  expect(streamFigures([half])?.requestsPerSecond).toBeCloseTo(5)
})
