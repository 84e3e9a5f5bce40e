import { readFileSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { fileBaseline, judgeRun } from '../src/core/against-baseline.js'
import type { Environment } from '../src/core/environment.js'
import { optimize } from '../src/core/optimize.js'
import { type RunRecord, runRecordSchema } from '../src/core/report/run-record.js'
import type { GateRequest } from '../src/core/request.js'
import { goodModels, type TestModel } from './models/make-models.js'
import { stack } from './models/stack.js'
import { writeModel } from './models/write-model.js'
import { writePackage } from './nav-package/write-package.js'
import { temporaryFolder, TEST_RUN_OPTIONS, testEnvironment, testRequest } from './support/run-engine.js'

let made: Awaited<ReturnType<typeof temporaryFolder>>
let light: RunRecord
let heavy: RunRecord

beforeAll(async () => {
  made = await temporaryFolder()
  light = await optimized('light', stack(8))
  heavy = await optimized('heavy', stack(24))
}, 120_000)

afterAll(async () => {
  await made[Symbol.asyncDispose]()
})

async function optimized(name: string, model: TestModel): Promise<RunRecord> {
  const source = { kind: 'model', path: writeModel(model, made.path, name) } as const
  const output = path.join(made.path, `${name}.nav`)
  const request = testRequest(made.path, { source, name, output, inputShapes: new Map(), batchSizes: null })
  return (await optimize(request, testEnvironment(made.path))).record
}

function gateRequest(
  changes: Partial<GateRequest> = {},
  comparison: Partial<GateRequest['comparison']> = {},
): GateRequest {
  const onInconclusive = changes.onInconclusive ?? 'warn'
  return {
    baseline: { kind: 'none' },
    objectives: [],
    failOn: ['slower', 'objective'],
    onInconclusive,
    failOnPush: false,
    isDefaultBranchPush: false,
    comparison: {
      tolerances: { 'latency-p50': 0.05, throughput: 0.05 },
      samples: null,
      inputShapes: new Map(),
      inputRanges: new Map(),
      ...TEST_RUN_OPTIONS,
      timeBudgetMs: 60_000,
      recorded: false,
      onInconclusive,
      ...comparison,
    },
    ...changes,
  }
}

/** Judges a run in a folder of its own, where its record must be what was given back. */
async function judged(
  record: RunRecord,
  base: string | null,
  request: GateRequest = gateRequest(),
  changes: Partial<Environment> = {},
): Promise<{ record: RunRecord; warnings: readonly string[] }> {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'record.json')
  await writeFile(file, JSON.stringify(record))
  const warnings: string[] = []
  const silent = (): void => undefined
  const log = { debug: silent, info: silent, warn: (text: string) => warnings.push(text) }
  const onProgress: Environment['onProgress'] = (event) => {
    changes.onProgress?.(event)
    // A run that is killed while it is compared leaves what it measured.
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(record)))
  }
  const environment = testEnvironment(folder.path, { log, ...changes, onProgress })
  const found = base === null ? null : fileBaseline(base)
  const result = await judgeRun(record, found, base === null ? 'There is no baseline yet.' : null, request, environment)
  const written = runRecordSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  expect(written).toEqual(result)
  return { record: result, warnings }
}

const packageOf = (record: RunRecord): string => record.package?.path ?? ''

test(
  'a run that serves slower than its baseline fails with the reason, and keeps all that was measured',
  { timeout: 90_000 },
  async () => {
    const { record, warnings } = await judged(heavy, packageOf(light))
    expect(record).toMatchObject({ outcome: 'gate-failed', comparison: { verdict: 'slower', reason: 'measured' } })
    expect(record.gate).toEqual({ failed: true, reasons: [record.outcomeReason] })
    expect(record.outcomeReason).toMatch(/^heavy got slower: p50 latency up \d+.* against light\.nav\.$/)
    expect(record.baseline).toEqual({ kind: 'file', description: 'light.nav', commit: null, url: null })
    expect(Object.keys(record.comparison ?? {}).sort()).toEqual([
      'accuracy',
      'evidence',
      'explanation',
      'generations',
      'metrics',
      'reason',
      'size',
      'spentMs',
      'verdict',
    ])
    expect(record.candidates).toEqual(heavy.candidates)
    expect(warnings).toEqual([])
  },
)

test('on the default branch what is wrong is only reported, as a warning', async () => {
  const objectives = [{ name: 'max-size-mb', limit: 0.001 }] as const
  const { record, warnings } = await judged(light, null, gateRequest({ objectives, isDefaultBranchPush: true }))
  expect(record).toMatchObject({ outcome: 'done', outcomeReason: null })
  expect(record.gate).toEqual({ failed: false, reasons: warnings })
  expect(warnings).toEqual([expect.stringMatching(/^The size of the model is /)])
})

test('a run whose package is that of its baseline is the same', async () => {
  const base = path.join(made.path, 'copy.nav')
  await copyFile(packageOf(light), base)
  const { record } = await judged(light, base)
  expect(record).toMatchObject({ outcome: 'done', comparison: { verdict: 'same', reason: 'identical' } })
  expect(record.gate).toEqual({ failed: false, reasons: [] })
})

