import type { RunOutcome } from './errors.js'
import type { FailureClass, Measurement, ProfilingResult } from './measurement/outcome.js'
import type { VariantFile } from './package-winner.js'
import type { SessionSettings } from './plan/candidate.js'
import type { PlannedRow } from './plan/profile-plan.js'
import type { Host } from './platform/host.js'
import type { DataSet, ProfileSample } from './profile-samples.js'
import type { ProfileRecord, StreamRow } from './report/profile-record.js'
import type { ProfileRequest } from './request.js'
import type { MachineWatch } from './machine-watch.js'
import type { Subject } from './subject.js'

/** Everything known of a profile so far; filled in as it goes on, so that a record can be written at any moment. */
export interface ProfileRun {
  readonly request: ProfileRequest
  readonly startedAt: Date
  readonly host: Host
  readonly fingerprint: Record<string, string>
  readonly runtimeVersion: string
  readonly subject: Subject
  readonly dataSet: DataSet
  /** What carries the batch, by input; empty when the model is not batched. */
  readonly batchAxes: ReadonlyMap<string, number>
  /** status.yaml's `batch_dim`. */
  readonly batchDim: 0 | null
  readonly concurrency: readonly number[]
  readonly watch: MachineWatch
  readonly rows: readonly ProfileRow[]
  yaml: ProfileRecord['yaml']
  output: ProfileRecord['output']
  outcome: RunOutcome
  outcomeReason: string | null
  readonly notes: string[]
}

/** One model with one runner, or the winner of the package's record. */
export interface ProfileRow extends PlannedRow {
  /** The winner in the package's record; null for the model as the package has it, at default session options. */
  readonly candidateId: string | null
  readonly settings: SessionSettings | null
  readonly file: VariantFile | null
  /** Why nothing of it was measured; null while it may yet be, and when something was. */
  reason: string | null
  failureClass: FailureClass | null
  loadMs: number | null
  peakMemoryBytes: number | null
  readonly samples: SampleRow[]
  readonly streams: StreamRow[]
}

/** One sample on one row. */
export interface SampleRow {
  readonly sample: ProfileSample
  /** Ascending batch sizes. */
  readonly measurements: Measurement[]
  /** For the real Navigator: what it would keep of the sweep. */
  results: readonly ProfilingResult[]
  /** Why there are no figures, or no further ones. */
  reason: string | null
  /** Whether its model failed on it, rather than that it was left out. */
  hasFailed: boolean
}

/** What people call a row: `onnx on OnnxCPU`, or the winner's id. */
export function nameOf({ modelKey, runner, candidateId }: ProfileRow): string {
  return candidateId === null ? `${modelKey} on ${runner}` : `winner ${candidateId}`
}

export function isMeasured({ samples }: Pick<ProfileRow, 'samples'>): boolean {
  return samples.some(({ measurements }) => measurements.length > 0)
}
