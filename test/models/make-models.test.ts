import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import * as ort from 'onnxruntime-node'
import { afterAll, expect, test } from 'vitest'

import { describeModel } from '../../src/core/onnx/describe.js'
import { decodeModel } from '../../src/core/onnx/model-file.js'
import { mulberry32, randomRequest } from '../../src/core/plan/random-samples.js'
import { resolveShapes } from '../../src/core/plan/samples.js'
import type { NamedTensors, Tensor } from '../../src/core/tensors/tensor.js'
import { goodModels, harmfulModels, unsupportedModels } from './make-models.js'
import { writeModel } from './write-model.js'

const folder = mkdtempSync(path.join(tmpdir(), 'models-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test.each(Object.entries(goodModels))('%s runs with random requests of one and of three items', async (name, make) => {
  const model = make()
  const session = await openSession(writeModel(model, path.join(folder, name)))
  const { inputs, outputs } = describeModel(decodeModel(model.bytes))
  const itemCounts = name === 'no-batch-axis' ? [3] : [1, 3]
  for (const items of itemCounts) {
    const given = new Map(
      inputs.map(({ name, shape }) => [name, shape.map((d) => (typeof d === 'number' ? d : items))]),
    )
    const request = randomRequest(inputs, resolveShapes(inputs, given), new Map(), mulberry32(1))
    const answer = await session.run(feedsOf(request))
    expect([...Object.entries(answer)].map(([output, { type, dims }]) => [output, type, dims])).toEqual(
      outputs.map(({ name, dtype, shape }) => [name, dtype, shape.map((d) => (typeof d === 'number' ? d : items))]),
    )
  }
  await session.release()
})

test.each(Object.entries(harmfulModels))('%s loads and is described like any other model', async (_name, make) => {
  const { bytes } = make()
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 })
  expect(session.inputNames).toEqual(describeModel(decodeModel(bytes)).inputs.map(({ name }) => name))
  await session.release()
})

test.each(['custom-domain', 'future-opset'] as const)('ONNX Runtime refuses to load %s', async (name) => {
  const load = ort.InferenceSession.create(unsupportedModels[name]().bytes, { logSeverityLevel: 4 })
  await expect(load).rejects.toThrow(/com\.example\.ops|[Oo]pset 99/)
})

/** No warnings: some models exist to provoke them. */
async function openSession(file: string): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(file, { logSeverityLevel: 4, intraOpNumThreads: 1 })
}

function feedsOf(request: NamedTensors): Record<string, ort.Tensor> {
  return Object.fromEntries([...request].map(([name, tensor]) => [name, ortTensor(tensor)]))
}

function ortTensor({ dtype, data, shape }: Tensor): ort.Tensor {
  const plain = Array.isArray(data) ? [...(data as string[])] : data
  return new ort.Tensor(dtype, plain, [...shape])
}
