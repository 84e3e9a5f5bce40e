import type { GatePolicy } from './comparison/gate.js'
import type { MetricName } from './comparison/metrics.js'
import type { ObjectiveLimit } from './comparison/objectives.js'
import type { TensorMetadata } from './nav-package/create-status.js'
import type { SerializedModel } from './nav-package/serialized-model.js'
import type { Strategy } from './plan/candidate.js'

export const DEVICES = ['auto', 'cpu', 'cuda', 'webgpu'] as const
export type Device = (typeof DEVICES)[number]

/** What to start from: a model file of the user's, or a Navigator Package whose serialized models are the start. */
export type Source =
  { readonly kind: 'model'; readonly path: string } | { readonly kind: 'package'; readonly path: string }

/** The user's samples: a folder of npz files, or one npz; `axis` splits one npz into requests along that axis. */
export interface SampleSource {
  readonly path: string
  readonly axis: number | null
}

/** What the inputs of a model are fed with. */
export interface SampleOptions {
  readonly samples: SampleSource | null
  /** Shape of one request by input name. */
  readonly inputShapes: ReadonlyMap<string, readonly number[]>
  /** Inclusive bounds of random samples by input name. */
  readonly inputRanges: ReadonlyMap<string, readonly [low: number, high: number]>
}

/** How long and on how much of the machine a run may work, and the seed of what is random in it. */
export interface RunOptions {
  readonly timeBudgetMs: number
  /** Resident memory one model process may use; null for 80 % of what the machine or its cgroup has free. */
  readonly memoryLimitBytes: number | null
  readonly requestTimeoutMs: number
  readonly loadTimeoutMs: number
  /** The user's own workspace; null for one of ours under the temporary folder. */
  readonly workspace: string | null
  /** What to do when another run measures on this host. */
  readonly exclusive: 'wait' | 'fail' | 'off'
  /** How long to wait, before measuring, until nobody else uses the machine; null: not at all. */
  readonly waitForQuietMs: number | null
  readonly seed: number
}

/** All that can be asked of `optimize`, checked and complete. `options.ts` makes one from flags or action inputs. */
export interface OptimizeRequest extends SampleOptions, RunOptions {
  readonly source: Source
  /** Where the package goes; absolute. */
  readonly output: string
  /** Names the model in reports and files. */
  readonly name: string
  /** What it is measured for, such as a runner label; null when the caller does not say. */
  readonly target: string | null
  readonly device: Device
  /** Exactly these, or null for 1, 2, 4 … while throughput grows, up to `maxBatchSize`. */
  readonly batchSizes: readonly number[] | null
  readonly maxBatchSize: number | null
  /** null: every format and runner this machine can run. */
  readonly formats: readonly string[] | null
  readonly runners: readonly string[] | null
  /** `default` tries the model files at default session options only. */
  readonly settings: 'search' | 'default'
  /** Largest relative RMS difference a winner may have. */
  readonly accuracyBudget: number
  readonly strategy: Strategy
  /** Milliseconds; null unless the strategy is `max-throughput-with-latency-budget`. */
  readonly latencyBudgetMs: number | null
  /** Whether the package keeps the samples. */
  readonly saveData: boolean
  readonly resume: boolean
  readonly dryRun: boolean
}

/** A model that is packed as it is: only ONNX models run here, and some others run code as soon as they are loaded. */
export interface SerializedRequest {
  readonly model: Exclude<SerializedModel, { format: 'onnx' }>
  /** -1 is a dynamic size; null: as the samples have them. */
  readonly inputs: readonly TensorMetadata[] | null
  readonly outputs: readonly TensorMetadata[]
  /** Whether the first axis of every tensor is the batch; null: where it is dynamic in all of them. */
  readonly batching: boolean | null
}

/** All that can be asked of `build`. */
export interface BuildRequest extends OptimizeRequest {
  /** null, or nothing, for an ONNX model. */
  readonly serialized?: SerializedRequest | null
}

/** All that can be asked of `compare`, checked and complete; `compare-options.ts` makes one from flags. */
export interface CompareRequest extends SampleOptions, RunOptions {
  /** Absolute paths of the two packages: what it was, and what it is to be. */
  readonly base: string
  readonly head: string
  /** How much slower may still count as the same, by metric, as a share: 0.05 is 5 %. */
  readonly tolerances: Readonly<Record<MetricName, number>>
  /** Compare what the packages' records say, and run nothing. */
  readonly recorded: boolean
  /** Whether a comparison that cannot be decided, or made, fails. */
  readonly onInconclusive: 'warn' | 'fail'
}

/** Where a baseline is looked for. */
export type BaselineInput =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  /** Path of a package. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'artifact'; readonly name: string }
  | { readonly kind: 'release'; readonly tag: string; readonly asset: string }

/** What a run that is done is held to. */
export interface GateRequest extends GatePolicy {
  readonly baseline: BaselineInput
  readonly objectives: readonly ObjectiveLimit[]
  /** How the package is compared with the baseline. */
  readonly comparison: Omit<CompareRequest, 'base' | 'head'>
}

/** What to do and what the result is held to, as `options.ts` makes it from flags or action inputs. */
export interface JudgedRequest extends OptimizeRequest {
  readonly gate: GateRequest
}

/** All that can be asked of `profile`, checked and complete; `profile-options.ts` makes one from flags or action inputs. */
export interface ProfileRequest
  extends
    SampleOptions,
    RunOptions,
    Pick<OptimizeRequest, 'name' | 'target' | 'batchSizes' | 'maxBatchSize' | 'formats' | 'runners'> {
  /** Absolute path of the package. */
  readonly package: string
  /** Where the package goes with the new figures; null to leave it alone. */
  readonly output: string | null
  /** Where the results go as the real Navigator writes them; null for nowhere. */
  readonly yaml: string | null
  /** Numbers of parallel streams; null for 1, 2, 4 … up to the cores there are, and none of them for no streams. */
  readonly concurrency: readonly number[] | null
}
