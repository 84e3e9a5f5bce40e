import type { z } from 'zod'

import type { Log } from '../../platform/log.js'
import type { NamedTensors } from '../../tensors/tensor.js'
import {
  type Backend,
  BackendFailure,
  type LoadRequest,
  type MeasureRequest,
  type ModelSession,
  type ProcessLimits,
} from '../backend.js'
import { WorkerProcess } from './child-process.js'
import { ANSWERS } from './protocol.js'

export interface OnnxRuntimeOptions {
  /** Absolute path of the worker's entry file. */
  readonly workerPath: string
  /** Absolute path of `onnxruntime_binding.node`; its library lies beside it. */
  readonly bindingPath: string
  readonly version: string
  readonly log: Log
}

/** ONNX Runtime on the CPU, each model in a worker process of its own. */
export function createOnnxRuntimeBackend(options: OnnxRuntimeOptions): Backend {
  const start = (limits: ProcessLimits, signal: AbortSignal): WorkerProcess =>
    new WorkerProcess({ ...options, memoryBytes: limits.memoryBytes, signal })
  return {
    name: 'onnxruntime',
    version: options.version,
    load: (request, signal) => openSession(start(request.limits, signal), request, null),
    optimizeGraph: async (request, signal) => {
      const session = await openSession(start(request.limits, signal), request, request.outputPath)
      await session.close()
    },
    loadNull: (signal) => openSession(start(NULL_LIMITS, signal), null, null),
  }
}

const NULL_LIMITS: ProcessLimits = { memoryBytes: 2 ** 30, loadTimeoutMs: 30_000, requestTimeoutMs: 30_000 }

/** A window may take this many times what the one before took before the process counts as hung. */
const SLOWER_WINDOW = 20

async function openSession(
  worker: WorkerProcess,
  load: LoadRequest | null,
  optimizedPath: string | null,
): Promise<ModelSession> {
  const limits = load?.limits ?? NULL_LIMITS
  const command =
    load === null
      ? ({ kind: 'load-null' } as const)
      : ({ kind: 'load', modelPath: load.modelPath, settings: load.settings, optimizedPath } as const)
  try {
    const loaded = checked(ANSWERS.load, await worker.request(command, () => limits.loadTimeoutMs))
    return sessionOf(worker, limits, loaded)
  } catch (error) {
    await worker.close()
    throw error
  }
}

function sessionOf(worker: WorkerProcess, limits: ProcessLimits, loaded: z.infer<typeof ANSWERS.load>): ModelSession {
  const measure: ModelSession['measure'] = async (request, onWindow) => {
    const timeoutMs = (windowMs: number | null): number => windowTimeoutMs(request, limits, windowMs)
    const answer = await worker.request({ kind: 'measure', ...request }, timeoutMs, onWindow)
    const { latencyNs, window, stretches, ...rest } = checked(ANSWERS.measure, answer)
    const count = latencyNs.length
    if (count === 0 || count !== window.length || (stretches.end.at(-1) ?? 0) > count) {
      throw new BackendFailure('crashed', 'the worker process answered a measurement without times')
    }
    return { ...rest, samples: { latencyNs, window, process: new Int32Array(count), stretches } }
  }
  const close = (): Promise<void> => worker.close()
  return {
    ...loaded,
    infer: async (request: NamedTensors) => {
      return checked(ANSWERS.infer, await worker.request({ kind: 'infer', request }, () => limits.requestTimeoutMs))
    },
    measure,
    peakMemoryBytes: () => Promise.resolve(worker.peakMemoryBytes()),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * The first request is made alone and may take `requestTimeoutMs`. After it signs of life come once a window, so a
 * window, warm-up included, may take as many requests' time again, by what the requests before took.
 */
function windowTimeoutMs({ rule }: MeasureRequest, limits: ProcessLimits, windowMs: number | null): number {
  if (windowMs === null) return limits.requestTimeoutMs
  const requests = rule.warmupRequests + (rule.kind === 'block' ? 1 : rule.windowSize)
  return limits.requestTimeoutMs + SLOWER_WINDOW * (windowMs * requests + (rule.warmupMs ?? 0))
}

function checked<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new BackendFailure('crashed', 'the worker process answered nonsense; its memory was probably damaged')
}
