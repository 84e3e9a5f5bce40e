import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

import { writeNpz } from '../../src/core/tensors/npz.js'
import { goodModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { makeZip } from '../nav-package/make-zip.js'
import { navpkg, refusalOf } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

type Prepare = (folder: string) => string[]

/** `DIR/model.onnx` and flags whose values may begin with DIR. */
const flags =
  (...given: string[]): Prepare =>
  (folder) => [writeModel(goodModels.mlp(), folder), ...given.map((one) => one.replaceAll('DIR', folder))]

const FORMATS =
  'onnx, torchscript-script, torchscript-trace, torch-exportedprogram, tf-savedmodel, trt-fp32, trt-fp16, torch-trt-fp32, torch-trt-fp16, tf-trt-fp32, tf-trt-fp16, jax'
const RUNNERS =
  'OnnxCPU, OnnxCUDA, OnnxTensorRT, OnnxWebGPU, TorchScriptCPU, TorchScriptCUDA, TorchExportedProgramCPU, TorchExportedProgramCUDA, TensorFlowSavedModelCPU, TensorFlowSavedModelCUDA, TensorRT, TensorRTCUDAGraph, TorchTensorRT, TensorFlowTensorRT, JAX'

test.concurrent.each<[string, Prepare, string[]]>([
  [
    'unknown names of a device, a strategy, formats and runners',
    flags('--device', 'toaster', '--strategy', 'best', '--formats', 'onnx,trt', '--runners', 'OnnxGPU,OnnxCPU'),
    [
      '--device: "toaster" is not one of auto, cpu, cuda, webgpu',
      `--formats: "onnx,trt" has names that are not known ("trt"); known are ${FORMATS}`,
      `--runners: "OnnxGPU,OnnxCPU" has names that are not known ("OnnxGPU"); known are ${RUNNERS}`,
      '--strategy: "best" is not one of max-throughput-and-min-latency, min-latency, max-throughput, max-throughput-with-latency-budget',
    ],
  ],
  [
    'a batch size of 0',
    flags('--batch-sizes', '0'),
    ['--batch-sizes: "0" is not a list of whole numbers from 1, such as 1,4,16'],
  ],
  ['a folder as output', flags('--output', 'DIR'), ['--output: "DIR" is a folder; name a file']],
  [
    'a pipe as output',
    (folder) => {
      execFileSync('mkfifo', [path.join(folder, 'pipe')])
      return [writeModel(goodModels.mlp(), folder), '--output', path.join(folder, 'pipe')]
    },
    ['--output: "DIR/pipe" is not a file; name one'],
  ],
  [
    'an output below a file',
    flags('--output', 'DIR/old.nav/sub/x.nav'),
    [
      '--output: "DIR/old.nav/sub/x.nav" cannot be written: DIR/old.nav is not a folder; name a file in a folder you may write to',
    ],
  ],
  [
    'the model as output, by another spelling',
    flags('--output', 'DIR/sub/.././model.onnx'),
    ['--output: "DIR/sub/.././model.onnx" is the model itself; name another file'],
  ],
  [
    'the model as output, by a link',
    (folder) => {
      const model = writeModel(goodModels.mlp(), folder)
      symlinkSync(model, path.join(folder, 'link.nav'))
      return [model, '--output', path.join(folder, 'link.nav')]
    },
    ['--output: "DIR/link.nav" is the model itself; name another file'],
  ],
  [
    'the model as output, by its second name',
    (folder) => {
      const model = writeModel(goodModels.mlp(), folder)
      linkSync(model, path.join(folder, 'twin.nav'))
      return [model, '--output', path.join(folder, 'twin.nav')]
    },
    ['--output: "DIR/twin.nav" is the model itself; name another file'],
  ],
  [
    'the package as output',
    (folder) => {
      const file = path.join(folder, 'p.nav')
      writeFileSync(file, makeZip([{ name: 'a' }]))
      mkdirSync(path.join(folder, 'sub'))
      return [file, '--output', `${folder}/sub/../p.nav`]
    },
    ['--output: "DIR/sub/../p.nav" is the package itself; name another file'],
  ],
  [
    'one of the samples as output',
    (folder) => {
      mkdirSync(path.join(folder, 'samples'))
      writeFileSync(path.join(folder, 'samples', '0.npz'), '')
      const samples = path.join(folder, 'samples')
      const output = path.join(samples, '0.npz')
      return [writeModel(goodModels.mlp(), folder), '--samples', samples, '--output', output]
    },
    ['--output: "DIR/samples/0.npz" is one of the samples; name another file'],
  ],
  [
    'a summary and a record where other things are',
    flags('--summary', 'DIR/old.nav', '--json', 'DIR/model.onnx'),
    [
      '--summary: "DIR/old.nav" is also where the package goes; name another file',
      '--json: "DIR/model.onnx" is the model itself; name another file',
    ],
  ],
  [
    'one new file for the summary and the record, in two spellings',
    flags('--summary', 'DIR/new', '--json', 'DIR/sub/../new'),
    ['--json: "DIR/new" is also where the summary goes; name another file'],
  ],
  [
    'a file as workspace',
    flags('--workspace', 'DIR/old.nav'),
    ['--workspace: "DIR/old.nav" cannot be made: DIR/old.nav is not a folder'],
  ],
  [
    'a workspace that would be deleted with the model and the package in it',
    flags('--workspace', 'DIR'),
    [
      '--workspace: "DIR" is emptied and deleted by the run, with what lies in it (DIR/model.onnx, DIR/old.nav); name another',
    ],
  ],
])('%s is refused', async (_, prepare, problems) => {
  const count = problems.length === 1 ? 'An option cannot' : `${problems.length} options cannot`
  expect(await refusalOf(prepare)).toEqual({
    code: 2,
    lines: [`Error: ${count} be used.`, ...problems.map((problem) => `  ${problem}`)],
  })
})

test('an output in a place where nothing can be made is refused before anything is measured', async () => {
  expect(await refusalOf(flags('--output', '/proc/x.nav'))).toEqual({
    code: 2,
    lines: ['Error: /proc/x.nav cannot be written (ENOENT). Name a file in a folder you may write to.'],
  })
})

test('no folder is made for the results of a model that is refused', async () => {
  const refusal = await refusalOf((folder) => {
    writeFileSync(path.join(folder, 'm.onnx'), 'any text')
    const at = (name: string): string => path.join(folder, name, 'file')
    return [path.join(folder, 'm.onnx'), '--output', at('a'), '--json', at('b'), '--summary', at('c')]
  })
  expect(refusal).toEqual({ code: 2, lines: [expect.stringMatching(/^Error: DIR\/m\.onnx: The file is not/)] })
})

test('a foreign workspace is left alone', async () => {
  const refusal = await refusalOf((folder) => {
    mkdirSync(path.join(folder, 'mine'))
    writeFileSync(path.join(folder, 'mine', 'file'), 'mine')
    return flags('--workspace', 'DIR/mine')(folder)
  })
  expect(refusal).toEqual({
    code: 2,
    lines: ['Error: The workspace DIR/mine holds files that are not ours, so it was left alone. Name an empty folder.'],
  })
})

test('batch sizes for a model whose first axis is fixed are refused', async () => {
  const refusal = await refusalOf((folder) => [
    ...[writeModel(goodModels['no-batch-axis'](), folder), '--settings', 'default'],
    ...['--batch-sizes', '1,2'],
  ])
  expect(refusal).toEqual({
    code: 2,
    lines: [
      'Error: The batch sizes 1, 2 cannot be measured: the model is not batched. Leave batch-sizes away.',
      '  Measured without batching: no dynamic axis that all inputs could share as a batch axis.',
    ],
  })
})

const QUICK = ['--settings', 'default', '--time-budget', '10s', '--exclusive', 'off']

test('a largest batch size for a model whose first axis is fixed is a warning, and folders are made', async () => {
  await using folder = await temporaryFolder()
  const output = path.join(folder.path, 'new', 'x.nav')
  const json = path.join(folder.path, 'other', 'record.json')
  const model = writeModel(goodModels['no-batch-axis'](), folder.path)
  const given = ['--max-batch-size', '4', '--output', output, '--json', json, ...QUICK]
  const { code, stderr } = await navpkg('optimize', model, ...given)
  const warning = 'The largest batch size, 4, was not used: the model is not batched.'
  expect({ code, warned: stderr.includes(`\n${warning}\n`) }).toEqual({ code: 0, warned: true })
  const record = JSON.parse(readFileSync(json, 'utf8')) as { notes: string[]; package: { bytes: number } }
  expect(record.notes).toContain(warning)
  expect(record.package.bytes).toBe(readFileSync(output).length)
})

test('samples with NaN are named beside the failure they lead to', async () => {
  await using folder = await temporaryFolder()
  const samples = path.join(folder.path, 'nan.npz')
  writeFileSync(samples, await nanSample())
  const model = writeModel(goodModels.mlp(), folder.path)
  const output = path.join(folder.path, 'x.nav')
  const { code, stdout, stderr } = await navpkg('optimize', model, '--samples', samples, '--output', output, ...QUICK)
  expect(code).toBe(3)
  expect(stderr).toContain('answers sample 0 with NaN or infinity in y. Give samples it is meant for (samples)')
  expect(stdout).toContain('Note: nan.npz holds NaN or infinity in "x".')
})

test.each([
  ['--formats', 'trt-fp32', 'trt-fp32 cannot be run with TensorRT here, only onnx with OnnxCPU'],
  ['--runners', 'OnnxCUDA', 'onnx cannot be run with OnnxCUDA here, only onnx with OnnxCPU'],
])('%s %s is known and skipped with the reason', async (flag, name, reason) => {
  await using folder = await temporaryFolder()
  const json = path.join(folder.path, 'record.json')
  const model = writeModel(goodModels.mlp(), folder.path)
  const output = path.join(folder.path, 'x.nav')
  const { code } = await navpkg('optimize', model, flag, name, '--output', output, '--json', json, ...QUICK)
  expect(code).toBe(3)
  const record = JSON.parse(readFileSync(json, 'utf8')) as Record<'outcome' | 'outcomeReason', string>
  expect([record.outcome, record.outcomeReason]).toEqual(['no-candidate', `Nothing was tried: ${reason}.`])
})

function nanSample(): Promise<Uint8Array> {
  return writeNpz(new Map([['x', { dtype: 'float32', shape: [1, 16], data: new Float32Array(16).fill(NaN) }]]))
}
