import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { buildPackage } from '../src/core/build.js'
import { inspectPackage } from '../src/core/inspect.js'
import { openNavPackage } from '../src/core/nav-package/archive-file.js'
import { profile } from '../src/core/profile.js'
import { type ProfileRecord, profileRecordSchema } from '../src/core/report/profile-record.js'
import type { ProfileRequest } from '../src/core/request.js'
import { fingerprintFile } from '../src/core/subject.js'
import { writeNpz } from '../src/core/tensors/npz.js'
import type { NamedTensors } from '../src/core/tensors/tensor.js'
import { goodModels, harmfulModels } from './models/make-models.js'
import { writeModel } from './models/write-model.js'
import { writePackage } from './nav-package/write-package.js'
import { CLASSIFIER, temporaryFolder, TEST_RUN_OPTIONS, testEnvironment, testRequest } from './support/run-engine.js'

function profileRequest(folder: string, file: string, changes: Partial<ProfileRequest> = {}): ProfileRequest {
  return {
    package: file,
    name: 'it',
    target: null,
    output: null,
    yaml: path.join(folder, 'results.yaml'),
    concurrency: [],
    samples: null,
    inputShapes: new Map(),
    inputRanges: new Map(),
    batchSizes: [1],
    maxBatchSize: null,
    formats: null,
    runners: null,
    ...TEST_RUN_OPTIONS,
    timeBudgetMs: 30_000,
    ...changes,
  }
}

/** A package of the small model, and folders of samples for it. */
async function smallPackage(folder: string): Promise<string> {
  const source = { kind: 'model', path: writeModel(goodModels.mlp(), folder) } as const
  const output = path.join(folder, 'small.nav')
  await buildPackage(testRequest(folder, { source, output, inputShapes: new Map() }), testEnvironment(folder))
  return output
}

async function writeSamples(folder: string, samples: readonly NamedTensors[]): Promise<ProfileRequest['samples']> {
  const place = path.join(folder, 'samples')
  await mkdir(place)
  for (const [index, sample] of samples.entries())
    await writeFile(path.join(place, `s${index}.npz`), await writeNpz(sample))
  return { path: place, axis: null }
}

function images(sizes: readonly (readonly [items: number, width: number])[]): NamedTensors[] {
  return sizes.map(([items, width]) => {
    const shape = [items, 3, 48, width]
    return new Map([['x', { dtype: 'float32', shape, data: new Float32Array(items * 3 * 48 * width).fill(0.5) }]])
  })
}

async function kept(folder: string): Promise<ProfileRecord> {
  return profileRecordSchema.parse(JSON.parse(await readFile(path.join(folder, 'record.json'), 'utf8')))
}

const navigatorRow = {
  batch_size: 1,
  avg_latency: expect.any(Number) as number,
  std_latency: expect.any(Number) as number,
  p50_latency: expect.any(Number) as number,
  p90_latency: expect.any(Number) as number,
  p95_latency: expect.any(Number) as number,
  p99_latency: expect.any(Number) as number,
  throughput: expect.any(Number) as number,
  avg_gpu_clock: NaN,
  request_count: 25,
}

describe('profile, on images of different widths', () => {
  test('has figures of every sample, over all of them and by shape', { timeout: 90_000 }, async () => {
    await using folder = await temporaryFolder()
    const built = path.join(folder.path, 'classifier.nav')
    await buildPackage(testRequest(folder.path, { output: built }), testEnvironment(folder.path))
    const before = await fingerprintFile(built)
    const given = images([
      [1, 64],
      [1, 32],
      [2, 64],
      [1, 96],
    ])
    const samples = await writeSamples(folder.path, given)
    const request = profileRequest(folder.path, built, { samples, batchSizes: [1, 2] })
    const record = await profile(request, testEnvironment(folder.path))

    expect(record.outcome).toBe('done')
    expect(await kept(folder.path)).toEqual(record)
    expect(record.samples).toMatchObject({ origin: 'user', count: 4, profilingId: 2 })
    const runner = record.models[0]?.runners[0]
    expect(runner?.samples.map(({ name, measurements }) => [name, measurements.map((one) => one.batchSize)])).toEqual(
      [0, 1, 2, 3].map((index) => [`s${index}.npz`, [1, 2]]),
    )
    expect(runner?.overSamples.map(({ batchSize, sampleCount }) => [batchSize, sampleCount])).toEqual([
      [1, 4],
      [2, 4],
    ])
    expect(runner?.shapes.map(({ shapes, sampleCount }) => [shapes[0]?.shape, sampleCount])).toEqual([
      [[1, 3, 48, 32], 1],
      [[1, 3, 48, 64], 1],
      [[1, 3, 48, 96], 1],
      [[2, 3, 48, 64], 1],
    ])
    expect(runner?.slowest).toHaveLength(1)
    const yaml: unknown = parse(await readFile(request.yaml ?? '', 'utf8'))
    const rows = [navigatorRow, { ...navigatorRow, batch_size: 2 }]
    const detailed = { '0': rows, '1': rows, '2': rows, '3': rows }
    expect(yaml).toMatchObject({ models: { onnx: { runners: { OnnxCPU: { status: 'OK', detailed } } } } })
    // As they were given, not as they were cut to one item.
    expect(yaml).toMatchObject({ samples_data: { '2': { x: [2, 3, 48, 64] } } })
    expect(await fingerprintFile(built)).toEqual(before)
    expect(CLASSIFIER).not.toBe(built)
  })
})

