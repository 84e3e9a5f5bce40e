import { expect, it } from 'vitest'

import type { MetricName } from '../../src/core/comparison/metrics.js'
import { fewestGenerations, type Judgement } from '../../src/core/comparison/sequential.js'
import { measuredText, tooSlowText } from '../../src/core/report/comparison-explanation.js'

const OPEN: Judgement<MetricName> = {
  name: 'latency-p50',
  verdict: 'inconclusive',
  ratio: 1,
  interval: [1 / 1.05 ** 2, 1.05 ** 2],
  level: 0.99,
  tolerance: 0.05,
  generations: 40,
}
const SURE: Judgement<MetricName> = { ...OPEN, name: 'throughput', verdict: 'same', interval: [0.99, 1.01] }

it('says of what is open which time budget would settle it', () => {
  expect(measuredText([OPEN, SURE], 110_000)).toBe(
    'The time budget ended before it was sure whether the head is slower in p50 latency. ' +
      'A time budget of about 8 min would settle it here; a quieter machine or a wider tolerance takes less.',
  )
})

it('asks for the longest of what all open metrics take', () => {
  const wider = { ...OPEN, name: 'throughput' as const, interval: [1 / 1.05 ** 4, 1.05 ** 2] as const }
  expect(measuredText([OPEN, wider], 60_000)).toMatch(/ in p50 latency and throughput\. A time budget of about 16 min /)
})

it.each([
  ['lies on the tolerance', { ratio: 1.05 }],
  ['has no interval yet', { interval: null }],
  ['would take all day', { interval: [0.2, 5] as const }],
])('promises nothing of more time when a metric %s', (_, change) => {
  expect(measuredText([{ ...OPEN, ...change }], 110_000)).toMatch(/; more time hardly would\.$/)
})

it('has little to say when all is sure', () => {
  expect(measuredText([SURE], 10_000)).toBe('Measured side by side.')
})

it('says how long generations take that do not fit', () => {
  expect(fewestGenerations(2)).toBe(8)
  expect(tooSlowText(20_000, 2)).toBe(
    'Loading and measuring both once takes 20.0 s, and 8 times are needed: give it a time budget of about 3 min.',
  )
})
