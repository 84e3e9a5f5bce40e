import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

import {
  feedsOf,
  fetchesOf,
  loadBinding,
  type NativeBinding,
  type NativeSession,
  sessionOptions,
  specsOf,
  tensorsOf,
} from '../core/backends/onnxruntime/binding.js'
import type { WorkerCommand, WorkerMessage, WorkerRequest } from '../core/backends/onnxruntime/protocol.js'
import type { FailureClass } from '../core/measurement/outcome.js'
import { runSampling } from '../core/measurement/sampling-loop.js'
import { repeatAlongAxis } from '../core/tensors/repeat.js'
import type { NamedTensors, TensorSpec } from '../core/tensors/tensor.js'
import { NoiseMeter, threadIds } from './noise-meter.js'

/**
 * The child process that holds native code. One model, one request at a time; the parent watches its time and memory
 * and kills it. Its arguments are the path of the native binding
 * and the parent's process id.
 */
interface Loaded {
  readonly run: (request: NamedTensors) => () => unknown
  readonly infer: (request: NamedTensors) => NamedTensors
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** Ids of the threads that run it, this one first. */
  readonly threads: readonly number[]
}

/** Ends this process when its parent is gone, even while native code keeps the main thread busy. */
const WATCHDOG = `
const { workerData } = require('node:worker_threads')
const pause = new Int32Array(new SharedArrayBuffer(4))
while (process.ppid === workerData.parent) Atomics.wait(pause, 0, 0, 200)
process.kill(process.pid, 'SIGKILL')
`

const PROGRESS_EVERY_MS = 200

let loaded: Loaded | null = null
let binding: NativeBinding | null = null

start()

function start(): void {
  const parent = Number(process.argv[3])
  new Worker(WATCHDOG, { eval: true, workerData: { parent } }).unref()
  process.on('disconnect', () => process.exit(0))
  // The kernel should take this process first when memory runs out.
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Not Linux, or not allowed: nothing depends on it.
  }
  process.on('message', (request: WorkerRequest) => {
    void answer(request)
  })
  say({ kind: 'ready' })
}

function say(message: WorkerMessage): void {
  process.send?.(message)
}

async function answer(request: WorkerRequest): Promise<void> {
  const { id } = request
  try {
    say({ kind: 'answer', id, value: await perform(request) })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    say({ kind: 'failure', id, failureClass: failureClassOf(request.kind, message), message })
  }
}

function failureClassOf(kind: WorkerCommand['kind'], message: string): FailureClass {
  if (/bad_alloc|failed to allocate|out of memory/i.test(message)) return 'out-of-memory'
  return kind === 'load' ? 'load-error' : 'run-error'
}

function perform(request: WorkerRequest): unknown {
  switch (request.kind) {
    case 'load':
      return load(request)
    case 'load-null':
      loaded = { run: () => () => undefined, infer: () => new Map(), inputs: [], outputs: [], threads: [process.pid] }
      return { loadMs: 0, inputs: [], outputs: [] }
    case 'infer':
      return need(loaded).infer(request.request)
    case 'measure':
      return measure(request)
  }
}

function load(command: Extract<WorkerCommand, { kind: 'load' }>): unknown {
  binding ??= loadBinding(process.argv[2] ?? '')
  const session = new binding.InferenceSession()
  const others = new Set(threadIds())
  const start = performance.now()
  session.loadModel(command.modelPath, sessionOptions(command.settings, command.optimizedPath))
  const loadMs = performance.now() - start
  // The session's own threads are those that came with it.
  const threads = [process.pid, ...threadIds().filter((id) => !others.has(id))]
  loaded = { ...loadedFrom(session), threads }
  return { loadMs, inputs: loaded.inputs, outputs: loaded.outputs }
}

function loadedFrom(session: NativeSession): Omit<Loaded, 'threads'> {
  const outputs = specsOf(session.outputMetadata)
  const fetches = fetchesOf(outputs)
  const run = (request: NamedTensors) => {
    const feeds = feedsOf(request)
    return () => session.run(feeds, fetches, {})
  }
  const infer = (request: NamedTensors): NamedTensors => tensorsOf(session.run(feedsOf(request), fetches, {}))
  return { run, infer, inputs: specsOf(session.inputMetadata), outputs }
}

async function measure(request: Extract<WorkerRequest, { kind: 'measure' }>): Promise<unknown> {
  const { id, batchAxes, batchSize, rule } = request
  const batch = new Map(
    [...request.request].map(([name, tensor]) => {
      const axis = batchAxes.get(name)
      return [name, axis === undefined || batchSize === null ? tensor : repeatAlongAxis(tensor, axis, batchSize)]
    }),
  )
  const { run, threads } = need(loaded)
  const requestOnce = run(batch)
  // The first request alone, so that the parent can tell a model that hangs from one that is slow.
  const before = performance.now()
  requestOnce()
  say({ kind: 'progress', id, windowMs: performance.now() - before })
  let lastSaid = performance.now()
  const onWindow = (windowMs: number): void => {
    if (performance.now() - lastSaid < PROGRESS_EVERY_MS) return
    lastSaid = performance.now()
    say({ kind: 'progress', id, windowMs })
  }
  const meter = new NoiseMeter(threads, nowNs)
  const startNs = sharedNowNs()
  const sampled = runSampling(rule, requestOnce, nowNs, onWindow, meter)
  const span = { startNs, endNs: sharedNowNs() }
  return { ...sampled, span, warmupCount: sampled.warmupCount + 1, ...(await meter.finish()) }
}

const nowNs = (): number => performance.now() * 1e6
/** Of the machine rather than of this process, so that processes can be compared. */
const sharedNowNs = (): number => Number(process.hrtime.bigint())

function need(value: Loaded | null): Loaded {
  if (value === null) throw new Error('no model is loaded')
  return value
}