test('without samples of the user, those of the package are measured, its profiling sample first', async () => {
  await using folder = await temporaryFolder()
  const built = await smallPackage(folder.path)
  const record = await profile(profileRequest(folder.path, built), testEnvironment(folder.path))
  expect(record.samples).toMatchObject({ origin: 'package', count: 5, profilingId: 0 })
  expect(record.models[0]?.runners[0]?.samples[0]?.name).toBe('model_input/profiling/0.npz')
})

test('serves parallel streams with their share of the cores each', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const built = await smallPackage(folder.path)
  const request = profileRequest(folder.path, built, { concurrency: [1, 2] })
  const record = await profile(request, testEnvironment(folder.path))
  const cores = record.host.allowedCores
  const rows = record.models[0]?.runners[0]?.concurrency ?? []
  expect(rows.map(({ streams, threadsPerStream }) => [streams, threadsPerStream])).toEqual([
    [1, cores],
    [2, Math.max(1, Math.floor(cores / 2))],
  ])
  for (const { figures } of rows) {
    expect(figures?.throughputPerSecond).toBeGreaterThan(0)
    expect(figures?.p50LatencyMs?.value).toBeGreaterThan(0)
    expect(figures?.overlapMs).toBeGreaterThan(0)
  }
})

test('a model that crashes is a row with its reason, and the others are measured', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const models = { onnx: harmfulModels.crash(), 'onnx-quantized': goodModels['bool-output']() }
  const built = await writePackage(models, folder.path, 'both')
  const request = profileRequest(folder.path, built, { inputShapes: new Map([['x', [1, 4]]]) })
  const record = await profile(request, testEnvironment(folder.path))
  expect(record.outcome).toBe('done')
  expect(record.models.map(({ key, runners: [first] }) => [key, first?.status, first?.failureClass])).toEqual([
    ['onnx', 'FAIL', 'crashed'],
    ['onnx-quantized', 'OK', null],
  ])
  expect(parse(await readFile(request.yaml ?? '', 'utf8'))).toMatchObject({
    models: { onnx: { runners: { OnnxCPU: { status: 'FAIL', detailed: {} } } } },
  })
})

test('only models that crash leave nothing to say but that', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const built = await writePackage({ onnx: harmfulModels.crash() }, folder.path, 'crash')
  const output = path.join(folder.path, 'out.nav')
  const request = profileRequest(folder.path, built, { inputShapes: new Map([['x', [1, 4]]]), output })
  const record = await profile(request, testEnvironment(folder.path))
  expect(record.outcome).toBe('no-candidate')
  expect(record.outcomeReason).toMatch(/^No model of the package could be measured: the process .*\.$/)
  expect(existsSync(output)).toBe(false)
  expect(parse(await readFile(request.yaml ?? '', 'utf8'))).toEqual({
    models: { onnx: { runners: { OnnxCPU: { status: 'FAIL', detailed: {} } } } },
    samples_data: {},
  })
})

test('samples with NaN are refused by name before anything is measured', async () => {
  await using folder = await temporaryFolder()
  const built = await smallPackage(folder.path)
  const [input] = (await inspectPackage(built)).inputs
  const sample = (value: number): NamedTensors => {
    const shape = (input?.shape ?? []).map((size) => Math.max(1, size))
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value)
    return new Map([[input?.name ?? '', { dtype: 'float32', shape, data }]])
  }
  const samples = await writeSamples(folder.path, [sample(1), sample(NaN), sample(Infinity)])
  const work = profile(profileRequest(folder.path, built, { samples }), testEnvironment(folder.path))
  const name = JSON.stringify(input?.name)
  await expect(work).rejects.toMatchObject({
    code: 'samples-invalid',
    problems: [`s1.npz: NaN or infinity in ${name}`, `s2.npz: NaN or infinity in ${name}`],
  })
})

