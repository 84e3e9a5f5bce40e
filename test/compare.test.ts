import { randomUUID } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { compare } from '../src/core/compare.js'
import type { Environment } from '../src/core/environment.js'
import { openNavPackage, saveNavPackage } from '../src/core/nav-package/archive-file.js'
import { optimize } from '../src/core/optimize.js'
import { type CompareRecord, compareRecordSchema } from '../src/core/report/comparison.js'
import { type RunRecord, runRecordSchema } from '../src/core/report/run-record.js'
import type { CompareRequest } from '../src/core/request.js'
import { goodModels, harmfulModels, type TestModel } from './models/make-models.js'
import { stack } from './models/stack.js'
import { writePackage } from './nav-package/write-package.js'
import { temporaryFolder, TEST_RUN_OPTIONS, testEnvironment, testRequest } from './support/run-engine.js'

async function packages(folder: string, base: TestModel, head: TestModel): Promise<{ base: string; head: string }> {
  return {
    base: await writePackage({ onnx: base }, folder, 'base'),
    head: await writePackage({ onnx: head }, folder, 'head'),
  }
}

function request(files: { base: string; head: string }, changes: Partial<CompareRequest> = {}): CompareRequest {
  return {
    ...files,
    tolerances: { 'latency-p50': 0.05, throughput: 0.05 },
    samples: null,
    inputShapes: new Map(),
    inputRanges: new Map(),
    ...TEST_RUN_OPTIONS,
    timeBudgetMs: 60_000,
    recorded: false,
    onInconclusive: 'warn',
    ...changes,
  }
}

async function compared(
  folder: string,
  files: { base: string; head: string },
  changes: Partial<CompareRequest> = {},
  environment: Partial<Environment> = {},
): Promise<CompareRecord> {
  const record = await compare(request(files, changes), testEnvironment(folder, environment))
  expect(compareRecordSchema.parse(JSON.parse(await readFile(path.join(folder, 'record.json'), 'utf8')))).toEqual(
    record,
  )
  return record
}

test(
  'finds a head with three times the work slower, with every figure, and lets the gate fail',
  { timeout: 90_000 },
  async () => {
    await using folder = await temporaryFolder()
    const record = await compared(folder.path, await packages(folder.path, stack(8), stack(24)))
    expect(record).toMatchObject({ verdict: 'slower', reason: 'measured', outcome: 'gate-failed' })
    expect(record.metrics.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['latency-p50', 'slower'],
      ['throughput', 'slower'],
    ])
    for (const { ratio, interval, baseMs, headMs } of record.metrics) {
      expect(ratio).toBeGreaterThan(1.5)
      expect(interval?.[0]).toBeGreaterThan(1.05)
      expect(headMs).toBeGreaterThan(baseMs ?? Infinity)
    }
    expect(record.generations).toBeGreaterThanOrEqual(8)
    expect(record.evidence).toHaveLength(1)
    expect(record.evidence[0]?.baseMs).toHaveLength(record.generations)
    expect(record.environment?.during.length).toBeGreaterThan(0)
    expect(record.accuracy?.outputs.map(({ name }) => name)).toEqual(['y'])
  },
)

test('calls a head with a third of the work faster, which fails nothing', { timeout: 90_000 }, async () => {
  await using folder = await temporaryFolder()
  const record = await compared(folder.path, await packages(folder.path, stack(24), stack(8)))
  expect(record).toMatchObject({ verdict: 'faster', outcome: 'done' })
})

test('never calls the same work under another name slower', { timeout: 120_000 }, async () => {
  await using folder = await temporaryFolder()
  const files = await packages(folder.path, stack(8), stack(8, ' renamed'))
  const record = await compared(folder.path, files, { timeBudgetMs: 12_000 })
  expect(record.metrics[0]?.base?.sha256).not.toBe(record.metrics[0]?.head?.sha256)
  expect(record.verdict).not.toBe('slower')
  expect(record.accuracy?.outputs[0]?.relativeRms).toBe(0)
})

test('says that two copies of a package are identical without measuring', async () => {
  await using folder = await temporaryFolder()
  const base = await writePackage({ onnx: stack(8) }, folder.path, 'base')
  const head = path.join(folder.path, 'copy.nav')
  await copyFile(base, head)
  const record = await compared(folder.path, { base, head })
  expect(record).toMatchObject({
    verdict: 'same',
    reason: 'identical',
    generations: 0,
    outcome: 'done',
    environment: null,
  })
})

