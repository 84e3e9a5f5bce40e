import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import type { Environment } from '../src/core/environment.js'
import { verifyPackage, type VerifyReport } from '../src/core/verify.js'
import { brokenFiles, goodModels, unsupportedModels } from './models/make-models.js'
import { ElementType, model, node, value } from './models/onnx-builder.js'
import { encodeModel } from '../src/core/onnx/model-file.js'
import {
  type Content,
  mlpStatus,
  modelRow,
  packageContent,
  runnerRow,
  sample,
  withManifest,
  writeContent,
} from './nav-package/package-content.js'
import { temporaryFolder, testEnvironment } from './support/run-engine.js'

/** Verifies a package of this content, without loading models unless asked. */
async function verify(content: Content, load = false, changes: Partial<Environment> = {}): Promise<VerifyReport> {
  await using folder = await temporaryFolder()
  const file = writeContent(path.join(folder.path, 'p.nav'), content)
  const report = await verifyPackage(file, testEnvironment(folder.path, changes), { load })
  expect(await readdir(folder.path)).toEqual(['p.nav'])
  return report
}

/** The checks that are not `ok`, as `status subject: detail`, but for what every package without manifest has. */
function findings({ checks }: VerifyReport): string[] {
  return checks
    .filter(
      ({ status, subject }) => status !== 'ok' && subject !== 'ONNX Runtime' && subject !== 'navpkg/manifest.json',
    )
    .map(({ status, subject, detail }) => `${status} ${subject}: ${detail}`)
}

test('a whole package with a manifest passes, and its model is loaded', async () => {
  const { verdict, checks } = await verify(withManifest(await packageContent()), true)
  expect(verdict).toBe('ok')
  expect(checks.map(({ status, subject }) => `${status} ${subject}`)).toEqual([
    'ok status.yaml',
    'ok navpkg/manifest.json',
    'ok onnx/model.onnx',
    ...['profiling', 'correctness', 'conversion'].flatMap((set) => [`ok model_input/${set}`, `ok model_output/${set}`]),
  ])
  expect(checks.find(({ subject }) => subject === 'onnx/model.onnx')?.detail).toMatch(
    /^reads, opset 17; loads in ONNX Runtime .* in \d+ ms$/,
  )
})

test('names every file that is not as the manifest lists it', async () => {
  const content = withManifest((await packageContent()).set('a.txt', 'gone').set('b.txt', 'long').set('c.txt', 'same'))
  content.delete('a.txt')
  content.set('b.txt', 'longer').set('c.txt', 'Same').set('d.txt', 'new')
  const report = await verify(content)
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  expect(report.verdict).toBe('failed')
  expect(findings(report)).toEqual([
    'failed a.txt: is listed in the manifest and is missing',
    'failed b.txt: has 6 bytes; the manifest says 4',
    `failed c.txt: has other content than the manifest says: its SHA-256 is ${sha256('Same')}, not ${sha256('same')}`,
    'failed d.txt: is not listed in the manifest',
  ])
})

test.each([
  ['no JSON', '{', /^The manifest is malformed\. Save the package again with navpkg\. .*JSON/],
  ['of an unknown version', '{"schemaVersion": "2.0", "entries": []}', /schemaVersion: is not a version 1\.x/],
  [
    'with a name twice',
    `{"schemaVersion": "1.0", "entries": [${Array(2)
      .fill(`{"name": "a", "bytes": 1, "sha256": "${'0'.repeat(64)}"}`)
      .join()}]}`,
    /"a" is listed twice/,
  ],
  [
    'with a negative size and a short hash',
    '{"schemaVersion": "1.0", "entries": [{"name": "a", "bytes": -1, "sha256": "00"}]}',
    /entries\.0\.bytes: .*; entries\.0\.sha256: is no SHA-256/,
  ],
])('a manifest that is %s is a finding of its own', async (_, manifest, message) => {
  const { verdict, checks } = await verify((await packageContent()).set('navpkg/manifest.json', manifest))
  expect(verdict).toBe('failed')
  expect(checks.filter(({ status }) => status === 'failed')).toEqual([
    { status: 'failed', subject: 'navpkg/manifest.json', detail: expect.stringMatching(message) as unknown },
  ])
})