test('a run without a baseline is done, with the note, however strict the gate is', async () => {
  const strict = gateRequest({ onInconclusive: 'fail', failOnPush: true })
  const { record, warnings } = await judged(light, null, strict)
  expect(record).toEqual({ ...light, baselineNote: 'There is no baseline yet.' })
  expect(warnings).toEqual([])
})

describe('a baseline that is no package', () => {
  const broken = async (): Promise<string> => {
    const file = path.join(made.path, 'broken.nav')
    await writeFile(file, 'no zip at all')
    return file
  }

  test('makes the comparison inconclusive with the reason, which is a warning', async () => {
    const { record, warnings } = await judged(light, await broken())
    expect(record).toMatchObject({ outcome: 'done', comparison: { verdict: 'inconclusive', reason: 'failed' } })
    expect(record.comparison?.explanation).toContain('broken.nav')
    expect(record.gate).toEqual({
      failed: false,
      reasons: ['Cannot say whether light got slower: the comparison could not be made.'],
    })
    expect(warnings).toEqual([`${record.gate?.reasons[0] ?? ''} ${record.comparison?.explanation ?? ''}`])
    expect(record.selection).toEqual(light.selection)
  })

  test('fails only where what is inconclusive does', async () => {
    const { record } = await judged(light, await broken(), gateRequest({ onInconclusive: 'fail' }))
    expect(record).toMatchObject({ outcome: 'gate-failed', gate: { failed: true } })
    expect(record.outcomeReason).toMatch(
      /^Cannot say .* The comparison with the baseline could not be made\. .*broken\.nav/,
    )
  })
})

test('a baseline that takes other inputs cannot be compared', async () => {
  const base = await writePackage({ onnx: goodModels.mlp() }, made.path, 'other')
  const { record } = await judged(light, base)
  expect(record).toMatchObject({
    outcome: 'done',
    comparison: { verdict: 'not-comparable', reason: 'different-inputs' },
  })
})

test('a baseline whose models cannot run here is compared by what both recorded, and it is said', async () => {
  const base = path.resolve('test/fixtures/navigator/python-function.nav')
  const { record } = await judged(light, base)
  expect(record.comparison).toMatchObject({ verdict: 'not-comparable', reason: 'not-recorded' })
  expect(record.comparison?.explanation).toMatch(
    /no ONNX model .* So what both packages recorded was compared\. .* base was measured at/,
  )
})

test(
  'a comparison that is interrupted leaves what was measured, and makes the run interrupted',
  { timeout: 60_000 },
  async () => {
    const stop = new AbortController()
    const onProgress: Environment['onProgress'] = (event) => {
      if (event.kind === 'compared' && event.generation === 2) stop.abort()
    }
    const request = gateRequest({}, { tolerances: { 'latency-p50': 1e-6, throughput: 1e-6 } })
    const { record } = await judged(heavy, packageOf(light), request, { signal: stop.signal, onProgress })
    expect(record).toMatchObject({
      outcome: 'interrupted',
      comparison: { verdict: 'inconclusive', reason: 'interrupted' },
    })
    expect(record.outcomeReason).toContain('The run itself was done.')
    expect(record.candidates).toEqual(heavy.candidates)
  },
)

test('a comparison without the time it takes names the option that gives it more', { timeout: 60_000 }, async () => {
  const { record } = await judged(heavy, packageOf(light), gateRequest({}, { timeBudgetMs: 100 }))
  expect(record).toMatchObject({ outcome: 'done', comparison: { verdict: 'inconclusive', reason: 'time-budget' } })
  expect(record.comparison?.explanation).toContain('compare-time-budget')
})

test('what a winner must reach decides without a baseline too', async () => {
  const objectives = [
    { name: 'latency-budget-ms', limit: 1e-6 },
    { name: 'max-size-mb', limit: 1000 },
    { name: 'accuracy-budget', limit: 0.5 },
  ] as const
  const { record } = await judged(light, null, gateRequest({ objectives }))
  expect(record).toMatchObject({ outcome: 'gate-failed', comparison: null })
  expect(record.outcomeReason).toMatch(/^The p50 latency is [\d.e-]+ ms; at most 0\.000001 ms was asked for/)
  expect(record.objectives.map(({ name, met }) => [name, met])).toEqual([
    ['latency-budget-ms', false],
    ['max-size-mb', true],
    ['accuracy-budget', true],
  ])
  expect(record.objectives[1]?.value).toBeCloseTo(light.model.bytes / 1e6, 6)
})

test('a run that did not come to its end stays as it ended', async () => {
  await using folder = await temporaryFolder()
  for (const outcome of ['interrupted', 'no-candidate', 'machine-failed'] as const) {
    const record = { ...light, outcome, outcomeReason: 'So it ended.' }
    const found = fileBaseline(packageOf(heavy))
    expect(await judgeRun(record, found, null, gateRequest(), testEnvironment(folder.path))).toBe(record)
  }
})
