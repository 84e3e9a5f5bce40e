import { expect, it } from 'vitest'

import { resultText } from '../../src/cli/result-text.js'
import { parseRecord } from '../../src/core/report/candidate-record.js'
import { renderReport } from '../../src/core/report/report-markdown.js'
import { disturbanceText, outlierText, quietMedianText, quietParts } from '../../src/core/report/noise.js'
import type { MeasurementRecord, RunRecord } from '../../src/core/report/run-record.js'
import { measured, QUIET, WINNER } from './records.js'

const WARNING = 'Another process (yes) used 0.9 of 2 cores while this was measured; figures are noisier than usual.'
const HOT = 'The processor slowed down once because it was hot; figures are noisier than usual.'

function disturbed(...warnings: string[]): RunRecord {
  return { ...WINNER, environment: QUIET === null ? null : { ...QUIET, warnings } }
}

function withNoise(noise: Partial<MeasurementRecord['noise']>): RunRecord {
  const candidate = measured('onnx.extended.t2', [[1, 10]])
  const measurements = candidate.measurements.map((one) => ({ ...one, noise: { ...one.noise, ...noise } }))
  return { ...WINNER, candidates: [{ ...candidate, measurements }] }
}

it('says what disturbed in one line of the summary and of the terminal, and nothing when nothing did', () => {
  expect(disturbanceText(disturbed())).toBeNull()
  expect(renderReport(disturbed()).split('<details>')[0]).not.toContain('noisier')
  expect(resultText(disturbed(), 100)).not.toContain('noisier')
  const busy = disturbed(WARNING, HOT)
  expect(disturbanceText(busy)).toBe(`${WARNING} 1 more disturbance in the record.`)
  expect(renderReport(busy).split('<details>')[0]?.split('noisier')).toHaveLength(2)
  expect(renderReport(busy)).toContain('The processor slowed down once')
  expect(resultText(busy, 100)).toContain(WARNING)
})

it('judges how quiet it was by what others did, and by the pressure where that is not known', () => {
  expect(quietParts(disturbed())[0]).toBe('CPU pressure at most 3 % (quiet)')
  expect(quietParts(disturbed(WARNING))[0]).toContain('(busy')
  const pressed = { ...withNoise({ cpuPressurePercent: 40 }), environment: null }
  expect(quietParts(pressed)[0]).toContain('(busy')
  expect(quietParts({ ...pressed, environment: QUIET })[0]).toContain('(quiet)')
})

it('counts outliers by what made them', () => {
  const causes = { runQueue: 9, gc: 2, clock: 0, throttle: 0, unknown: 1 }
  expect(outlierText(withNoise({ outliers: { count: 12, share: 0.048, causes } }))).toBe(
    '12 of 250 requests were outliers, kept in all figures: 9 while waiting for a core, 2 during our own garbage collection, 1 unexplained',
  )
  expect(outlierText(withNoise({ outliers: { count: 0, share: 0, causes: { ...causes, runQueue: 0 } } }))).toBeNull()
  expect(outlierText(withNoise({ outliers: null }))).toBeNull()
})

it('puts the quiet median beside the raw one where they differ', () => {
  expect(quietMedianText(withNoise({ quiet: { share: 0.5, p50Ms: 8 } }))).toBe(
    "winner's p50 in the 50 % of its requests without waiting for a core: 8.00 ms",
  )
  expect(quietMedianText(withNoise({ quiet: { share: 0.5, p50Ms: 9.9 } }))).toBeNull()
  expect(quietMedianText(withNoise({ quiet: null }))).toBeNull()
})

it('reads records that were written without any of this', () => {
  const { environment, ...rest } = WINNER
  const old = JSON.parse(JSON.stringify(rest), (key, value: unknown) =>
    key === 'noise' && typeof value === 'object' ? { runQueueShare: 0.1, cpuPressurePercent: 3 } : value,
  ) as unknown
  const record = parseRecord(old)
  expect(environment).not.toBeNull()
  expect(record.environment).toBeNull()
  expect(record.candidates[0]?.measurements[0]?.noise).toEqual({
    runQueueShare: 0.1,
    cpuPressurePercent: 3,
    involuntarySwitches: null,
    outliers: null,
    quiet: null,
  })
  expect(renderReport(record)).toContain('CPU pressure at most 3 % (quiet)')
})