test('says how the inputs of two models differ, and fails only when asked to', async () => {
  await using folder = await temporaryFolder()
  const files = await packages(folder.path, stack(8), goodModels.mlp())
  const record = await compared(folder.path, files)
  expect(record).toMatchObject({ verdict: 'not-comparable', reason: 'different-inputs', outcome: 'done' })
  expect(record.explanation).toMatch(/input "x"/)
  expect((await compared(folder.path, files, { onInconclusive: 'fail' })).outcome).toBe('gate-failed')
})

test.each([
  ['crashes', 'crash', {}],
  ['hangs', 'hang', { requestTimeoutMs: 2000 }],
  ['takes more memory than it may', 'huge-allocation', { memoryLimitBytes: 600 * 2 ** 20 }],
] as const)('is inconclusive, with the reason, when a side %s', { timeout: 60_000 }, async (_, name, limits) => {
  await using folder = await temporaryFolder()
  const files = await packages(folder.path, harmfulModels[name](), withName(harmfulModels[name]()))
  const record = await compared(folder.path, files, limits)
  expect(record).toMatchObject({ verdict: 'inconclusive', reason: 'model-failed', outcome: 'done', generations: 0 })
  expect(record.explanation).toMatch(/^The base's model failed \((crashed|timeout|out-of-memory)\): /)
})

test(
  'says what time budget it would take when generations are too slow for the one it has',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder()
    const files = await packages(folder.path, stack(8), stack(24))
    const record = await compared(folder.path, files, { timeBudgetMs: 1500 })
    expect(record).toMatchObject({ verdict: 'inconclusive', reason: 'time-budget', outcome: 'done' })
    expect(record.explanation).toMatch(/time budget of about .*\.$/)
  },
)

test('leaves what was measured when it is interrupted', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const stop = new AbortController()
  const files = await packages(folder.path, stack(8), stack(8, ' renamed'))
  const record = await compared(
    folder.path,
    files,
    { tolerances: { 'latency-p50': 1e-6, throughput: 1e-6 } },
    {
      signal: stop.signal,
      onProgress: (event) => {
        if (event.kind === 'compared' && event.generation === 3) stop.abort()
      },
    },
  )
  expect(record).toMatchObject({
    verdict: 'inconclusive',
    reason: 'interrupted',
    outcome: 'interrupted',
    generations: 3,
  })
})

test('believes no batch axis that an input does not have', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const head = path.join(folder.path, 'head.nav')
  await optimize(testRequest(folder.path, { output: head }), testEnvironment(folder.path))
  const base = await edited(head, folder.path, (record) => ({
    ...record,
    model: { ...record.model, inputs: record.model.inputs.map((input) => ({ ...input, batchAxis: 9 })) },
  }))
  const record = await compared(folder.path, { base, head }, { timeBudgetMs: 1 })
  expect(record.reason).not.toBe('model-failed')
  expect(record.metrics.map((metric) => metric.base?.batchSize)).toEqual([null, null])
})

