import { mkdir } from 'node:fs/promises'
import path from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

import { serializedModels } from '../models/serialized-models.js'
import buildFromSource from '../support/build-from-source.js'
import { navpkg, run } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

const NAVIGATOR = path.resolve('.cache/navigator/bin/python')
const METADATA = ['--input-metadata', 'x=float32:-1x3', '--output-metadata', 'y=float32:-1x2']

/** Model, flags, key, framework, runners, and whether the real Navigator saves the model again (1.6 of its rules). */
const CASES: readonly [
  model: keyof typeof serializedModels,
  flags: string[],
  key: string,
  framework: string,
  runners: string[],
  isSavedAgain: boolean,
][] = [
  ['script.pt', [], 'torchscript-script', 'torch', ['TorchScriptCPU'], true],
  ['trace.pt', ['--device', 'cuda'], 'torchscript-trace', 'torch', ['TorchScriptCUDA'], true],
  ['program.pt2', [], 'torch-exportedprogram', 'torch', ['TorchExportedProgramCPU'], false],
  ['saved_model', [], 'tf-savedmodel', 'tensorflow', ['TensorFlowSavedModelCPU'], true],
  ['engine.plan', ['--precision', 'fp16'], 'trt-fp16', 'tensorrt', ['TensorRT', 'TensorRTCUDAGraph'], true],
  ['newer.engine', ['--precision', 'nvfp4'], 'trt-nvfp4', 'tensorrt', ['TensorRT', 'TensorRTCUDAGraph'], true],
  ['program.ep', ['--precision', 'fp32'], 'torch-trt-fp32', 'torch', ['TorchTensorRT'], false],
  [
    'saved_model',
    ['--format', 'tf-trt', '--precision', 'int8'],
    'tf-trt-int8',
    'tensorflow',
    ['TensorFlowTensorRT'],
    false,
  ],
]

const folder = await temporaryFolder()
let answers: Record<string, unknown> = {}

beforeAll(async () => {
  await buildFromSource()
  for (const [model, flags, key] of CASES) {
    const file = path.join(folder.path, key, model)
    await mkdir(path.dirname(file))
    serializedModels[model](file)
    const built = await navpkg('build', file, ...METADATA, ...flags, '--output', packageOf(key))
    if (built.code !== 0) throw new Error(built.stderr)
  }
  const asked = ['test/integration/load_packages.py', ...CASES.map(([, , key]) => packageOf(key))]
  const { code, stdout, stderr } = await run(NAVIGATOR, asked)
  if (code !== 0) throw new Error(stderr)
  answers = z.record(z.string(), z.unknown()).parse(JSON.parse(stdout))
})

afterAll(() => folder[Symbol.asyncDispose]())

test.each(CASES)('a package built from %s %j is loaded by the real Navigator as %s', (...one) => {
  const [, flags, key, framework, runners, isSavedAgain] = one
  const needsGpu = key.includes('trt') || flags.includes('cuda')
  expect(answers[`${key}.nav`]).toMatchObject({
    framework,
    device: needsGpu ? 'cuda' : 'cpu',
    batch_dim: 0,
    inputs: [['x', [-1, 3], 'float32']],
    outputs: [['y', [-1, 2], 'float32']],
    models: { [key]: { recomputed: key, exists: true, runners } },
  })
  const { again } = z.object({ again: z.array(z.string()) }).parse(answers[`${key}.nav`])
  expect(again.some((name) => name.startsWith(`${key}/model.`))).toBe(isSavedAgain)
})

function packageOf(key: string): string {
  return path.join(folder.path, `${key}.nav`)
}
