import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'

import { expect, test } from 'vitest'

import { diffText } from '../../src/cli/diff-text.js'
import { diffPackages, type PackageDifference } from '../../src/core/diff.js'
import { decodeModel, encodeModel } from '../../src/core/onnx/model-file.js'
import { goodModels } from '../models/make-models.js'
import { floats, node } from '../models/onnx-builder.js'
import { mlpStatus, modelRow, packageContent, runnerRow, sample, writeContent } from '../nav-package/package-content.js'
import { temporaryFolder } from '../support/run-engine.js'

/** Two packages that differ in every part. */
async function everyPart(): Promise<PackageDifference> {
  await using folder = await temporaryFolder()
  const { config, ...status } = mlpStatus()
  const runner = (p50: number): ReturnType<typeof runnerRow> => runnerRow('OnnxCPU', [[1, p50, 1000 / p50]])
  const a = await packageContent({
    ...status,
    config,
    models_status: { onnx: modelRow('onnx', 'onnx/model.onnx', [runner(2)]), gone: modelRow('trt', 'gone/model.plan') },
  })
  const b = await packageContent({
    ...status,
    uuid: '0b0c4d3e-0000-4000-8000-000000000001',
    config: { ...config, target_device: 'cuda' },
    environment: { cpu: { name: 'A processor of a rather long name @ 3.00GHz', logical_cores: 64 } },
    models_status: { onnx: modelRow('onnx', 'onnx/model.onnx', [runner(1), runnerRow('Other', [[8, 4, 2000]])]) },
  })
  const model = decodeModel(goodModels.mlp().bytes)
  const { graph } = model
  graph.initializer[0] = floats('w1', [16, 32], [9])
  graph.initializer.push(...Array.from({ length: 7 }, (_, index) => floats(`extra.${index}`, [2])))
  graph.node[1] = node('Sigmoid', ['h'], ['a'])
  b.set('onnx/model.onnx', encodeModel(model)).set('new.txt', '').delete('model_output/profiling/0.npz')
  b.set('model_input/profiling/0.npz', await sample('x', 16, 3))
  const names = [path.join(folder.path, 'a.nav'), path.join(folder.path, 'b.nav')] as const
  const { a: one, b: other, ...rest } = await diffPackages(writeContent(names[0], a), writeContent(names[1], b))
  return { a: { ...one, path: 'a.nav', bytes: 5000 }, b: { ...other, path: 'b.nav', bytes: 6000 }, ...rest }
}

test('says part by part what differs, within 80 columns', async () => {
  const text = stripVTControlCharacters(diffText(await everyPart(), 80)).replaceAll(
    /[0-9a-f]{8} → [0-9a-f]{8}$/gm,
    'HASH → HASH',
  )
  expect(text).toBe(`a a.nav, 5.00 kB
b b.nav, 6.00 kB

general
  ~ uuid: 0b0c4d3e-0000-4000-8000-000000000000 →
    0b0c4d3e-0000-4000-8000-000000000001

config
  ~ target_device: cpu → cuda

models
  ~ onnx: another graph, 2.97 kB → 3.15 kB
      operators: -1 Relu, +1 Sigmoid
      weights: 1 changed (2.05 kB), 7 added (56 B), 3 the same
        ~ w1 float32 [16, 32], HASH → HASH
        + extra.0 float32 [2]
        + extra.1 float32 [2]
        + extra.2 float32 [2]
        + extra.3 float32 [2]
        + extra.4 float32 [2]
        and 2 more
      + Other: {"Correctness":"OK","Performance":"OK"}
  - gone (trt, –)

best runtime by strategy
  - max-throughput-and-min-latency: onnx on OnnxCPU at batch 1
  ~ max-throughput: onnx on OnnxCPU at batch 1 → onnx on Other at batch 8

measurements
  as the packages recorded them, nothing was measured here; not comparable, as
    they are of different machines (a: Example CPU, 8 cores; b: A processor of a
    rather long name @ 3.00GHz, 64 cores)
  model  runner   batch    p50 a    p50 b  p50 b/a  thr b/a
  onnx   OnnxCPU      1  2.00 ms  1.00 ms    0.500     2.00
  onnx   Other        8        –  4.00 ms        –        –

samples
  ~ model_input/profiling: 1 sample, 1 with other content
  ~ model_output/profiling: 1 → 0 samples

other files
  + new.txt

environment
  ~ cpu.name: Example CPU → A processor of a rather long name @ 3.00GHz
  ~ cpu.logical_cores: 8 → 64
`)
})

test('cuts long lists and says how many more there are', async () => {
  const difference = await everyPart()
  const added = Array.from({ length: 30 }, (_, index) => `file ${index}`)
  const content = { ...difference.content!, files: { added, removed: [], changed: [] } }
  const text = stripVTControlCharacters(diffText({ ...difference, content }, 80))
  expect(text).toContain('  + file 19\n  and 10 more; --json lists them all\n')
  expect(text).not.toContain('file 20')
})
