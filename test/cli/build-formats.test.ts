import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { openNavPackage } from '../../src/core/nav-package/archive-file.js'
import type { NavPackage } from '../../src/core/nav-package/nav-package.js'
import { runRecordSchema } from '../../src/core/report/run-record.js'
import { readNpz, writeNpz } from '../../src/core/tensors/npz.js'
import type { NamedTensors } from '../../src/core/tensors/tensor.js'
import { serializedModels, unusableModels } from '../models/serialized-models.js'
import { navpkg } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

const METADATA = ['--input-metadata', 'x=float32:-1x3', '--output-metadata', 'y=float32:-1x2']

/** Model, flags, and what the package calls it. */
const CASES: readonly [model: keyof typeof serializedModels, flags: string[], key: string, file: string][] = [
  ['script.pt', [], 'torchscript-script', 'model.pt'],
  ['trace.pt', [], 'torchscript-trace', 'model.pt'],
  ['trace.pt', ['--jit-type', 'script'], 'torchscript-script', 'model.pt'],
  ['script.pt', ['--format', 'torch-trt', '--precision', 'fp16'], 'torch-trt-fp16', 'model.ep'],
  ['program.pt2', [], 'torch-exportedprogram', 'model.pt2'],
  ['old-program.pt2', [], 'torch-exportedprogram', 'model.pt2'],
  ['program.pt2', ['--format', 'torch-trt', '--precision', 'fp32'], 'torch-trt-fp32', 'model.ep'],
  ['program.ep', ['--precision', 'bf16'], 'torch-trt-bf16', 'model.ep'],
  ['engine.plan', ['--precision', 'int8'], 'trt-int8', 'model.plan'],
  ['newer.engine', ['--precision', 'fp8'], 'trt-fp8', 'model.plan'],
]

test.concurrent.each(CASES)('%s %j is packed as %s', async (name, flags, key, file) => {
  await using folder = await temporaryFolder()
  const model = path.join(folder.path, name)
  serializedModels[name](model)
  const { entries, status } = await built(folder.path, model, ...METADATA, ...flags)
  expect(Object.keys(status.models_status)).toEqual([key])
  expect(status.models_status[key]?.model_config).toMatchObject({ key, path: `${key}/${file}`, parent_key: null })
  expect(await contentOf(entries, `${key}/${file}`)).toEqual(await readFile(model))
  expect([...entries.keys()].filter((entry) => entry.includes('reproduce'))).toEqual([])
})

test.concurrent.each([
  [[], 'tf-savedmodel'],
  [['--format', 'tf-trt', '--precision', 'fp16'], 'tf-trt-fp16'],
] as const)('a SavedModel %j is packed with its folders, as %s', async (flags, key) => {
  await using folder = await temporaryFolder()
  const model = path.join(folder.path, 'saved_model')
  serializedModels.saved_model(model)
  mkdirSync(path.join(model, 'assets'))
  const { entries, status } = await built(folder.path, model, ...METADATA, ...flags)
  expect([...entries.keys()].filter((name) => name.startsWith(`${key}/model`))).toEqual([
    `${key}/model.savedmodel/`,
    `${key}/model.savedmodel/assets/`,
    `${key}/model.savedmodel/saved_model.pb`,
    `${key}/model.savedmodel/variables/`,
    `${key}/model.savedmodel/variables/variables.data-00000-of-00001`,
    `${key}/model.savedmodel/variables/variables.index`,
  ])
  expect(status.config).toMatchObject({ framework: 'tensorflow', batch_dim: 0 })
})