test('models that every package keeps must be there, and others may be missing', async () => {
  const runner = runnerRow('Any', [])
  const models_status = {
    'torchscript-script': modelRow('torchscript', 'torchscript-script/model.pt', [], { ExportTorch2TorchScript: 'OK' }),
    'torchscript-trace': modelRow('torchscript', 'torchscript-trace/model.pt', [], { ExportTorch2TorchScript: 'FAIL' }),
    onnx: modelRow('onnx', 'onnx/model.onnx', [], { ExportTorch2ONNX: 'OK', GraphSurgeonOptimize: 'FAIL' }),
    'onnx-dynamo': modelRow('onnx', 'onnx-dynamo/model.onnx', [], { ExportTorch2ONNX: 'SKIPPED' }),
    'onnx-trace': modelRow('onnx', 'onnx-trace/model.onnx', [], { CopyModel: 'OK', ConvertTorchScript2ONNX: 'FAIL' }),
    'trt-fp16': modelRow('trt', 'trt-fp16/model.plan', [runner], { ConvertONNX2TRT: 'OK' }),
    'torch-exportedprogram': modelRow('torch-exportedprogram', 'torch-exportedprogram/model.pt2'),
    torch: modelRow('torch', 'torch/----'),
  }
  const status = mlpStatus({ models_status })
  const content = await packageContent({ ...status, config: { ...status.config, framework: 'torch' } })
  content.delete('onnx/model.onnx')
  expect(findings(await verify(content))).toEqual([
    'failed torchscript-script: torchscript-script/model.pt is missing; every package of torch keeps its torchscript models',
    'failed onnx: onnx/model.onnx is missing; every package of torch keeps its onnx models',
    'note not saved: torchscript-trace, onnx-dynamo, onnx-trace, trt-fp16, torch-exportedprogram, torch (sources, or models that are made again where they are needed)',
  ])
})

test('the model that is deployed by default must be there, whatever its format; sources are none', async () => {
  const models_status = {
    onnx: modelRow('onnx', 'onnx/model.onnx', [runnerRow('OnnxCPU', [[1, 2, 500]])]),
    'trt-fp16': modelRow('trt', 'trt-fp16/model.plan', [runnerRow('TensorRT', [[1, 1, 400]])]),
    torch: modelRow('torch', 'torch/----', [runnerRow('TorchCUDA', [[1, 0.1, 9000]])]),
  }
  expect(findings(await verify(await packageContent(mlpStatus({ models_status }))))).toEqual([
    'failed trt-fp16: trt-fp16/model.plan is missing; it is the model that min-latency deploys',
    'note not saved: torch (sources, or models that are made again where they are needed)',
  ])
})

test('a folder without saved_model.pb is no SavedModel', async () => {
  const models_status = {
    'tf-savedmodel': modelRow('tf-savedmodel', 'tf-savedmodel/model.savedmodel'),
    'tf-savedmodel-jit': modelRow('tf-savedmodel', 'tf-savedmodel-jit/model.savedmodel'),
  }
  const content = await packageContent(mlpStatus({ models_status }))
  content.set('tf-savedmodel/model.savedmodel/saved_model.pb', 'graph')
  content.set('tf-savedmodel-jit/model.savedmodel/fingerprint.pb', 'print')
  expect(findings(await verify(content))).toEqual([
    'failed tf-savedmodel-jit: tf-savedmodel-jit/model.savedmodel has no saved_model.pb, so it is no SavedModel',
  ])
})

