import type { Candidate } from '../plan/candidate.js'

/** Why a candidate gave no figures. */
export const FAILURE_CLASSES = [
  'build-error',
  'load-error',
  'run-error',
  'crashed',
  'timeout',
  'out-of-memory',
  'non-finite',
  'incorrect',
] as const
export type FailureClass = (typeof FAILURE_CLASSES)[number]

/** A number with its 95 % interval, both in the unit of the field's name; null where too few requests were made to know. */
export interface Estimate {
  readonly value: number
  readonly interval: readonly [low: number, high: number] | null
}

/** How the machine behaved while a batch size was measured. */
export interface Noise {
  /** Share of the time the model's thread that waited longest was ready but not running (schedstat), 0 to 1. */
  readonly runQueueShare: number | null
  /** CPU pressure `some avg10` in percent (PSI) just after the measurement; null where unknown. */
  readonly cpuPressurePercent: number | null
  /** How often the kernel took a core away from the process; null where unknown. */
  readonly involuntarySwitches: number | null
  /** null: too few requests to tell. */
  readonly outliers: Outliers | null
  /** Requests of stretches in which no thread waited for a core; null: too few, or not known. */
  readonly quiet: QuietFigures | null
}

/** Requests that took unusually long; they stay in every figure. */
export interface Outliers {
  readonly count: number
  /** Of all requests, 0 to 1. */
  readonly share: number
  readonly causes: Readonly<Record<OutlierCause, number>>
}

/**
 * What made requests slow: a thread of the model waited for a core, the harness collected its garbage, the processor
 * changed its clock, a control group's quota held the process back; or nothing that is measured.
 */
export const OUTLIER_CAUSES = ['runQueue', 'gc', 'clock', 'throttle', 'unknown'] as const
export type OutlierCause = (typeof OUTLIER_CAUSES)[number]

/** Figures beside those of all requests, never instead of them. */
export interface QuietFigures {
  /** Of all requests, 0 to 1. */
  readonly share: number
  readonly p50Ms: number
}

/**
 * What disturbed stretches of consecutive requests. Stretch `i` goes from where the one before ended to before request
 * `end[i]`; times are nanoseconds, NaN where the kernel does not tell.
 */
export interface Stretches {
  readonly end: Int32Array
  readonly wallNs: Float64Array
  /** Waited for a core, by the model's thread that waited longest. */
  readonly runQueueNs: Float64Array
  /** Spent collecting garbage of the harness. */
  readonly gcNs: Float64Array
  /** Held back by a control group's quota. */
  readonly throttledNs: Float64Array
}

/** Raw times of every request in order. `window[i]` counts windows from 0; warm-up requests are not in here. */
export interface RawSamples {
  /** Nanoseconds per request. */
  readonly latencyNs: Float64Array
  readonly window: Int32Array
  /** Which process generation measured it, counted from 0. */
  readonly process: Int32Array
  /** Absent where nothing is known of what disturbed them. */
  readonly stretches?: Stretches
}

/** What one batch size of one candidate gave. */
export interface Measurement {
  /** null when the model is not batched. */
  readonly batchSize: number | null
  readonly requestCount: number
  readonly warmupCount: number
  /** False when the last windows did not agree within the stability percentage: the figures stand, flagged. */
  readonly stable: boolean
  readonly latencyMs: {
    readonly mean: Estimate
    readonly std: Estimate
    readonly p50: Estimate | null
    readonly p90: Estimate | null
    readonly p95: Estimate | null
    readonly p99: Estimate | null
  }
  /** Items per second: 1000 × (batchSize ?? 1) ÷ mean latency. */
  readonly throughputPerSecond: number
  readonly noise: Noise
}

/** One row of status.yaml's `profiling_results`, computed by the real Navigator's own formula; times in milliseconds. */
export interface ProfilingResult {
  readonly sampleId: number
  readonly batchSize: number | null
  readonly avgLatency: number
  readonly stdLatency: number
  readonly p50Latency: number
  readonly p90Latency: number
  readonly p95Latency: number
  readonly p99Latency: number
  readonly throughput: number
  readonly requestCount: number
}

/** How far one output is from the expected one, over all samples. */
export interface OutputDifference {
  readonly name: string
  /** max |expected − got|, as the real Navigator reports it. */
  readonly atol: number
  /** max |expected − got| ÷ |expected|, 0/0 counting as 0. */
  readonly rtol: number
  /** ‖expected − got‖ ÷ ‖expected‖. */
  readonly relativeRms: number
  readonly cosine: number | null
  /** Share of rows whose largest element is at the same place; null for outputs without a class axis. */
  readonly topOneAgreement: number | null
}

export interface Correctness {
  /** `OK` within the bound, `FAIL` beyond it, `NOT-JUDGED` when the model itself is not deterministic. */
  readonly status: 'OK' | 'FAIL' | 'NOT-JUDGED'
  readonly outputs: readonly OutputDifference[]
}

export interface ModelFile {
  /** Absolute path on this machine. */
  readonly path: string
  readonly sha256: string
  readonly bytes: number
}

/** What became of a candidate. Only measured ones carry figures. */
export type Outcome = MeasuredOutcome | FailedOutcome | SkippedOutcome

export interface MeasuredOutcome {
  readonly status: 'measured'
  readonly candidate: Candidate
  readonly file: ModelFile
  readonly loadMs: number
  readonly peakMemoryBytes: number | null
  readonly correctness: Correctness
  /** Ascending batch sizes; at least one. */
  readonly measurements: readonly Measurement[]
  /** Rows for status.yaml; empty unless the candidate fills one. */
  readonly profilingResults: readonly ProfilingResult[]
  /** Raw times by batch size (0 stands for null), the package's `navpkg/samples`. */
  readonly samples: ReadonlyMap<number, RawSamples>
  /** Why the sweep ended early, when it did: out of memory at a batch size, time budget. */
  readonly sweepEnd: string | null
}

export interface FailedOutcome {
  readonly status: 'failed'
  readonly candidate: Candidate
  readonly failureClass: FailureClass
  readonly reason: string
  readonly file: ModelFile | null
  readonly correctness: Correctness | null
}

export interface SkippedOutcome {
  readonly status: 'skipped'
  readonly candidate: Candidate
  readonly reason: string
}
