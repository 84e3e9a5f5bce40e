import type { Outcome } from './measurement/outcome.js'
import type { Candidate } from './plan/candidate.js'
import type { Log } from './platform/log.js'

/** Everything the engine needs from the shell around it. */
export interface Environment {
  /** Absolute path of the worker's entry file. */
  readonly workerPath: string
  /** Folder with the embedded runtime archives (`dist/runtime`), or null when there is none. */
  readonly runtimeArchiveDir: string | null
  /** The user's own runtime folder (`--runtime-dir`), or null. */
  readonly runtimeDir: string | null
  /** Where the embedded runtime is unpacked to and kept (`RUNNER_TOOL_CACHE`). */
  readonly toolCacheDir: string
  /** Parent of workspaces (`RUNNER_TEMP`). */
  readonly temporaryDir: string
  /** The record is rewritten here after every candidate, so that a cancelled run leaves what it knew; null for nowhere. */
  readonly recordPath: string | null
  readonly log: Log
  readonly onProgress: (event: ProgressEvent) => void
  readonly signal: AbortSignal
}

/** What a progress display needs to know, in the order it happens. */
export type ProgressEvent =
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'planned'; readonly candidates: readonly Candidate[] }
  | {
      readonly kind: 'candidate-started'
      readonly candidate: Candidate
      readonly index: number
      readonly total: number
    }
  | {
      readonly kind: 'batch-measured'
      readonly candidate: Candidate
      readonly batchSize: number | null
      readonly p50Ms: number | null
      readonly throughputPerSecond: number
    }
  | { readonly kind: 'candidate-finished'; readonly outcome: Outcome; readonly index: number; readonly total: number }
  | {
      readonly kind: 'compared'
      /** How many generations were measured, and how many there may be; null while that is not known. */
      readonly generation: number
      readonly most: number | null
      /** head ÷ base of the first metric so far, of times. */
      readonly ratio: number
    }
  /** One sample at one batch size; `sample` counts from 0. */
  | {
      readonly kind: 'sample-measured'
      readonly name: string
      readonly sample: number
      readonly samples: number
      readonly batchSize: number | null
      readonly p50Ms: number
    }
  | {
      readonly kind: 'streams-measured'
      readonly name: string
      readonly streams: number
      readonly batchSize: number | null
    }
  /** A model with a runner is done. */
  | {
      readonly kind: 'row-profiled'
      readonly name: string
      readonly status: 'OK' | 'FAIL' | 'SKIPPED'
      /** What came of it, in words. */
      readonly text: string
    }
  | { readonly kind: 'settling'; readonly generation: number; readonly generations: number; readonly finalists: number }

/** What a run is doing, in words for people. */
export const STAGE_TEXT = {
  quiet: 'Waiting for a quiet machine',
  read: 'Reading the model',
  reference: 'Running the model as given, to know what to expect',
  screen: 'Checking and measuring',
  settle: 'Measuring the finalists against each other',
  confirm: 'Confirming the speed-up in fresh processes',
  save: 'Saving the package',
  answers: 'Comparing what base and head answer',
  compare: 'Measuring base and head against each other',
  profile: 'Measuring every sample',
  streams: 'Measuring parallel streams',
} as const
export type Stage = keyof typeof STAGE_TEXT