test('every ONNX file is read, with its external weights, wherever it lies', async () => {
  const external = goodModels['external-weights']()
  const content = await packageContent()
  content.set('onnx/model.onnx', external.bytes).set('onnx/weights/mlp.bin', [...external.files.values()][0]!)
  expect(findings(await verify(content, true))).toEqual([])
  content.set('onnx/weights/mlp.bin', 'short').set('navpkg/models/tuned/model.onnx', brokenFiles.truncated())
  content.set('other/model.onnx', unsupportedModels['bfloat16-input']().bytes)
  expect(findings(await verify(content))).toEqual([
    expect.stringMatching(
      /^failed onnx\/model\.onnx: Its external weights cannot be used\. .*"weights\/mlp\.bin": has 5 bytes/,
    ),
    expect.stringMatching(
      /^failed navpkg\/models\/tuned\/model\.onnx: The file is not an ONNX model, or it was cut off\./,
    ),
    expect.stringMatching(/^note other\/model\.onnx: The model cannot be run here\. .*bfloat16/),
  ])
})

test('a model that reads well and does not load fails, unless loading is left out', async () => {
  const shape = ['batch', 4] as const
  const unknown = model({
    input: [value('x', ElementType.FLOAT, shape)],
    output: [value('y', ElementType.FLOAT, shape)],
    node: [node('NoSuchOperator', ['x'], ['y'])],
  })
  const content = (await packageContent()).set('onnx/model.onnx', encodeModel(unknown))
  expect(findings(await verify(content))).toEqual([])
  expect(findings(await verify(content, true))).toEqual([
    expect.stringMatching(/^failed onnx\/model\.onnx: does not load in ONNX Runtime on this machine: .*NoSuchOperator/),
  ])
})

test('a runtime that was named and cannot be used is an error', async () => {
  const attempt = verify(await packageContent(), true, { runtimeDir: '/nowhere' })
  await expect(attempt).rejects.toMatchObject({ code: 'runtime-unavailable' })
})

test('samples that do not fit status.yaml are warnings; those that cannot be read, or lack their twin, are failures', async () => {
  const content = await packageContent()
  content.set('model_input/profiling/0.npz', await sample('x__0', 16))
  content.set('model_output/profiling/0.npz', await sample('y', 5))
  content.set('model_input/correctness/0.npz', 'no zip').set('model_input/correctness/1.npz', 'no zip')
  content.delete('model_output/conversion/0.npz')
  const report = await verify(content)
  expect(report.verdict).toBe('failed')
  expect(findings(report)).toEqual([
    'failed samples of correctness: there are 2 of inputs and 1 of outputs',
    'failed samples of conversion: there are 1 of inputs and 0 of outputs',
    'warning model_input/profiling: 0.npz: "x" of status.yaml is not in it; it holds "x__0"',
    'warning model_output/profiling: 0.npz: "y" has shape [5]; status.yaml says [4]',
    expect.stringMatching(/^failed model_input\/correctness: all 2 files cannot be read: It is no \.npz archive/),
  ])
})

test('a package without samples is whole', async () => {
  const content = await packageContent()
  for (const name of content.keys()) if (name.endsWith('.npz')) content.delete(name)
  const report = await verify(content)
  expect({ verdict: report.verdict, findings: findings(report) }).toEqual({
    verdict: 'ok',
    findings: ['note samples: the package was saved without them'],
  })
})

test('a record of another status.yaml is a warning', async () => {
  const report = await verify((await packageContent()).set('navpkg/run-record.json', '{}'))
  expect(findings(report)).toEqual([
    expect.stringMatching(/^warning navpkg\/run-record\.json: The record in the package/),
  ])
})

test('names of a stranger that JavaScript knows are names like any other', async () => {
  const models_status = Object.fromEntries([['constructor', modelRow('onnx', 'constructor/model.onnx')]])
  const content = await packageContent(mlpStatus({ models_status }))
  expect(findings(await verify(content))).toEqual([
    'failed constructor: constructor/model.onnx is missing; every package of onnx keeps its onnx models',
  ])
})

test('stops between models once the user asks to', async () => {
  await using folder = await temporaryFolder()
  const file = writeContent(path.join(folder.path, 'p.nav'), await packageContent())
  const environment = testEnvironment(folder.path, { signal: AbortSignal.abort() })
  await expect(verifyPackage(file, environment, { load: false })).rejects.toMatchObject({ code: 'interrupted' })
})
