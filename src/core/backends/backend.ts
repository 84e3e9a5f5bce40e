import type { FailureClass, RawSamples } from '../measurement/outcome.js'
import type { SamplingRule } from '../measurement/sampling.js'
import type { SessionSettings } from '../plan/candidate.js'
import type { NamedTensors, TensorSpec } from '../tensors/tensor.js'

/** What may end a process: exceeded limits become a {@link BackendFailure}. */
export interface ProcessLimits {
  /** Resident memory of the process, bytes. */
  readonly memoryBytes: number
  readonly loadTimeoutMs: number
  /** For one request; a measurement of many requests is watched request by request. */
  readonly requestTimeoutMs: number
}

export interface LoadRequest {
  readonly modelPath: string
  readonly settings: SessionSettings
  readonly limits: ProcessLimits
}

export interface MeasureRequest {
  /** One request at batch 1 (or as given when the model is not batched); repeated along each input's batch axis. */
  readonly request: NamedTensors
  readonly batchAxes: ReadonlyMap<string, number>
  readonly batchSize: number | null
  readonly rule: SamplingRule
}

export interface RawMeasurement {
  /** `process` is all zeros: one session is one process generation. */
  readonly samples: RawSamples
  readonly warmupCount: number
  readonly stable: boolean
  /** From before the first request, warm-up included, to after the last, on a clock that all processes share. */
  readonly span: { readonly startNs: number; readonly endNs: number }
  /** How often the kernel took a core away from the process; null where it does not tell. */
  readonly involuntarySwitches: number | null
  /** The clock of the core it ran on was another afterwards, or the core slowed down because it was hot. */
  readonly clockChanged: boolean
}

/**
 * One loaded model in one process of its own. Requests go one at a time.
 * Every method throws {@link BackendFailure} when the model, not we, is at fault; the session is dead after `crashed`,
 * `timeout` and `out-of-memory`.
 */
export interface ModelSession extends AsyncDisposable {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly loadMs: number
  infer(request: NamedTensors): Promise<NamedTensors>
  /** `onWindow` is called with the mean latency (ms) of every finished window. */
  measure(request: MeasureRequest, onWindow?: (meanMs: number) => void): Promise<RawMeasurement>
  /** High-water mark of the process so far; null where unknown. */
  peakMemoryBytes(): Promise<number | null>
  close(): Promise<void>
}

/** A way to run models. Another format or device is another backend. */
export interface Backend {
  readonly name: string
  /** The version that will be used, for records; throws NavigatorError `runtime-unavailable` when it cannot run here. */
  readonly version: string
  load(request: LoadRequest, signal: AbortSignal): Promise<ModelSession>
  /** Writes the model with its graph optimized offline at `extended` to `outputPath`. Throws {@link BackendFailure}. */
  optimizeGraph(request: LoadRequest & { outputPath: string }, signal: AbortSignal): Promise<void>
  /** A session that answers at once with nothing: measures what the harness itself costs. */
  loadNull(signal: AbortSignal): Promise<ModelSession>
}

/** The model failed: it could not load, run, or stay within its limits. Other candidates go on. */
export class BackendFailure extends Error {
  readonly failureClass: FailureClass
  /** The last lines the process wrote, already neutralised for logs. */
  readonly tail: string

  constructor(failureClass: FailureClass, message: string, tail = '') {
    super(message)
    this.name = 'BackendFailure'
    this.failureClass = failureClass
    this.tail = tail
  }
}