test('what is said of the tensors is what the status says, and the samples fit it', async () => {
  await using folder = await temporaryFolder()
  const model = path.join(folder.path, 'm.pt')
  serializedModels['script.pt'](model)
  const inputs = ['ids=int64:-1x8', 'mask=bool:-1x8'].flatMap((one) => ['--input-metadata', one])
  const { entries, status, record } = await built(folder.path, model, ...inputs, '--output-metadata', 'y=float32:-1x2')
  expect(status.input_metadata).toEqual({
    metadata: [
      { name: 'ids', shape: [-1, 8], dtype: 'int64' },
      { name: 'mask', shape: [-1, 8], dtype: 'bool' },
    ],
    pytree_metadata: { metadata: ['ids', 'mask'], tensor_type: 'torch' },
    is_legacy: false,
  })
  expect(status.output_metadata.pytree_metadata).toEqual({ metadata: 'y', tensor_type: 'torch' })
  expect(status.config).toMatchObject({ framework: 'torch', target_formats: ['torchscript'], batch_dim: 0 })
  const rows = status.models_status['torchscript-script']?.runners_status
  expect(rows?.['TorchScriptCPU']?.status).toMatchObject({ Correctness: 'SKIPPED', Performance: 'SKIPPED' })
  const sample = await readNpz(await contentOf(entries, 'model_input/profiling/0.npz'))
  expect([...sample].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
    ['ids', 'int64', [8]],
    ['mask', 'bool', [8]],
  ])
  expect(record).toMatchObject({ command: 'build', outcome: 'done', settings: { runtime: null }, candidates: [] })
  expect(record.fingerprint).not.toHaveProperty('onnxruntime')
})

test('what build packs is whole to verify, though a model that is not run has no outputs stored', async () => {
  await using folder = await temporaryFolder()
  const model = path.join(folder.path, 'm.pt')
  serializedModels['script.pt'](model)
  const output = path.join(folder.path, 'o.nav')
  expect(await navpkg('build', model, ...METADATA, '--output', output)).toMatchObject({ code: 0 })
  const { code, stdout } = await navpkg('verify', output)
  expect(stdout).toContain('– samples: there are inputs alone, as in a package whose model was not run\n')
  expect(stdout).toMatch(/o\.nav is whole: \d+ checks passed\.\n$/)
  expect(code).toBe(0)
})

test('one array of more requests than are used is packed with the first of them', async () => {
  await using folder = await temporaryFolder()
  const model = path.join(folder.path, 'm.pt')
  serializedModels['script.pt'](model)
  const samples = path.join(folder.path, 'samples.npz')
  const x = { dtype: 'float32', shape: [200_000, 1], data: new Float32Array(200_000) } as const
  writeFileSync(samples, await writeNpz(new Map([['x', x]])))
  const flags = ['--samples', samples, '--samples-axis', '0', '--output-metadata', 'y=float32:-1x2']
  const { entries } = await built(folder.path, model, ...flags)
  expect([...entries.keys()].filter((name) => name.startsWith('model_input/correctness'))).toHaveLength(100)
})

test('samples say what the inputs are: an axis that differs among them is dynamic', async () => {
  await using folder = await temporaryFolder()
  const model = path.join(folder.path, 'm.pt')
  serializedModels['trace.pt'](model)
  const samples = path.join(folder.path, 'samples')
  mkdirSync(samples)
  for (const [index, length] of [4, 6].entries()) {
    const x = { dtype: 'float32', shape: [1, length, 3], data: new Float32Array(length * 3) } as const
    writeFileSync(path.join(samples, `${index}.npz`), await writeNpz(new Map([['x', x]])))
  }
  const flags = ['--samples', samples, '--output-metadata', 'y=float32:-1x2']
  const plain = await built(folder.path, model, ...flags)
  expect(plain.status.input_metadata.metadata).toEqual([{ name: 'x', shape: [1, -1, 3], dtype: 'float32' }])
  expect(plain.status.config.batch_dim).toBeNull()
  expect(plain.record.notes.join(' ')).toContain('say --batching true if it is the batch')
  const batched = await built(folder.path, model, ...flags, '--batching', 'true', '--save-data', 'true')
  expect(batched.status.input_metadata.metadata).toEqual([{ name: 'x', shape: [-1, -1, 3], dtype: 'float32' }])
  expect(batched.status.dataloader_trt_profile).toEqual({ x: { min: [1, 4, 3], opt: [1, 6, 3], max: [1, 6, 3] } })
  expect(shapesOf(await readNpz(await contentOf(batched.entries, 'model_input/correctness/1.npz')))).toEqual([[6, 3]])
  const bare = await built(folder.path, model, ...flags, '--save-data', 'false')
  expect([...bare.entries.keys()].filter((name) => name.startsWith('model_input'))).toEqual([])
})

