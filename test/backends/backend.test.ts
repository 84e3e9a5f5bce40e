import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

import { afterEach, describe, expect, it, vi } from 'vitest'

import type { ModelSession, ProcessLimits } from '../../src/core/backends/backend.js'
import { createOnnxRuntimeBackend } from '../../src/core/backends/onnxruntime/backend.js'
import type { SamplingRule } from '../../src/core/measurement/sampling.js'
import type { SessionSettings } from '../../src/core/plan/candidate.js'
import { resolveRuntime } from '../../src/core/platform/runtime-folder.js'
import type { NamedTensors } from '../../src/core/tensors/tensor.js'
import { goodModels, harmfulModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'
import { WORKER_PATH } from '../support/built-paths.js'

const silent = (): void => undefined
const LOG = { debug: silent, info: silent, warn: silent }
const LIMITS: ProcessLimits = { memoryBytes: 2 ** 32, loadTimeoutMs: 20_000, requestTimeoutMs: 20_000 }
const SMALL_BLOCK: SamplingRule = { kind: 'block', warmupRequests: 1, minRequests: 3, minDurationMs: 0 }
/** Outlasts every test, so that whatever ends it came from outside. */
const LONG_BLOCK: SamplingRule = { kind: 'block', warmupRequests: 0, minRequests: 3, minDurationMs: 600_000 }
const IMAGE: NamedTensors = new Map([
  ['x', { dtype: 'float32', shape: [1, 3, 48, 192], data: new Float32Array(3 * 48 * 192).fill(0.5) }],
])
const ROW: NamedTensors = new Map([['x', { dtype: 'float32', shape: [1, 4], data: Float32Array.of(1, 2, 3, 4) }]])

afterEach(() => {
  vi.unstubAllEnvs()
  expect(workers(), 'worker processes left').toEqual([])
})

describe('a good model', () => {
  it('answers with finite values of the shape it declares', async () => {
    await using session = await load(CLASSIFIER)
    const outputs = [...(await session.infer(IMAGE)).values()]
    expect(outputs.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual([{ dtype: 'float32', shape: [1, 2] }])
    expect(outputs.flatMap(({ data }) => [...data]).map((value) => Number.isFinite(value))).toEqual([true, true])
  })

  it.each([1, 4])('is measured at batch %i, each request once', async (batchSize) => {
    await using session = await load(CLASSIFIER)
    const { samples, warmupCount, stable } = await session.measure({
      request: IMAGE,
      batchAxes: new Map([['x', 0]]),
      batchSize,
      rule: SMALL_BLOCK,
    })
    expect([...samples.latencyNs].map((latency) => latency > 0)).toEqual([true, true, true])
    expect({ window: samples.window, process: samples.process, warmupCount, stable }).toEqual({
      window: new Int32Array(3),
      process: new Int32Array(3),
      warmupCount: 2,
      stable: true,
    })
    // What disturbed them is known for every request.
    expect(samples.stretches?.end.at(-1)).toBe(3)
    expect(samples.stretches?.wallNs.every((wallNs) => wallNs > 0)).toBe(true)
  })
})

it('repeats the request along its batch axis, which a model of a fixed size refuses', async () => {
  await using folder = await temporaryFolder()
  await using session = await load(writeModel(goodModels['no-batch-axis'](), folder.path))
  const request: NamedTensors = new Map([['x', { dtype: 'float32', shape: [3, 5], data: new Float32Array(15) }]])
  const given = { request, batchAxes: new Map([['x', 0]]), rule: SMALL_BLOCK }
  await expect(session.measure({ ...given, batchSize: 2 })).rejects.toMatchObject({ failureClass: 'run-error' })
  expect((await session.measure({ ...given, batchSize: null })).samples.latencyNs).toHaveLength(3)
})

describe('a harmful model', () => {
  it('is ended when it does not answer in time, and stays ended', async () => {
    await using folder = await temporaryFolder()
    await using session = await load(writeModel(harmfulModels.hang(), folder.path), { requestTimeoutMs: 1500 })
    await expect(session.infer(ROW)).rejects.toMatchObject({ name: 'BackendFailure', failureClass: 'timeout' })
    await expect(session.infer(ROW)).rejects.toMatchObject({ name: 'BackendFailure', failureClass: 'timeout' })
  })

  it.runIf(process.platform === 'linux')('is ended when it takes more memory than it may', async () => {
    await using folder = await temporaryFolder()
    const model = writeModel(harmfulModels['huge-allocation'](), folder.path)
    await using session = await load(model, { memoryBytes: 600e6 })
    await expect(session.infer(ROW)).rejects.toMatchObject({ name: 'BackendFailure', failureClass: 'out-of-memory' })
  })
})

it.runIf(process.platform === 'linux' && availableParallelism() > 1)(
  'lets threads sleep between their shares of the work only where spinning is off',
  async () => {
    expect(await sleepsWith(false)).toBeGreaterThan(10 * (await sleepsWith(true)))
  },
)

describe.runIf(process.platform === 'linux')('the process of a model', () => {
  it('is reported as crashed, with the signal, when something kills it', async () => {
    await using session = await load(CLASSIFIER)
    const measured = measureLong(session, () => {
      for (const pid of workers()) process.kill(pid, 'SIGKILL')
    })
    await expect(measured).rejects.toMatchObject({
      name: 'BackendFailure',
      failureClass: 'crashed',
      message: expect.stringContaining('SIGKILL') as string,
    })
  })

  it('ends as interrupted when the run is aborted', async () => {
    const abort = new AbortController()
    await using session = await load(CLASSIFIER, {}, abort.signal)
    const measured = measureLong(session, () => {
      abort.abort()
    })
    await expect(measured).rejects.toMatchObject({ name: 'NavigatorError', code: 'interrupted' })
  })

  it('is not kept when the run was aborted before', async () => {
    await expect(load(CLASSIFIER, {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' })
  })

  it('sees a few harmless variables: no tokens, no inputs of the action, nothing that changes Node', async () => {
    for (const name of ['GITHUB_TOKEN', 'INPUT_X', 'ACTIONS_RUNTIME_TOKEN', 'GITHUB_OUTPUT', 'AWS_SECRET_ACCESS_KEY'])
      vi.stubEnv(name, 'secret')
    vi.stubEnv('NODE_OPTIONS', '--no-warnings')
    await using session = await load(CLASSIFIER)
    const environments = workers().map((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8'))
    expect(environments).toHaveLength(1)
    const names = environments[0]?.split('\0').flatMap((entry) => entry.split('=')[0] || [])
    const harmless = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TEMP', 'TMP', 'LD_LIBRARY_PATH']
    const ofTheChannel = ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE']
    const ours = ['ORT_DISABLE_TELEMETRY', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_', ...ofTheChannel]
    expect(names).toEqual(expect.arrayContaining(['PATH', ...ours]))
    expect(names?.filter((name) => ![...harmless, ...ours].includes(name))).toEqual([])
    await session.close()
  })
})

it('keeps no diary: ONNX Runtime writes no file of its own, neither an identifier nor what it would send', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['HOME', 'TMPDIR']) vi.stubEnv(name, folder.path)
  const session = await load(CLASSIFIER)
  await session.infer(IMAGE)
  await session.close()
  expect(readdirSync(folder.path, { recursive: true })).toEqual([])
})

async function load(
  modelPath: string,
  limits: Partial<ProcessLimits> = {},
  signal: AbortSignal = new AbortController().signal,
  changes: Partial<SessionSettings> = {},
): Promise<ModelSession> {
  const options = { runtimeDir: null, runtimeArchiveDir: null, toolCacheDir: 'unused' }
  const { bindingPath, version } = await resolveRuntime(options, LOG)
  const backend = createOnnxRuntimeBackend({ workerPath: WORKER_PATH, bindingPath, version, log: LOG })
  const settings = { graphLevel: 'all', intraOpThreads: 1, spinning: false, memoryArena: true, ...changes } as const
  return backend.load({ modelPath, settings, limits: { ...LIMITS, ...limits } }, signal)
}

/** How often threads of the only worker went to sleep while it answered some requests. */
async function sleepsWith(spinning: boolean): Promise<number> {
  await using session = await load(CLASSIFIER, {}, undefined, { intraOpThreads: 2, spinning })
  const [pid] = workers()
  const sleeps = (): number =>
    readdirSync(`/proc/${pid}/task`)
      .map((task) => textOf(`/proc/${pid}/task/${task}/status`))
      .reduce((sum, text) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1] ?? 0), 0)
  const rule = { kind: 'block', warmupRequests: 5, minRequests: 200, minDurationMs: 0 } as const
  const before = sleeps()
  await session.measure({ request: IMAGE, batchAxes: new Map(), batchSize: null, rule })
  return sleeps() - before
}

/** Measures until something ends it; `onFirst` is called while requests are being answered. */
function measureLong(session: ModelSession, onFirst: () => void): Promise<unknown> {
  const request = { request: IMAGE, batchAxes: new Map<string, number>(), batchSize: null, rule: LONG_BLOCK }
  return session.measure(request, onFirst)
}

/** The ids of this process's children that run the worker. */
function workers(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid && textOf(`/proc/${pid}/cmdline`).includes(WORKER_PATH))
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1])
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
