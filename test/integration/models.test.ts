import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import { type RunRecord, runRecordSchema } from '../../src/core/report/run-record.js'
import { goodModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'

const run = promisify(execFile)
const NAVIGATOR = path.resolve('.cache/navigator/bin/python')
const OCR = path.dirname(CLASSIFIER)
const SILERO = path.resolve('node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx')
/** Real architectures that come with the onnx package of the real Navigator's environment. */
const LIGHT = path.resolve('.cache/navigator/lib')

interface Subject {
  readonly name: string
  readonly model: string
  readonly flags?: readonly string[]
}

/** What the real Navigator 0.14.0 cannot do, whoever wrote the package, with its own error. */
const NO_TRITON_EXPORT = new Map([
  ['silero-vad', 'Empty shape is not supported'],
  ['scalar-input', 'Empty shape is not supported'],
  ['weights-in-branches', 'Empty shape is not supported'],
  ['non-ascii-names', "'ascii' codec can't encode"],
])
/** It passes names to its profiling script as Python text in which it swaps the quotes. */
const NO_PROFILE = new Set(['quoted-names'])

const answerSchema = z.object({
  models: z.record(z.string(), z.object({ recomputed: z.string(), path: z.string(), sha256: z.string() })),
  best: z.record(z.string(), z.tuple([z.string(), z.string()])),
  profile: z.record(z.string(), z.record(z.string(), z.string())),
  triton: z.union([z.record(z.string(), z.string()), z.string()]),
})

const folder = await temporaryFolder()
const subjects = await listSubjects(folder.path)
const records = new Map<string, RunRecord>()
const answers = new Map<string, z.infer<typeof answerSchema>>()

beforeAll(async () => {
  for (const subject of subjects) records.set(subject.name, await optimize(subject))
  const packages = subjects.map(({ name }) => packageOf(name))
  const half = Math.ceil(packages.length / 2)
  const asked = await Promise.all([askNavigator(packages.slice(0, half)), askNavigator(packages.slice(half))])
  for (const [file, answer] of asked.flatMap((one) => Object.entries(one))) {
    answers.set(path.basename(file, '.nav'), answerSchema.parse(answer))
  }
}, 900_000)

afterAll(() => folder[Symbol.asyncDispose]())

describe.each(subjects)('$name', ({ name }) => {
  test('is measured as given, and correct', () => {
    const record = records.get(name)
    expect(record?.outcome).toBe('done')
    const [given] = record?.candidates ?? []
    expect(given).toMatchObject({ key: 'onnx', status: 'measured' })
    expect(given?.correctness.status).toBe(name === 'nondeterministic' ? 'NOT-JUDGED' : 'OK')
    expect(given?.measurements.length).toBeGreaterThan(0)
  })

  test('is the same package to the real Navigator: models, winners, profile and what it deploys', () => {
    const record = records.get(name)
    const [given] = record?.candidates ?? []
    const sha256 = given?.file?.sha256 ?? ''
    const answer = answers.get(name)
    expect(answer?.models).toEqual({ onnx: { recomputed: 'onnx', path: given?.file?.path, sha256 } })
    const { minLatency, maxThroughput } = record?.selection ?? {}
    expect(answer?.best).toEqual({
      MinLatencyStrategy: [minLatency?.key, minLatency?.runner],
      MaxThroughputStrategy: [maxThroughput?.key, maxThroughput?.runner],
    })
    expect(answer?.profile).toEqual({ onnx: { OnnxCPU: NO_PROFILE.has(name) ? 'FAIL' : 'OK' } })
    const impossible = NO_TRITON_EXPORT.get(name)
    if (impossible !== undefined) expect(answer?.triton).toContain(impossible)
    else expect(answer?.triton).toMatchObject({ '1/model.onnx': sha256 })
  })
})

async function listSubjects(workDir: string): Promise<Subject[]> {
  const { stdout } = await run('find', [LIGHT, '-path', '*/light/*', '-name', 'light_*.onnx'])
  const light = ['light_squeezenet', 'light_shufflenet', 'light_inception_v1'].map((name) => {
    const model = stdout.split('\n').find((file) => file.endsWith(`${name}.onnx`))
    return { name, model: model ?? `${name} is missing from ${LIGHT}` }
  })
  const own = Object.entries(goodModels).map(([name, make]) => {
    return { name, model: writeModel(make(), path.join(workDir, 'models', name)) }
  })
  return [
    { name: 'classifier', model: CLASSIFIER, flags: ['--input-shape', 'x=1x3x48x192', '--settings', 'search'] },
    { name: 'detector', model: path.join(OCR, 'ch_PP-OCRv4_det_infer.onnx'), flags: ['--input-shape', 'x=1x3x96x96'] },
    {
      name: 'recognizer',
      model: path.join(OCR, 'ch_PP-OCRv4_rec_infer.onnx'),
      flags: ['--input-shape', 'x=1x3x48x80'],
    },
    { name: 'silero-vad', model: SILERO, flags: ['--input-shape', 'input=1x512', '--input-range', 'sr=16000:16000'] },
    ...light,
    ...own,
  ]
}

function packageOf(name: string): string {
  return path.join(folder.path, `${name}.nav`)
}

/** The committed command line, at few batch sizes. */
async function optimize({ name, model, flags = [] }: Subject): Promise<RunRecord> {
  const json = path.join(folder.path, `${name}.json`)
  const quick = ['--settings', 'default', '--max-batch-size', '2', '--time-budget', '10s', '--exclusive', 'off']
  await run(process.execPath, [
    'dist/cli/index.js',
    'optimize',
    model,
    '--output',
    packageOf(name),
    '--json',
    json,
    ...quick,
    ...flags,
  ])
  return runRecordSchema.parse(JSON.parse(await readFile(json, 'utf8')))
}

async function askNavigator(packages: readonly string[]): Promise<Record<string, unknown>> {
  // Python's default encoding would refuse names that are not ASCII where the locale is none.
  const env = { ...process.env, PYTHONUTF8: '1' }
  const { stdout } = await run(NAVIGATOR, ['test/integration/ask_navigator.py', ...packages], { env })
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout))
}
