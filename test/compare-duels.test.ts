import { expect, test } from 'vitest'

import { duelsOf } from '../src/core/compare-duels.js'
import type { Serving, Servings } from '../src/core/compare-sides.js'
import { describeModel } from '../src/core/onnx/describe.js'
import { decodeModel } from '../src/core/onnx/model-file.js'
import type { SessionSettings } from '../src/core/plan/candidate.js'
import { defaultSettings } from '../src/core/plan/settings.js'
import { goodModels } from './models/make-models.js'

const DESCRIPTION = describeModel(decodeModel(goodModels.mlp().bytes))
const CORES = 4
const DEFAULTS = defaultSettings(CORES)
const TUNED: SessionSettings = { ...DEFAULTS, intraOpThreads: 1 }
const OTHER: SessionSettings = { ...DEFAULTS, spinning: false }

const serving = (changes: Partial<Serving> = {}): Serving => ({
  modelKey: 'onnx',
  candidateId: null,
  file: { path: '/m.onnx', sha256: 'a', bytes: 1 },
  sha256: 'a',
  bytes: 1,
  description: DESCRIPTION,
  tuned: null,
  batchSize: 1,
  ...changes,
})

/** A package whose winner has these settings, at batch 8 where it serves most. */
const measured = (sha256: string, tuned: SessionSettings | null, batchSize = 8): Servings => ({
  plain: serving({ sha256 }),
  measured: { latency: serving({ sha256, tuned }), throughput: serving({ sha256, tuned, batchSize }) },
})

const here = { base: { isTunedHere: true }, head: { isTunedHere: true } }
const elsewhere = { base: { isTunedHere: false }, head: { isTunedHere: true } }

test('measures each side at the settings it was tuned to, where that was on this machine', () => {
  const { duels, notes } = duelsOf(here, { base: measured('a', TUNED), head: measured('b', OTHER, 16) }, CORES)
  expect(duels.map(({ metrics, base, head }) => [metrics, base.settings, head.settings])).toEqual([
    [['latency-p50'], TUNED, OTHER],
    [['throughput'], TUNED, OTHER],
  ])
  expect(duels.map(({ base, head }) => [base.batchSize, head.batchSize])).toEqual([
    [1, 1],
    [8, 16],
  ])
  expect(notes).toEqual([])
})

test("measures both at the head's settings where one was tuned elsewhere, and says so", () => {
  const { duels, notes } = duelsOf(elsewhere, { base: measured('a', TUNED), head: measured('b', OTHER) }, CORES)
  for (const { base, head } of duels) expect([base.settings, head.settings]).toEqual([OTHER, OTHER])
  expect(notes).toEqual([expect.stringContaining("the head's session settings were used for both")])
})

test('uses no more threads than there are cores', () => {
  const many = { ...DEFAULTS, intraOpThreads: 64 }
  const { duels } = duelsOf(elsewhere, { base: measured('a', null), head: measured('b', many) }, CORES)
  for (const { base, head } of duels) expect([base.settings, head.settings]).toEqual([DEFAULTS, DEFAULTS])
})

test('holds the first models against each other, once for both metrics, where one package was not measured', () => {
  const base: Servings = { plain: serving(), measured: null }
  const { duels, notes } = duelsOf(here, { base, head: measured('b', TUNED) }, CORES)
  expect(duels).toHaveLength(1)
  expect(duels[0]).toMatchObject({
    metrics: ['latency-p50', 'throughput'],
    base: { sha256: 'a', settings: DEFAULTS, batchSize: 1 },
    head: { sha256: 'b', settings: DEFAULTS, batchSize: 1 },
  })
  expect(notes).toEqual([expect.stringMatching(/^The base holds no measurements/)])
})

test('measures a pair once that is best at both', () => {
  const { duels } = duelsOf(here, { base: measured('a', TUNED, 1), head: measured('b', TUNED, 1) }, CORES)
  expect(duels.map(({ metrics }) => metrics)).toEqual([['latency-p50', 'throughput']])
})
