import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { buildPackage } from '../src/core/build.js'
import type { ProgressEvent } from '../src/core/environment.js'
import { optimize } from '../src/core/optimize.js'
import { openNavPackage } from '../src/core/nav-package/archive-file.js'
import { readNpz } from '../src/core/tensors/npz.js'
import { type RunRecord, runRecordSchema } from '../src/core/report/run-record.js'
import { goodModels, harmfulModels } from './models/make-models.js'
import { writeModel } from './models/write-model.js'
import { temporaryFolder, testEnvironment, testRequest } from './support/run-engine.js'

describe('optimize, on the PP-OCR classifier', () => {
  test('measures the model as given and saves a package that carries the figures', { timeout: 90_000 }, async () => {
    await using folder = await temporaryFolder()
    const { record } = await optimize(testRequest(folder.path), testEnvironment(folder.path))
    expect(record.outcome).toBe('done')
    expect(record.model.batchAxis).toBe(0)
    expect(record.selection?.best.key).toBe('onnx')
    const reference = record.candidates.find((candidate) => candidate.id === record.reference?.candidateId)
    expect(reference?.measurements.map((measurement) => measurement.batchSize)).toEqual([1, 2])
    expect(runRecordSchema.parse(JSON.parse(await readFile(path.join(folder.path, 'record.json'), 'utf8')))).toEqual(
      record,
    )

    const navPackage = await openNavPackage(record.package?.path ?? '', path.join(folder.path, 'opened'))
    const row = navPackage.status.models_status['onnx']?.runners_status['OnnxCPU']
    expect(row?.status).toMatchObject({ Correctness: 'OK', Performance: 'OK' })
    expect([...navPackage.entries.keys()]).toEqual(
      expect.arrayContaining([
        'onnx/model.onnx',
        'navpkg/run-record.json',
        'model_input/profiling/0.npz',
        'navpkg/samples/onnx/b1.npz',
      ]),
    )
    const times = navPackage.entries.get('navpkg/samples/onnx/b1.npz')
    const arrays = await readNpz(times?.kind === 'disk' ? await readFile(times.file.path) : new Uint8Array())
    expect([...arrays.keys()]).toEqual(expect.arrayContaining(['latency_ns', 'stretch_end', 'stretch_run_queue_ns']))
    expect(Number(arrays.get('stretch_end')?.data.at(-1))).toBe(arrays.get('latency_ns')?.data.length)
  })

  test(
    'watches the machine while it measures, and waits for a quiet one before when asked',
    { timeout: 90_000 },
    async () => {
      await using folder = await temporaryFolder()
      const environment = testEnvironment(folder.path)
      const request = testRequest(folder.path, { batchSizes: [1], waitForQuietMs: 10 })
      const { record } = await optimize(request, environment)
      const stages = environment.events.flatMap((event) => (event.kind === 'stage' ? [event.stage] : []))
      expect(stages.slice(0, 3)).toEqual(['quiet', 'read', 'reference'])
      expect(record.environment?.during.length).toBeGreaterThan(0)
      const unasked = testEnvironment(folder.path)
      await optimize({ ...request, dryRun: true }, unasked)
      expect(unasked.events).not.toContainEqual({ kind: 'stage', stage: 'quiet' })
    },
  )

  test('starts again from the package it wrote, keeping its model and samples', { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder()
    const environment = testEnvironment(folder.path)
    const first = await optimize(testRequest(folder.path), environment)
    const again = testRequest(folder.path, {
      source: { kind: 'package', path: first.record.package?.path ?? '' },
      output: path.join(folder.path, 'again.nav'),
      inputShapes: new Map(),
    })
    const second = await optimize(again, environment)
    expect(second.record.outcome).toBe('done')
    expect(second.record.samples.origin).toBe('package')
    expect(second.record.model.sha256).toBe(first.record.model.sha256)
  })

  test('says what it would try, and writes nothing, on a dry run', async () => {
    await using folder = await temporaryFolder()
    const request = testRequest(folder.path, { dryRun: true, settings: 'search' })
    const { record } = await optimize(request, testEnvironment(folder.path))
    expect(record.candidates.length).toBeGreaterThan(2)
    expect(record.candidates.map((candidate) => candidate.status)).toEqual(record.candidates.map(() => 'skipped'))
    expect(existsSync(request.output)).toBe(false)
  })

  test('keeps a partial record when it is interrupted', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    const controller = new AbortController()
    const environment = testEnvironment(folder.path, {
      signal: controller.signal,
      onProgress: (event) => {
        if (event.kind === 'batch-measured') controller.abort()
      },
    })
    const { record } = await optimize(testRequest(folder.path), environment)
    expect(record.outcome).toBe('interrupted')
    expect(existsSync(path.join(folder.path, 'out.nav'))).toBe(false)
    expect(runRecordSchema.parse(JSON.parse(await readFile(path.join(folder.path, 'record.json'), 'utf8')))).toEqual(
      record,
    )
  })
})