const EXPORT = 'Load it where its code is and export the model: torch.onnx.export, torch.jit.save or torch.export.save'
const REFUSED: Readonly<Record<keyof typeof unusableModels, string>> = {
  'state.pt': `is a PyTorch checkpoint: weights or a pickle, no model of its own. ${EXPORT}`,
  'legacy.pth': `is a Python pickle, such as an old PyTorch checkpoint, and is never loaded. ${EXPORT}`,
  'model.safetensors': `holds weights alone (safetensors). ${EXPORT}`,
  'model.h5': 'is a Keras model. Load it and write a SavedModel with model.export(folder), then give that folder',
  'model.keras': 'is a Keras model. Load it and write a SavedModel with model.export(folder), then give that folder',
  'model.tflite': 'is a TensorFlow Lite model, which no Navigator Package holds. Give the SavedModel it was made of',
  'model.ort': "is in ONNX Runtime's own ORT format. Give the ONNX model it was made of",
  'model.gguf': 'is a GGUF file of llama.cpp, which no Navigator Package holds. Give the model it was made of',
  'model.xml': 'is an XML file, such as a model of OpenVINO. Give the model it was made of',
  'aoti.pt2': 'is an AOTInductor package, native code of one machine. Give the exported program (.pt2) it was made of',
  'samples.npz': 'is an archive of NumPy arrays; that is what samples are',
  'cut.pt': 'is a zip archive that is empty or was cut off. Fetch it again',
  'other.zip': 'is a zip archive that holds no model',
  'odd.engine': 'does not begin as a TensorRT engine does. Say --format trt if it is one, else build it again',
  'saved_model.pb': 'is one file of a TensorFlow SavedModel. Give its folder',
  'package.nav': 'is a Navigator Package already. Give build a model, or optimize the package',
  'a-folder': 'is a folder without saved_model.pb; only a TensorFlow SavedModel is a folder',
}

test.concurrent.each(Object.keys(unusableModels) as (keyof typeof unusableModels)[])(
  '%s is refused with what to do',
  async (name) => {
    await using folder = await temporaryFolder()
    const model = path.join(folder.path, name)
    unusableModels[name](model)
    const { code, stderr } = await navpkg('build', model, ...METADATA, '--output', path.join(folder.path, 'o.nav'))
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `Error: An option cannot be used.\n  model: "${model}" ${REFUSED[name]}\n`,
    })
  },
)

test.each<[string, keyof typeof serializedModels, string[], string[]]>([
  [
    'metadata that is missing',
    'script.pt',
    [],
    [
      "--input-metadata: is missing: nothing of a torchscript model is loaded, so say what it takes, once for each input, such as --input-metadata 'x=float32:-1x3x48x192', or give samples",
      "--output-metadata: is missing: nothing of a torchscript model is loaded, so say what it answers, once for each output, such as --output-metadata 'y=float32:-1x2'",
    ],
  ],
  [
    'flags of other formats, and all else, at once',
    'script.pt',
    [
      '--precision',
      'fp16',
      '--batching',
      'true',
      '--input-metadata',
      'x=float32:3',
      '--seed',
      'x',
      ...METADATA.slice(2),
    ],
    [
      '--seed: "x" is not a whole number from 0',
      '--precision: "fp16" goes with trt, tf-trt and torch-trt, not with torchscript',
      '--input-metadata: "x=float32:3" must begin with -1 where batching is true: "x"',
    ],
  ],
  [
    'an engine without its precision',
    'engine.plan',
    METADATA,
    ['--precision: is missing: say what the trt model computes in, such as fp16'],
  ],
  [
    'a format that the content contradicts',
    'script.pt',
    ['--format', 'trt', ...METADATA],
    ['--format: "trt" is not what the model is by its content: torchscript'],
  ],
  [
    'an archive that is none',
    'engine.plan',
    ['--format', 'torchscript', ...METADATA],
    ['--format: "torchscript" is not what the model is by its content: trt'],
  ],
  [
    'a type there is not',
    'trace.pt',
    ['--input-metadata', 'x=float31:3', ...METADATA.slice(2)],
    [
      '--input-metadata: "x=float31:3" is not NAME=VALUE with a type (float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool, object) and a shape, such as x=float32:-1x3x48x192',
    ],
  ],
])('%s is an error', async (_, name, flags, problems) => {
  await using folder = await temporaryFolder()
  const model = path.join(folder.path, name)
  serializedModels[name](model)
  const { code, stderr } = await navpkg('build', model, ...flags, '--output', path.join(folder.path, 'o.nav'))
  expect(code).toBe(2)
  expect(stderr.trimEnd().split('\n').slice(1)).toEqual(problems.map((problem) => `  ${problem}`))
})

