import { mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { diffPackages, type PackageDifference } from '../src/core/diff.js'
import type { Status } from '../src/core/nav-package/status.js'
import { decodeModel, encodeModel, type ModelProto } from '../src/core/onnx/model-file.js'
import { brokenFiles, goodModels } from './models/make-models.js'
import { node } from './models/onnx-builder.js'
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
import { temporaryFolder } from './support/run-engine.js'
import { runThatMade } from './support/run-that-made.js'

/** Compares packages of these contents. */
async function diff(a: Content, b: Content): Promise<PackageDifference> {
  await using folder = await temporaryFolder()
  const [one, other] = [path.join(folder.path, 'a.nav'), path.join(folder.path, 'b.nav')]
  return await diffPackages(writeContent(one, a), writeContent(other, b))
}

/** What differs, without the parts that do not. */
async function differing(a: Content, b: Content): Promise<Record<string, unknown>> {
  const { content } = await diff(a, b)
  const { measurements, files, ...lists } = content!
  const parts = { ...lists, measurements: measurements.rows, files: Object.values(files).flat() }
  return Object.fromEntries(Object.entries(parts).filter(([, list]) => list.length > 0))
}

/** The MLP's package with its model changed. */
async function withModel(change: (model: ModelProto) => void): Promise<Content> {
  const model = decodeModel(goodModels.mlp().bytes)
  change(model)
  return (await packageContent()).set('onnx/model.onnx', encodeModel(model))
}

async function withStatus(changes: Partial<Status>): Promise<Content> {
  return packageContent(mlpStatus(changes))
}

async function modelOf(b: Content): Promise<NonNullable<PackageDifference['content']>['models'][number]> {
  const { content } = await diff(await packageContent(), b)
  expect(content?.models).toHaveLength(1)
  return content!.models[0]!
}

test('equal files are identical, without being opened', async () => {
  const none: Content = new Map([['no-status', 'at all']])
  expect(await diff(none, none)).toMatchObject({ verdict: 'identical', content: null })
})

test('the same content in another archive, with a manifest or status.yaml printed in another way, is no difference', async () => {
  const content = await packageContent()
  const turned: Content = new Map([...content].reverse())
  turned.set('status.yaml', `# by hand\n${String(content.get('status.yaml'))}`)
  expect((await diff(content, withManifest(turned))).verdict).toBe('same-content')
})

test('leaves nothing behind, and removes what a run that was killed left', async () => {
  await using folder = await temporaryFolder()
  const temporaryDir = path.join(folder.path, 'temporary')
  await mkdir(temporaryDir)
  const killed = await runThatMade(path.join(temporaryDir, 'navpkg'), 'folder')
  await killed.kill()
  expect(await readdir(temporaryDir)).toHaveLength(1)
  const one = writeContent(path.join(folder.path, 'a.nav'), await packageContent())
  const other = writeContent(path.join(folder.path, 'b.nav'), (await packageContent()).set('a.txt', 'a'))
  expect(await diffPackages(one, other, { temporaryDir })).toMatchObject({ verdict: 'different' })
  expect(await readdir(temporaryDir)).toEqual([])
})

test('metadata, tensors, configuration and environment are compared by path', async () => {
  const status = mlpStatus()
  const x = { name: 'x', shape: [-1, 16], dtype: 'float32' }
  const b = await withStatus({
    timestamp: '2025-01-01T00:00:00.000000',
    input_metadata: { ...status.input_metadata, metadata: [{ ...x, dtype: 'float64' }] },
    output_metadata: { ...status.output_metadata, metadata: [{ ...x, name: 'z', shape: [4] }] },
    config: { ...status.config, target_formats: ['onnx', 'trt'], batch_dim: null, extra: { 'a.b': [{ c: NaN }] } },
    environment: { cpu: { name: 'Other CPU', logical_cores: 8 } },
  })
  expect(await differing(await packageContent(), b)).toEqual({
    general: [{ path: 'timestamp', a: status.timestamp, b: '2025-01-01T00:00:00.000000' }],
    inputs: [{ path: 'x', a: 'float32 [?, 16]', b: 'float64 [?, 16]' }],
    outputs: [
      { path: 'y', a: 'float32 [?, 4]', b: null },
      { path: 'z', a: null, b: 'float32 [4]' },
    ],
    config: [
      { path: 'target_formats', a: '["onnx"]', b: '["onnx","trt"]' },
      { path: 'batch_dim', a: '0', b: 'null' },
      { path: 'extra', a: null, b: '{"a.b":[{"c":"NaN"}]}' },
    ],
    environment: [{ path: 'cpu.name', a: 'Example CPU', b: 'Other CPU' }],
  })
})

test('inputs in another order differ', async () => {
  const { input_metadata } = mlpStatus()
  const named = (...names: string[]): Promise<Content> => {
    const metadata = names.map((name) => ({ name, shape: [4], dtype: 'int64' }))
    return withStatus({ input_metadata: { ...input_metadata, metadata } })
  }
  expect(await differing(await named('a', 'b'), await named('b', 'a'))).toEqual({
    inputs: [{ path: 'order', a: 'a, b', b: 'b, a' }],
  })
})

test('other weights of the same graph are named with what they hold', async () => {
  const b = await withModel(({ graph }) => {
    graph!.initializer[0]!.rawData = new Uint8Array(graph!.initializer[0]!.rawData).fill(1, 0, 4)
  })
  const { files, graph } = await modelOf(b)
  expect({ files, weights: graph?.weights, operators: graph?.operators }).toEqual({
    files: 'other-weights',
    operators: [],
    weights: {
      unchanged: 3,
      added: [],
      removed: [],
      renamed: [],
      changed: [
        {
          name: 'w1',
          a: {
            dtype: 'float32',
            shape: [16, 32],
            bytes: 2048,
            sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
          },
          b: {
            dtype: 'float32',
            shape: [16, 32],
            bytes: 2048,
            sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
          },
        },
      ],
    },
  })
})

test('another graph is told by operators, tensors and versions', async () => {
  const b = await withModel((model) => {
    model.producerName = 'another'
    model.irVersion = 9n
    model.opsetImport[0]!.version = 18n
    const { graph } = model
    graph!.output[0]!.name = 'z'
    graph!.node.at(-1)!.output = ['y']
    graph!.node[1]!.opType = 'Sigmoid'
    graph!.node.push(node('Relu', ['y'], ['y2']), node('Sigmoid', ['y2'], ['z']), node('Sigmoid', ['y2'], ['unused']))
    graph!.initializer[3]!.name = 'bias'
    graph!.node[2]!.input[2] = 'bias'
  })
  const { files, graph } = await modelOf(b)
  expect({ files, ...graph }).toEqual({
    files: 'other-graph',
    isSameGraph: false,
    header: [
      { path: 'IR version', a: '8', b: '9' },
      { path: 'producer', a: 'navigator-package-action tests', b: 'another' },
      { path: 'opset ai.onnx', a: '17', b: '18' },
    ],
    inputs: [],
    outputs: [
      { path: 'y', a: 'float32 [batch, 4]', b: null },
      { path: 'z', a: null, b: 'float32 [batch, 4]' },
    ],
    operators: [{ name: 'Sigmoid', a: 0, b: 3 }],
    weights: { unchanged: 3, added: [], removed: [], changed: [], renamed: [{ from: 'b2', to: 'bias' }] },
  })
})

test.each<[string, () => Promise<Content>]>([
  [
    'origin and remarks',
    () => withModel((model) => Object.assign(model, { producerVersion: '2', docString: 'a remark' })),
  ],
  [
    'names of nodes',
    () =>
      withModel(({ graph }) => {
        for (const [index, one] of graph!.node.entries()) one.name = `node ${index}`
      }),
  ],
  [
    'typed fields instead of raw data',
    () =>
      withModel(({ graph }) => {
        const [tensor] = graph!.initializer
        tensor!.floatData = [...new Float32Array(new Uint8Array(tensor!.rawData).buffer)]
        tensor!.rawData = new Uint8Array()
      }),
  ],
  [
    'weights in a file of their own',
    async () => {
      const { bytes, files } = goodModels['external-weights']()
      return (await packageContent()).set('onnx/model.onnx', bytes).set('onnx/weights/mlp.bin', [...files.values()][0]!)
    },
  ],
])('a model that differs in %s only is the same model in other bytes', async (_, content) => {
  const { files, graph } = await modelOf(await content())
  expect({ files, isSameGraph: graph?.isSameGraph }).toEqual({ files: 'same-model', isSameGraph: true })
})

test('external weights count as the model, and are told apart when they are missing', async () => {
  const { bytes, files } = goodModels['external-weights']()
  const [weights = new Uint8Array()] = files.values()
  const whole = (await packageContent()).set('onnx/model.onnx', bytes).set('onnx/weights/mlp.bin', weights)
  const other: Content = new Map([...whole, ['onnx/weights/mlp.bin', new Uint8Array(weights).fill(7, 0, 4)]])
  const found = await differing(whole, other)
  expect(Object.keys(found)).toEqual(['models'])
  expect(found['models']).toMatchObject([{ files: 'other-weights', graph: { weights: { changed: [{ name: 'w1' }] } } }])
  const missing: Content = new Map([...whole].filter(([name]) => !name.endsWith('.bin')))
  expect((await differing(whole, missing))['models']).toMatchObject([
    {
      files: 'other-weights',
      graph: { weights: { unchanged: 0 } },
      fileChanges: { removed: ['onnx/weights/mlp.bin'] },
    },
  ])
})

test('a model that cannot be read is compared by its hash', async () => {
  const b = (await packageContent()).set('onnx/model.onnx', brokenFiles.truncated())
  expect(await modelOf(b)).toMatchObject({ files: 'other-files', graph: null, bytes: { b: 300 } })
})

test('models that came, went or are folders are compared as trees, and their rows by command', async () => {
  const row = (path: string, correctness: string): Status['models_status'][string] => {
    const runner = { ...runnerRow('Any', []), status: { Correctness: correctness, Performance: 'OK' } } as const
    return modelRow('tf-savedmodel', path, [runner], { Export: 'OK' })
  }
  const a = await withStatus({ models_status: { saved: row('saved/model', 'OK'), gone: row('gone/model', 'OK') } })
  a.set('saved/model/saved_model.pb', 'graph').set('saved/model/variables/a', '1').set('saved/format.log', 'log')
  const b = await withStatus({
    models_status: { saved: row('saved/model', 'FAIL'), constructor: row('new/model', 'OK') },
  })
  b.set('saved/model/saved_model.pb', 'graph').set('saved/model/variables/b', '1').set('saved/format.log', 'log')
  const { content } = await diff(a, b)
  expect(content?.files).toEqual({ added: [], removed: [], changed: [] })
  expect(content?.models).toMatchObject([
    {
      key: 'saved',
      change: 'changed',
      files: 'other-files',
      fileChanges: { added: ['saved/model/variables/b'], removed: ['saved/model/variables/a'], changed: [] },
      statuses: [{ path: 'Any.Correctness', a: 'OK', b: 'FAIL' }],
      config: [],
    },
    { key: 'gone', change: 'removed', files: 'not-saved' },
    { key: 'constructor', change: 'added', files: 'not-saved' },
  ])
})

test('figures stand side by side as recorded, with the best runtimes and whether the machines are the same', async () => {
  const measured = (cpu: string, ...rows: [number, number, number][]): Promise<Content> =>
    withStatus({
      models_status: { onnx: modelRow('onnx', 'onnx/model.onnx', [runnerRow('OnnxCPU', rows)]) },
      environment: { cpu: { name: cpu, logical_cores: 8 } },
    })
  const a = await measured('CPU', [1, 2, 500], [2, 3, 700], [4, 4, 1000])
  const b = await measured('CPU', [1, 1, 1000], [2, 3, 700], [8, 4, 2000])
  const { content } = await diff(a, b)
  const figures = (p50LatencyMs: number, throughputPerSecond: number): object => ({ p50LatencyMs, throughputPerSecond })
  const row = { key: 'onnx', runner: 'OnnxCPU', latencyRatio: null, throughputRatio: null }
  expect(content?.measurements).toEqual({
    machines: { a: 'CPU, 8 cores', b: 'CPU, 8 cores' },
    isSameMachine: true,
    rows: [
      { ...row, batchSize: 1, a: figures(2, 500), b: figures(1, 1000), latencyRatio: 0.5, throughputRatio: 2 },
      { ...row, batchSize: 4, a: figures(4, 1000), b: null },
      { ...row, batchSize: 8, a: null, b: figures(4, 2000) },
    ],
  })
  expect(content?.best).toEqual([
    { path: 'max-throughput', a: 'onnx on OnnxCPU at batch 4', b: 'onnx on OnnxCPU at batch 8' },
  ])
  expect((await diff(a, await measured('Other', [1, 1, 1]))).content?.measurements.isSameMachine).toBe(false)
  const unknown = await withStatus({ environment: {} })
  expect((await diff(a, unknown)).content?.measurements.isSameMachine).toBeNull()
})

test('samples are counted and compared by hash, other files by name', async () => {
  const a = (await packageContent()).set('gone.txt', '').set('navigator.log', 'a').set('same.txt', '')
  const b = (await packageContent()).set('new.txt', '').set('navigator.log', 'b').set('same.txt', '')
  b.set('model_input/profiling/0.npz', await sample('x', 16, 9)).set('model_input/correctness/1.npz', 'another')
  const { content } = await diff(a, b)
  expect(content?.samples).toEqual([
    { folder: 'model_input/correctness', counts: { a: 1, b: 2 }, changed: 0 },
    { folder: 'model_input/profiling', counts: { a: 1, b: 1 }, changed: 1 },
  ])
  expect(content?.files).toEqual({ added: ['new.txt'], removed: ['gone.txt'], changed: ['navigator.log'] })
})

test('more models than anybody has are refused', async () => {
  const many = Array.from({ length: 1001 }, (_, index) => [`onnx-${index}`, modelRow('onnx', null)] as const)
  const b = await withStatus({ models_status: Object.fromEntries(many) })
  await expect(diff(await packageContent(), b)).rejects.toMatchObject({ code: 'package-too-large' })
})