describe('with recorded figures', { timeout: 120_000 }, () => {
  const measured = async (folder: string): Promise<string> => {
    const output = path.join(folder, 'measured.nav')
    await optimize(testRequest(folder, { output }), testEnvironment(folder))
    return output
  }

  test('says that two copies of a package are identical', async () => {
    await using folder = await temporaryFolder()
    const base = await measured(folder.path)
    const record = await compared(folder.path, { base, head: base }, { recorded: true })
    expect(record).toMatchObject({ verdict: 'same', reason: 'identical', environment: null })
  })

  test('does not compare figures of two kinds of machine, and says how these differ', async () => {
    await using folder = await temporaryFolder()
    const base = await measured(folder.path)
    const head = await edited(base, folder.path, (record) => ({
      ...record,
      fingerprint: { ...record.fingerprint, cpu: 'Another CPU' },
    }))
    const record = await compared(folder.path, { base, head }, { recorded: true })
    expect(record).toMatchObject({ verdict: 'not-comparable', reason: 'different-fingerprint', outcome: 'done' })
    expect(record.explanation).toMatch(/processor: .* then, Another CPU now/)
  })

  test('calls only differences that two runs on one machine could not have', async () => {
    await using folder = await temporaryFolder()
    const plain = await measured(folder.path)
    const settled = (ms: number, model: 'a' | 'b', virtualMachine: string): Promise<string> =>
      edited(plain, folder.path, (record) => ({
        ...settledAt(record, ms, model),
        fingerprint: { ...record.fingerprint, virtualMachine },
      }))
    const base = await settled(10, 'a', 'no')
    const slow = await settled(15, 'b', 'no')
    const near = await settled(10.8, 'b', 'no')
    expect(await compared(folder.path, { base, head: slow }, { recorded: true })).toMatchObject({
      verdict: 'slower',
      reason: 'recorded',
      outcome: 'gate-failed',
      metrics: [{ baseMs: 10.05, headMs: 15.05 }, { baseMs: 10.05 }],
    })
    const record = await compared(folder.path, { base, head: near }, { recorded: true })
    expect(record).toMatchObject({ verdict: 'inconclusive', reason: 'recorded', outcome: 'done' })
    expect(record.explanation).toMatch(/different moments may differ by 10 %/)
    const virtual = { base: await settled(10, 'a', 'yes'), head: await settled(15, 'b', 'yes') }
    const ofVirtual = await compared(folder.path, virtual, { recorded: true })
    expect(ofVirtual).toMatchObject({ verdict: 'inconclusive', metrics: [{ baseMs: 10.05, headMs: 15.05 }, {}] })
    expect(ofVirtual.explanation).toMatch(/different moments may differ by 120 %/)
  })

  test('takes no record with more figures than any run makes', async () => {
    await using folder = await temporaryFolder()
    const head = await measured(folder.path)
    const times = new Array<number>(100_000).fill(1)
    const base = await edited(head, folder.path, (record) => ({
      ...record,
      candidates: record.candidates.map((one) => ({ ...one, settled: { latencyMs: times, itemMs: times } })),
    }))
    const record = await compared(folder.path, { base, head }, { recorded: true })
    expect(record).toMatchObject({ verdict: 'not-comparable', reason: 'not-recorded' })
  })

  test('says which package was not recorded', async () => {
    await using folder = await temporaryFolder()
    const head = await measured(folder.path)
    const base = await writePackage({ onnx: stack(8) }, folder.path, 'bare')
    const record = await compared(folder.path, { base, head }, { recorded: true })
    expect(record).toMatchObject({ verdict: 'not-comparable', reason: 'not-recorded' })
    expect(record.explanation).toContain('no record of what the base was measured at')
  })
})

/** The package with another record in it. */
async function edited(file: string, folder: string, change: (record: RunRecord) => RunRecord): Promise<string> {
  const unpacked = path.join(folder, `unpacked-${randomUUID()}`)
  const navPackage = await openNavPackage(file, unpacked)
  const entry = path.join(unpacked, 'navpkg/run-record.json')
  const record = change(runRecordSchema.parse(JSON.parse(await readFile(entry, 'utf8'))))
  const content = Buffer.from(JSON.stringify(record))
  const entries = new Map([...navPackage.entries, ['navpkg/run-record.json', { kind: 'memory', content }] as const])
  const output = path.join(folder, `edited-${randomUUID()}.nav`)
  await saveNavPackage({ ...navPackage, entries }, output)
  return output
}

/** A winner that took so many milliseconds in every generation, give or take a percent; `model` tells models apart. */
function settledAt(record: RunRecord, ms: number, model: 'a' | 'b'): RunRecord {
  const times = Array.from({ length: 12 }, (_, generation) => ms + (generation % 2) * 0.1)
  return {
    ...record,
    model: { ...record.model, sha256: model.repeat(64) },
    candidates: record.candidates.map((one) => ({ ...one, settled: { latencyMs: times, itemMs: times } })),
  }
}

/** The same model under another hash. */
function withName({ bytes, files }: TestModel): TestModel {
  // Field 7 of ModelProto is a message; an unknown field of a high number changes the bytes and nothing else.
  return { bytes: Buffer.concat([bytes, Buffer.from([0xfa, 0x3e, 0x01, 0x00])]), files }
}