test('a batch size that takes too much memory ends the sweep, not the candidate', { timeout: 90_000 }, async () => {
  await using folder = await temporaryFolder()
  const model = writeModel(harmfulModels['memory-grows-with-batch'](), folder.path)
  const request = testRequest(folder.path, {
    source: { kind: 'model', path: model },
    inputShapes: new Map(),
    batchSizes: [1, 64],
    memoryLimitBytes: 1e9,
  })
  const { record } = await optimize(request, testEnvironment(folder.path))
  expect(record.outcome).toBe('done')
  expect(record.candidates).toMatchObject([
    {
      status: 'measured',
      measurements: [{ batchSize: 1 }],
      reason: expect.stringMatching(
        /^batch size 64: used \d+ MiB of memory, more than the limit of 954 MiB$/,
      ) as string,
    },
  ])
})

test(
  'batch sizes of a model without batch axis are refused, a largest one is only noted',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder()
    const model = writeModel(goodModels['no-batch-axis'](), folder.path)
    const given = { source: { kind: 'model', path: model }, inputShapes: new Map() } as const
    const exact = testRequest(folder.path, { ...given, batchSizes: [1, 2] })
    await expect(optimize(exact, testEnvironment(folder.path))).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringContaining('The batch sizes 1, 2 cannot be measured') as string,
    })
    expect(existsSync(exact.output)).toBe(false)
    const atMost = testRequest(folder.path, { ...given, batchSizes: null, maxBatchSize: 4 })
    const { record } = await optimize(atMost, testEnvironment(folder.path))
    expect(record.candidates[0]?.measurements.map(({ batchSize }) => batchSize)).toEqual([null])
    expect(record.notes).toContain('The largest batch size, 4, was not used: the model is not batched.')
  },
)

describe('resume', () => {
  const interruptedRun = async (folder: string): Promise<RunRecord> => {
    const controller = new AbortController()
    const onProgress = (event: ProgressEvent): void => {
      if (event.kind === 'candidate-started' && event.index === 1) controller.abort()
    }
    const request = testRequest(folder, { settings: 'search' })
    const { record } = await optimize(request, testEnvironment(folder, { signal: controller.signal, onProgress }))
    expect(record.outcome).toBe('interrupted')
    return record
  }
  const figuresOf = ({ candidates }: RunRecord): unknown => candidates[0]?.measurements

  test('goes on from what an interrupted run measured, and forgets it when done', { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder()
    const interrupted = await interruptedRun(folder.path)
    const request = testRequest(folder.path, { settings: 'search', resume: true })
    const { record } = await optimize(request, testEnvironment(folder.path))
    expect(record.outcome).toBe('done')
    expect(figuresOf(record)).toEqual(figuresOf(interrupted))
    expect(await readdir(path.join(folder.path, 'tools', 'navpkg-resume'))).toEqual([])
  })

  test('measures anew for other options, and unless it is asked for', { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder()
    const interrupted = await interruptedRun(folder.path)
    const others = [{ seed: 1, resume: true }, { resume: false }]
    for (const changes of others) {
      const { record } = await optimize(testRequest(folder.path, changes), testEnvironment(folder.path))
      expect(figuresOf(record)).not.toEqual(figuresOf(interrupted))
    }
  })
})

describe('build', () => {
  test('packs a model with its samples and checked outputs, without measuring', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    const { record } = await buildPackage(testRequest(folder.path), testEnvironment(folder.path))
    expect(record).toMatchObject({ outcome: 'done', command: 'build', selection: null })
    const navPackage = await openNavPackage(record.package?.path ?? '', path.join(folder.path, 'opened'))
    expect(navPackage.status.models_status['onnx']?.runners_status['OnnxCPU']?.status).toMatchObject({
      Performance: 'SKIPPED',
    })
  })
})
