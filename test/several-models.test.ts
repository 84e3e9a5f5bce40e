import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { buildPackage } from '../src/core/build.js'
import { openNavPackage, saveNavPackage } from '../src/core/nav-package/archive-file.js'
import { recomputedKey, withResolvableKeys } from '../src/core/nav-package/model-keys.js'
import type { NavPackage } from '../src/core/nav-package/nav-package.js'
import { optimize } from '../src/core/optimize.js'
import type { RunRecord } from '../src/core/report/run-record.js'
import type { OptimizeRequest } from '../src/core/request.js'
import { writeNpz } from '../src/core/tensors/npz.js'
import { goodModels, harmfulModels, type TestModel } from './models/make-models.js'
import { scaled } from './models/scaled.js'
import { makeStatus } from './nav-package/make-status.js'
import { writePackage } from './nav-package/write-package.js'
import { temporaryFolder, testEnvironment, testRequest } from './support/run-engine.js'

async function optimizePackage(
  models: Readonly<Record<string, TestModel>>,
  folder: string,
  changes: Partial<OptimizeRequest> = {},
): Promise<{ record: RunRecord; status: NavPackage['status'] }> {
  const source = { kind: 'package', path: await writePackage(models, folder, 'given') } as const
  const request = testRequest(folder, { source, inputShapes: new Map(), batchSizes: [1], ...changes })
  const { record } = await optimize(request, testEnvironment(folder))
  const { status } = await openNavPackage(request.output, path.join(folder, 'opened'))
  return { record, status }
}

describe('a package with several ONNX models', () => {
  test('never serves a model whose outputs are others than those of the first', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    const models = { onnx: scaled(1), 'onnx-quantized': scaled(-7) }
    const { record, status } = await optimizePackage(models, folder.path)
    expect(record.candidates.map(({ id, failureClass }) => [id, failureClass])).toEqual([
      ['onnx', null],
      ['onnx-quantized', 'incorrect'],
    ])
    expect(record.selection?.best.candidateId).toBe('onnx')
    expect(status.models_status['onnx-quantized']?.runners_status['OnnxCPU']?.status).toMatchObject({
      Correctness: 'FAIL',
      Performance: 'SKIPPED',
    })
  })

  test('lets one win that is within the accuracy budget', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    const models = { onnx: scaled(1), 'onnx-quantized': scaled(1.01) }
    const { record } = await optimizePackage(models, folder.path, { accuracyBudget: 0.02 })
    expect(record.candidates.map(({ status }) => status)).toEqual(['measured', 'measured'])
  })

  test('writes figures only under keys that the real Navigator resolves', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    const { record, status } = await optimizePackage({ onnx: scaled(1), 'onnx-other': scaled(1) }, folder.path)
    expect(record.candidates.map(({ key, modelKey, status }) => [key, modelKey, status])).toEqual([
      ['onnx', 'onnx', 'measured'],
      [null, 'onnx-other', 'measured'],
    ])
    expect(status.models_status['onnx-other']?.runners_status['OnnxCPU']?.status['Performance']).not.toBe('OK')
  })

  test('keeps a correct model correct whose measurement fails', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    const models = { onnx: harmfulModels['memory-grows-with-batch']() }
    const source = { kind: 'package', path: await writePackage(models, folder.path, 'given') } as const
    const request = testRequest(folder.path, {
      source,
      inputShapes: new Map(),
      batchSizes: [64],
      memoryLimitBytes: 1e9,
    })
    const { record } = await optimize(request, testEnvironment(folder.path))
    expect(record.candidates[0]).toMatchObject({ failureClass: 'out-of-memory', correctness: { status: 'OK' } })
  })
})

test('a model under a key that only its parameters could give moves to the one they do', async () => {
  await using folder = await temporaryFolder()
  const file = await writePackage({ 'onnx-dynamo': goodModels.mlp() }, folder.path, 'dynamo')
  const moved = withResolvableKeys(await openNavPackage(file, path.join(folder.path, 'opened')))
  expect(Object.keys(moved.status.models_status)).toEqual(['onnx'])
  expect(moved.status.models_status['onnx']?.model_config).toMatchObject({ key: 'onnx', path: 'onnx/model.onnx' })
  expect([...moved.entries.keys()]).toContain('onnx/model.onnx')
  expect(moved.warnings.at(-1)).toMatch(/^The model onnx-dynamo is kept as onnx/)
})

type Config = NavPackage['status']['models_status'][string]['model_config']

test.each<[string, Config | null, Partial<Config>]>([
  ['onnx-script', { format: 'torchscript', parent_key: null, jit_type: 'script' }, {}],
  ['onnx-jit-xla', { format: 'tf-savedmodel', parent_key: null, jit_compile: true, enable_xla: true }, {}],
  ['onnx-quantized', null, { quantized: true }],
  ['onnx', null, { quantized: false }],
])('recomputes the key %s from parent and parameters as the real Navigator does', (key, parent, parameters) => {
  const status = makeStatus()
  const rowOf = (config: Config) => ({ model_config: config, runners_status: {} })
  const own = { format: 'onnx', parent_key: parent === null ? null : 'parent', ...parameters }
  const models = { ...(parent === null ? {} : { parent: rowOf(parent) }), under: rowOf(own) }
  expect(recomputedKey({ ...status, models_status: models }, 'under')).toBe(key)
})

test(
  'outputs stored in a package that do not fit the model are left aside with a note',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder()
    const file = await writePackage({ onnx: scaled(1) }, folder.path, 'given')
    const opened = await openNavPackage(file, path.join(folder.path, 'first'))
    const tensor = (name: string) =>
      writeNpz(new Map([[name, { dtype: 'float32', shape: [4], data: Float32Array.of(1, 2, 3, 4) }]]))
    const entries = new Map(opened.entries)
    entries.set('model_input/correctness/0.npz', { kind: 'memory', content: await tensor('x') })
    entries.set('model_output/correctness/0.npz', { kind: 'memory', content: await tensor('another') })
    const withSamples = path.join(folder.path, 'samples.nav')
    const config = { ...opened.status.config, batch_dim: 0 }
    await saveNavPackage({ ...opened, status: { ...opened.status, config }, entries }, withSamples)
    const request = testRequest(folder.path, {
      source: { kind: 'package', path: withSamples },
      inputShapes: new Map(),
      batchSizes: [1],
    })
    const { record } = await optimize(request, testEnvironment(folder.path))
    expect(record).toMatchObject({ outcome: 'done', samples: { origin: 'package' } })
    expect(record.notes).toContain('The outputs stored in the package were not used: output y is missing.')
  },
)

test('a package cannot be built again, only optimized', async () => {
  await using folder = await temporaryFolder()
  const file = await writePackage({ onnx: scaled(1) }, folder.path, 'given')
  const before = await readFile(file)
  const request = testRequest(folder.path, { source: { kind: 'package', path: file } })
  await expect(buildPackage(request, testEnvironment(folder.path))).rejects.toMatchObject({ code: 'invalid-options' })
  expect(await readFile(file)).toEqual(before)
})

test('a run goes on where no journal for resume can be kept', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const toolCacheDir = path.join(folder.path, 'file')
  await writeFile(toolCacheDir, 'no folder')
  const { record } = await optimize(testRequest(folder.path), testEnvironment(folder.path, { toolCacheDir }))
  expect(record.outcome).toBe('done')
})