test('a link that leads out of a SavedModel, and an output inside it, are refused', async () => {
  await using folder = await temporaryFolder()
  const model = path.join(folder.path, 'm')
  serializedModels.saved_model(model)
  const inside = await navpkg('build', model, ...METADATA, '--output', path.join(model, 'o.nav'))
  expect(inside.code).toBe(2)
  expect(inside.stderr).toContain('lies in the folder of the model; name a file elsewhere')
  symlinkSync('/etc/hostname', path.join(model, 'assets'))
  writeFileSync(path.join(model, 'Saved_Model.pb'), '')
  const { code, stderr } = await navpkg('build', model, ...METADATA, '--output', path.join(folder.path, 'o.nav'))
  expect(code).toBe(2)
  expect(stderr).toContain('"assets": it is a link that leads outside the model, to /etc/hostname')
  expect(stderr).toMatch(/"[^"]*saved_model\.pb": on some systems it is the same file as /i)
  await expect(stat(path.join(folder.path, 'o.nav'))).rejects.toThrow()
})

test('optimize says that only ONNX runs here, for a package of another format too', async () => {
  await using folder = await temporaryFolder()
  const model = path.join(folder.path, 'm.pt')
  serializedModels['script.pt'](model)
  await built(folder.path, model, ...METADATA)
  const { code, stderr } = await navpkg('optimize', path.join(folder.path, 'out.nav'), '--exclusive', 'off')
  expect(code).toBe(2)
  expect(stderr).toContain('Only ONNX models run here')
})

test.concurrent.each(['script.pt', 'program.pt2', 'engine.plan'] as const)(
  'optimize of %s says to export or to build it',
  async (name) => {
    await using folder = await temporaryFolder()
    const model = path.join(folder.path, name)
    serializedModels[name](model)
    const { code, stderr } = await navpkg('optimize', model, '--exclusive', 'off')
    expect(code).toBe(2)
    expect(stderr).toMatch(/Error: .* is a \S+ model\. Only ONNX models run here: export it to ONNX, or pack it/)
  },
)

test('options of build alone are no options of optimize', async () => {
  const { code, stderr } = await navpkg('optimize', 'm.onnx', '--jit-type', 'trace')
  expect(code).toBe(2)
  expect(stderr).toContain("unknown option '--jit-type'")
})

/** Builds `out.nav` in the folder and opens it. */
async function built(folder: string, model: string, ...flags: string[]) {
  const output = path.join(folder, 'out.nav')
  const { code, stderr } = await navpkg('build', model, '--output', output, ...flags)
  if (code !== 0) throw new Error(stderr)
  const navPackage = await openNavPackage(output, path.join(folder, `opened-${String(Math.random())}`))
  const json = (await contentOf(navPackage.entries, 'navpkg/run-record.json')).toString()
  return { ...navPackage, record: runRecordSchema.parse(JSON.parse(json)) }
}

async function contentOf(entries: NavPackage['entries'], name: string): Promise<Buffer> {
  const entry = entries.get(name)
  if (entry?.kind !== 'disk') throw new Error(`${name} is missing`)
  return readFile(entry.file.path)
}

function shapesOf(tensors: NamedTensors): (readonly number[])[] {
  return [...tensors.values()].map(({ shape }) => shape)
}