test('what does not fit into the time budget is named, never left out', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const built = await smallPackage(folder.path)
  const request = profileRequest(folder.path, built, { timeBudgetMs: 1, concurrency: [1] })
  const record = await profile(request, testEnvironment(folder.path))
  expect(record.outcome).toBe('done')
  const runner = record.models[0]?.runners[0]
  expect(runner?.samples.map(({ status, reason }) => [status, reason])).toEqual([
    ['OK', null],
    ...Array<unknown>(4).fill(['SKIPPED', 'time budget']),
  ])
  expect(runner?.concurrency.map(({ figures, reason }) => [figures, reason])).toEqual([[null, 'time budget']])
  expect(record.notes.join(' ')).toContain('Not everything fitted into the time budget')
})

test('an interrupt leaves a record of what was measured', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const built = await smallPackage(folder.path)
  const controller = new AbortController()
  const environment = testEnvironment(folder.path, {
    signal: controller.signal,
    onProgress: (event) => {
      if (event.kind === 'sample-measured' && event.sample === 1) controller.abort()
    },
  })
  const record = await profile(profileRequest(folder.path, built), environment)
  expect(record.outcome).toBe('interrupted')
  expect(await kept(folder.path)).toEqual(record)
  expect(record.models[0]?.runners[0]?.samples.map(({ status }) => status)).toEqual([
    ...['OK', 'OK'],
    ...Array<string>(3).fill('SKIPPED'),
  ])
})

describe('a package of the real Navigator with several formats', () => {
  test('has every model and runner in its results, those that cannot run here as skipped', async () => {
    await using folder = await temporaryFolder()
    const request = profileRequest(folder.path, path.resolve('test/fixtures/navigator/torch-export.nav'))
    const record = await profile(request, testEnvironment(folder.path))
    expect(
      record.models.flatMap(({ key, runners }) => runners.map(({ runner, status }) => [key, runner, status])),
    ).toEqual([
      ['torchscript-script', 'TorchScriptCPU', 'SKIPPED'],
      ['torchscript-trace', 'TorchScriptCPU', 'SKIPPED'],
      ['onnx', 'OnnxCPU', 'OK'],
      ['torch', 'TorchCPU', 'SKIPPED'],
    ])
    const yaml = await readFile(request.yaml ?? '', 'utf8')
    expect(Object.keys((parse(yaml) as { models: object }).models)).toEqual(record.models.map(({ key }) => key))
  })

  test('can be profiled in one format alone, which alone is in the results then', async () => {
    await using folder = await temporaryFolder()
    const file = path.resolve('test/fixtures/navigator/torch-export.nav')
    const request = profileRequest(folder.path, file, { formats: ['onnx'], runners: ['OnnxCPU', 'OnnxCUDA'] })
    const record = await profile(request, testEnvironment(folder.path))
    const asked = record.models.filter(({ runners }) => runners.some(({ isAskedFor }) => isAskedFor))
    expect(asked.map(({ runners }) => runners.map(({ runner, status }) => [runner, status]))).toEqual([
      [
        ['OnnxCPU', 'OK'],
        ['OnnxCUDA', 'SKIPPED'],
      ],
    ])
    const yaml = parse(await readFile(request.yaml ?? '', 'utf8')) as { models: object }
    expect(Object.keys(yaml.models)).toEqual(['onnx'])
  })

  test('is saved with new figures where there are some, and all else as it was', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    const file = path.resolve('test/fixtures/navigator/torch-export.nav')
    const output = path.join(folder.path, 'out.nav')
    const record = await profile(profileRequest(folder.path, file, { output }), testEnvironment(folder.path))
    expect(record.output?.path).toBe(output)
    const before = await openNavPackage(file, path.join(folder.path, 'before'))
    const after = await openNavPackage(output, path.join(folder.path, 'after'))
    expect([...after.entries.keys()].filter((name) => !name.startsWith('navpkg/')).sort()).toEqual(
      [...before.entries.keys()].sort(),
    )
    const rowOf = ({ status }: typeof before, key: string, runner: string) =>
      status.models_status[key]?.runners_status[runner]
    expect(rowOf(after, 'onnx', 'OnnxCPU')).toEqual({
      ...rowOf(before, 'onnx', 'OnnxCPU'),
      result: {
        ...rowOf(before, 'onnx', 'OnnxCPU')?.result,
        Performance: {
          execution_time: expect.any(Number) as number,
          profiling_results: [expect.objectContaining({ sample_id: 0, batch_size: 1 })],
        },
      },
    })
    expect(rowOf(after, 'torch', 'TorchCPU')?.status).toMatchObject({ Correctness: 'OK', Performance: 'SKIPPED' })
    expect(after.status.input_metadata).toEqual(before.status.input_metadata)
    expect(after.entries.has('navpkg/profile-record.json')).toBe(true)
  })
})
