import { expect, test } from 'vitest'

import { overSamples } from '../../src/core/measurement/over-samples.js'

const figures = (batchSize: number | null, p50LatencyMs: number, throughputPerSecond: number) => ({
  batchSize,
  p50LatencyMs,
  throughputPerSecond,
})

test('says least, average and most over the samples that were measured at a batch size', () => {
  const samples = [[figures(1, 2, 500), figures(2, 3, 600)], [figures(1, 4, 250)], []]
  expect(overSamples(samples)).toEqual([
    {
      batchSize: 1,
      sampleCount: 2,
      p50LatencyMs: { min: 2, mean: 3, max: 4 },
      throughputPerSecond: { min: 250, mean: 375, max: 500 },
    },
    {
      batchSize: 2,
      sampleCount: 1,
      p50LatencyMs: { min: 3, mean: 3, max: 3 },
      throughputPerSecond: { min: 600, mean: 600, max: 600 },
    },
  ])
})

test('has nothing to say of samples that were not measured', () => {
  expect(overSamples([[], []])).toEqual([])
})
