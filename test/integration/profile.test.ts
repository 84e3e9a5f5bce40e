import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import { type ProfiledRunner, type ProfileRecord, profileRecordSchema } from '../../src/core/report/profile-record.js'
import { writeNpz } from '../../src/core/tensors/npz.js'
import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'

const run = promisify(execFile)
const NAVIGATOR = path.resolve('.cache/navigator/bin/python')
const RECOGNIZER = path.join(path.dirname(CLASSIFIER), 'ch_PP-OCRv4_rec_infer.onnx')
const SILERO = path.resolve('node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx')
const WIDTHS = [32, 40, 48, 64, 80, 96, 112, 128]
const SAMPLES = 40

const row = z.object({
  batch_size: z.number().nullable(),
  avg_latency: z.number(),
  std_latency: z.number(),
  p50_latency: z.number(),
  p90_latency: z.number(),
  p95_latency: z.number(),
  p99_latency: z.number(),
  throughput: z.number(),
  avg_gpu_clock: z.literal('nan'),
  request_count: z.number().int(),
})
const answerSchema = z.object({
  isSameFile: z.boolean(),
  results: z.strictObject({
    models: z.record(
      z.string(),
      z.strictObject({
        runners: z.record(
          z.string(),
          z.strictObject({ status: z.string(), detailed: z.record(z.string(), z.array(z.strictObject(row.shape))) }),
        ),
      }),
    ),
    samples_data: z.record(z.string(), z.record(z.string(), z.array(z.number().int()))),
  }),
})

/** Of every package: our record, our text for people, and what the real Navigator's class has of our file. */
interface Profiled {
  readonly record: ProfileRecord
  readonly text: string
  readonly answer: z.infer<typeof answerSchema>
}

const profiles = new Map<string, Profiled>()
beforeAll(async () => {
  await using folder = await temporaryFolder()
  const place = (name: string): string => path.join(folder.path, name)
  await writeLines(place('lines'))
  await navpkg('build', RECOGNIZER, '--output', place('recognizer.nav'), '--input-shape', 'x=1x3x48x64')
  const sizes = ['--input-shape', 'input=1x512', '--input-shape', 'state=2x1x128', '--input-range', 'sr=16000:16000']
  await navpkg('build', SILERO, '--output', place('silero.nav'), ...sizes)
  const subjects = [
    ['recognizer', place('recognizer.nav'), '--samples', place('lines'), '--batch-sizes', '1', '--time-budget', '60s'],
    ['silero', place('silero.nav'), '--max-batch-size', '4'],
    ['torch-export', path.resolve('test/fixtures/navigator/torch-export.nav'), '--max-batch-size', '4'],
    ['onnx-no-batch', path.resolve('test/fixtures/navigator/onnx-no-batch.nav')],
  ] as const
  const answers = []
  for (const [name, file, ...flags] of subjects) {
    const [json, yaml] = [place(`${name}.json`), place(`${name}.yaml`)]
    const quiet = ['--concurrency', 'off', '--exclusive', 'off']
    const text = await navpkg('profile', file, '--json', json, '--yaml', yaml, ...quiet, ...flags)
    answers.push({ name, yaml, text, record: profileRecordSchema.parse(JSON.parse(await readFile(json, 'utf8'))) })
  }
  const asked = await askNavigator(answers.map(({ yaml }) => yaml))
  for (const { name, text, record } of answers)
    profiles.set(name, { text, record, answer: answerSchema.parse(asked[`${name}.yaml`]) })
}, 600_000)

