import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { RawSamples, Stretches } from '../../src/core/measurement/outcome.js'
import { findOutliers, noiseOf, outlierBound, quietFigures } from '../../src/core/measurement/outliers.js'

const MS = 1e6

/** Requests that take 1 ms give or take 0.1 %, but those named. */
function requests(count: number, slowMs: ReadonlyMap<number, number> = new Map()): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => MS * (slowMs.get(index) ?? 1 + 0.001 * ((index % 3) - 1)))
}

/** Stretches of ten requests, with what was lost in them in milliseconds by stretch. */
function samples(
  latencyNs: Float64Array,
  lost: Partial<Record<'runQueue' | 'gc' | 'throttled', number[]>> = {},
): RawSamples {
  const count = Math.ceil(latencyNs.length / 10)
  const values = (of: number[] = []): Float64Array =>
    Float64Array.from({ length: count }, (_, index) => (of[index] ?? 0) * MS)
  const ends = Int32Array.from({ length: count }, (_, index) => Math.min(latencyNs.length, 10 * (index + 1)))
  const stretches: Stretches = {
    end: ends,
    wallNs: Float64Array.from(ends, (end, index) =>
      latencyNs.subarray(10 * index, end).reduce((sum, one) => sum + one, 0),
    ),
    runQueueNs: values(lost.runQueue),
    gcNs: values(lost.gc),
    throttledNs: lost.throttled === undefined ? new Float64Array(count).fill(NaN) : values(lost.throttled),
  }
  return { latencyNs, window: new Int32Array(latencyNs.length), process: new Int32Array(latencyNs.length), stretches }
}

const NOTHING = { runQueue: 0, gc: 0, clock: 0, throttle: 0, unknown: 0 }

it('finds nothing among requests that only differ a little', () => {
  expect(findOutliers(samples(requests(100)), false)).toEqual({ count: 0, share: 0, causes: NOTHING })
})

it('says what made each request slow, as far as the time lost in its stretch explains it', () => {
  const slow = new Map([
    [5, 3],
    [15, 2],
    [25, 4],
    [35, 9],
    [45, 1.2],
  ])
  const lost = { runQueue: [2.1, 0, 2.9, 0, 0.01], gc: [0, 1, 0, 0, 0], throttled: [0, 0, 2.9, 0, 0] }
  expect(findOutliers(samples(requests(100, slow), lost), false)).toEqual({
    count: 5,
    share: 0.05,
    causes: { runQueue: 1, gc: 1, clock: 0, throttle: 1, unknown: 2 },
  })
})

it('explains only as many requests as the time lost suffices for', () => {
  const slow = new Map([
    [3, 3],
    [6, 3],
    [7, 3],
  ])
  expect(findOutliers(samples(requests(100, slow), { runQueue: [3.5] }), false)?.causes).toEqual({
    ...NOTHING,
    runQueue: 2,
    unknown: 1,
  })
})

it('blames a changed clock for what nothing else explains', () => {
  const slow = new Map([
    [3, 3],
    [16, 3],
  ])
  expect(findOutliers(samples(requests(100, slow), { gc: [2] }), true)?.causes).toEqual({ ...NOTHING, gc: 1, clock: 1 })
})

it('counts outliers without causes where nothing is known of what disturbed', () => {
  const { stretches, ...raw } = samples(requests(100, new Map([[3, 3]])))
  expect(stretches).toBeDefined()
  expect(findOutliers(raw, false)).toEqual({ count: 1, share: 0.01, causes: { ...NOTHING, unknown: 1 } })
  expect(noiseOf(raw, { clockChanged: false, involuntarySwitches: null }, null)).toMatchObject({
    runQueueShare: null,
    quiet: null,
  })
})

it('says nothing of too few requests', () => {
  expect(findOutliers(samples(requests(19, new Map([[3, 30]]))), false)).toBeNull()
})

it.each([
  ['equal values', () => 10, 10.5],
  ['values within 1 %', (index: number) => 10 + 0.1 * ((index % 3) - 1), 10.5],
  ['values that differ by 20 %', (index: number) => (index % 2 === 0 ? 10 : 12), 16.4],
])('draws the line above %s', (_, value, least) => {
  const bound = outlierBound(Float64Array.from({ length: 100 }, (_, index) => value(index)))
  expect(bound).toBeGreaterThanOrEqual(least * (1 - 1e-9))
  expect(bound).toBeLessThan(least * 1.5)
})

it('draws the same line whatever the unit, and half of the requests cannot move it far', () => {
  const values = fc.array(fc.double({ min: 1, max: 2, noNaN: true }), { minLength: 20, maxLength: 60 })
  fc.assert(
    fc.property(values, fc.constantFrom(1e-3, 1e6), (given, unit) => {
      const inUnit = outlierBound(Float64Array.from(given, (one) => one * unit)) / unit
      expect(inUnit / outlierBound(Float64Array.from(given))).toBeCloseTo(1, 9)
    }),
  )
  const calm = requests(100)
  const disturbed = calm.map((one, index) => (index % 3 === 0 ? one * 50 : one))
  expect(outlierBound(disturbed)).toBeLessThan(1.1 * outlierBound(calm))
})

it('puts the median of quiet stretches beside that of all requests', () => {
  const slow = new Map(Array.from({ length: 70 }, (_, index) => [index, 2]))
  const raw = samples(requests(100, slow), { runQueue: [9, 9, 9, 9, 9, 9, 9] })
  expect(quietFigures(raw)).toEqual({ share: 0.3, p50Ms: 1 })
  const noise = noiseOf(raw, { clockChanged: false, involuntarySwitches: 7 }, 12)
  expect(noise).toMatchObject({ cpuPressurePercent: 12, involuntarySwitches: 7, quiet: { share: 0.3 } })
  expect(noise.runQueueShare).toBeCloseTo(63 / 170, 3)
})

it('gives no quiet median when quiet requests are too few, were held back, or nobody knows', () => {
  expect(quietFigures(samples(requests(100), { runQueue: new Array<number>(9).fill(9) }))).toBeNull()
  expect(quietFigures(samples(requests(20), { throttled: [1, 1] }))).toBeNull()
  expect(quietFigures(samples(requests(20), { runQueue: [NaN, NaN] }))).toBeNull()
})

it('keeps every request in one cause or none, whatever it is given', () => {
  const stretch = fc.array(fc.double({ min: 0, max: 5, noNaN: false }), { maxLength: 6 })
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.01, max: 9, noNaN: true }), { minLength: 20, maxLength: 60 }),
      stretch,
      (ms, lost) => {
        const found = findOutliers(
          samples(
            Float64Array.from(ms, (one) => one * MS),
            { runQueue: lost, gc: lost },
          ),
          false,
        )
        const sum = Object.values(found?.causes ?? {}).reduce((a, b) => a + b, 0)
        expect(sum).toBe(found?.count)
      },
    ),
  )
})