describe.each(['recognizer', 'silero', 'torch-export', 'onnx-no-batch'])('the results of %s', (name) => {
  test('are those that the real Navigator would write of them again', () => {
    expect(profileOf(name).answer.isSameFile).toBe(true)
  })

  test('say in every field what was measured', () => {
    const { record, answer } = profileOf(name)
    expect(Object.keys(answer.results.models)).toEqual(record.models.map(({ key }) => key))
    for (const { key, runners } of record.models) {
      const found = answer.results.models[key]?.runners ?? {}
      const own = runners.filter(({ candidateId }) => candidateId === null)
      expect(Object.keys(found)).toEqual(own.map(({ runner }) => runner))
      for (const one of own) expectSame(one, found[one.runner], record)
    }
    const shapes = record.models.flatMap(({ runners }) => runners).find(({ status }) => status === 'OK')?.samples ?? []
    expect(answer.results.samples_data).toEqual(
      Object.fromEntries(
        shapes.map(({ id, shapes: inputs }) => [
          `int ${id}`,
          Object.fromEntries(inputs.map((input) => [input.name, input.shape])),
        ]),
      ),
    )
  })
})

type Found = z.infer<typeof answerSchema>['results']['models'][string]['runners'][string]

function expectSame(own: ProfiledRunner, found: Found | undefined, { model }: ProfileRecord): void {
  expect(found?.status).toBe(own.status)
  const measured = own.samples.filter(({ measurements }) => measurements.length > 0)
  expect(Object.keys(found?.detailed ?? {})).toEqual(measured.map(({ id }) => `int ${id}`))
  for (const { id, measurements } of measured) {
    const rows = found?.detailed[`int ${id}`] ?? []
    expect(rows.length).toBeGreaterThan(0)
    // It records batch sizes up to the last that still served more.
    const sizes = measurements.map(({ batchSize }) => (model.batchAxis === 0 ? batchSize : null))
    expect(rows.map((one) => one.batch_size)).toEqual(sizes.slice(0, rows.length))
    for (const one of rows) {
      expect(one.throughput).toBeCloseTo((1000 * (one.batch_size ?? 1)) / one.avg_latency, 6)
      expect(one.p50_latency).toBeLessThanOrEqual(one.p99_latency)
    }
  }
}

test('a recognizer of 40 lines of different widths has a table by shape', () => {
  const { record, text } = profileOf('recognizer')
  const runner = record.models[0]?.runners[0]
  expect(runner?.samples).toHaveLength(SAMPLES)
  expect(runner?.shapes.map(({ shapes, sampleCount }) => [shapes[0]?.shape, sampleCount])).toEqual(
    WIDTHS.map((width) => [[1, 3, 48, width], SAMPLES / WIDTHS.length]),
  )
  for (const width of WIDTHS) expect(text).toMatch(new RegExp(`x 1x3x48x${width} +5 .* /s`))
  expect(text).toMatch(/Slowest: line\d+\.npz /)
})

test('a recurrent model has larger batches in the record, and its batch of one without a size in the results', () => {
  const { record, answer } = profileOf('silero')
  const sizes = record.models[0]?.runners[0]?.samples[0]?.measurements.map(({ batchSize }) => batchSize)
  expect(record.model.batchAxis).toBeNull()
  expect(answer.results.models['onnx']?.runners['OnnxCPU']?.detailed['int 0']?.map((one) => one.batch_size)).toEqual([
    null,
  ])
  expect(sizes).toEqual([1, 2, 4].slice(0, sizes?.length))
})

function profileOf(name: string): Profiled {
  const found = profiles.get(name)
  if (found === undefined) throw new Error(`${name} was not profiled`)
  return found
}

async function writeLines(folder: string): Promise<void> {
  await mkdir(folder)
  for (let index = 0; index < SAMPLES; index++) {
    const width = WIDTHS[index % WIDTHS.length] ?? 0
    const data = new Float32Array(3 * 48 * width).fill(0.5)
    const sample = new Map([['x', { dtype: 'float32', shape: [1, 3, 48, width], data } as const]])
    await writeFile(path.join(folder, `line${index}.npz`), await writeNpz(sample))
  }
}

async function navpkg(...given: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['dist/cli/index.js', ...given], {
    env: { ...process.env, NO_COLOR: '1' },
  })
  return stdout
}

async function askNavigator(files: readonly string[]): Promise<Record<string, unknown>> {
  const script = 'test/integration/read_profiling_results.py'
  const { stdout } = await run(NAVIGATOR, [script, ...files], { maxBuffer: 2 ** 28 })
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout))
}
