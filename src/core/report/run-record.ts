import { z } from 'zod'

import { FAILURE_CLASSES } from '../measurement/outcome.js'
import { comparisonSchema } from './comparison.js'
import { OBJECTIVES } from '../comparison/objectives.js'
import { STRATEGIES } from '../plan/candidate.js'
import { environment } from './environment-record.js'
import {
  batchSize,
  correctness,
  interval,
  measurement,
  sessionSettings,
  sha256,
  tensorSpec,
  origin,
  runtime,
} from './record-parts.js'

/**
 * The one document in the middle: everything after measuring (summary, outputs, tables, comparisons) is made from it,
 * so it can be made again without running a model. Written as JSON after every candidate.
 */
export const RECORD_SCHEMA_VERSION = '1.0'

/** All pairs of two records' are looked at, and a record may be a stranger's. */
const settledTimes = z.array(z.number().positive()).max(1000)

const candidate = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  /** The row of status.yaml these figures fill, or null. */
  key: z.string().nullable(),
  modelKey: z.string(),
  format: z.string(),
  runner: z.string(),
  recipe: z.union([
    z.object({ kind: z.literal('as-given') }),
    z.object({ kind: z.literal('graph-optimized'), level: z.literal('extended') }),
  ]),
  settings: sessionSettings,
  /** `path` is where it lies in the package; null when it can be made again from its recipe and is not kept. */
  file: z.object({ path: z.string().nullable(), sha256, bytes: z.number().int().nonnegative() }).nullable(),
  status: z.enum(['measured', 'failed', 'skipped']),
  reason: z.string().nullable(),
  failureClass: z.enum(FAILURE_CLASSES).nullable(),
  /** What the user must do before this candidate may win, such as `needs samples`; null when it may. */
  offer: z.string().nullable(),
  loadMs: z.number().nonnegative().nullable(),
  peakMemoryBytes: z.number().int().nonnegative().nullable(),
  correctness,
  measurements: z.array(measurement),
  /**
   * What it was measured at against the other finalists, one figure per set of fresh processes: milliseconds at the
   * smallest batch size, and of an item at the best one; null for what was no finalist.
   */
  settled: z.object({ latencyMs: settledTimes, itemMs: settledTimes }).nullable(),
})

/** One thing that the user asked of the winner beside not being slower. */
const objective = z.object({
  name: z.enum(OBJECTIVES),
  /** Milliseconds, items per second, megabytes (10^6 bytes), or a relative RMS difference, by the name. */
  limit: z.number(),
  /** What was measured, in the same unit; null when it is not known. */
  value: z.number().nullable(),
  /** null when `value` is. */
  met: z.boolean().nullable(),
})

/** Where a baseline was found. */
const baseline = z.object({
  kind: z.enum(['artifact', 'release', 'file']),
  /** Which one it is, in words that end a sentence: `main at 1a2b3c4, the parent of this commit`. */
  description: z.string(),
  /** The commit it was made of; null where that is not known. */
  commit: z.string().nullable(),
  url: z.string().nullable(),
})

/** Which workflow run measured, as GitHub names it. A stranger's record may say anything here. */
const workflow = z.object({
  repository: z.string(),
  runId: z.number().int().positive(),
  runAttempt: z.number().int().positive(),
  event: z.string(),
  /** Path of the workflow file in the repository; null when the runner does not say. */
  path: z.string().nullable(),
  /** The commit that was checked out; of a pull request mostly the merge of its head into its base. */
  sha: z.string(),
  /** The newest commit of the pull request; `sha` where there is none. */
  headSha: z.string(),
  /** Number of the pull request; null where there is none. */
  pullRequest: z.number().int().positive().nullable(),
})

/** What was decided of the comparison and the objectives. */
const gate = z.object({
  /** `gate-failed` when one of `reasons` counts as a failure here. */
  failed: z.boolean(),
  /** What was not as asked for, a sentence each; also what was only reported. */
  reasons: z.array(z.string()),
})

const choice = z.object({
  candidateId: z.string(),
  key: z.string(),
  runner: z.string(),
  batchSize,
})

export const runRecordSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  ...origin,
  command: z.enum(['optimize', 'build']),
  name: z.string(),
  target: z.string().nullable(),
  /** One sentence on why the outcome is not `done`; null when it is. */
  outcomeReason: z.string().nullable(),
  settings: z.object({
    strategy: z.enum(STRATEGIES),
    latencyBudgetMs: z.number().nullable(),
    accuracyBudget: z.number(),
    device: z.string(),
    timeBudgetMs: z.number(),
    sessionSettings: z.enum(['search', 'default']),
    batchSizes: z.array(z.number().int().positive()).nullable(),
    maxBatchSize: z.number().int().positive().nullable(),
    seed: z.number().int(),
    windowSize: z.number().int().positive(),
    stabilityPercentage: z.number().positive(),
    /** null when no model was run. */
    runtime: runtime.nullable(),
  }),
  model: z.object({
    inputs: z.array(tensorSpec),
    outputs: z.array(tensorSpec),
    /** status.yaml's `batch_dim`: 0, or null when there is none or inputs disagree. */
    batchAxis: z.literal(0).nullable(),
    sha256,
    bytes: z.number().int().nonnegative(),
  }),
  samples: z.object({ origin: z.enum(['user', 'package', 'random']), count: z.number().int().nonnegative() }),
  reference: z
    .object({
      candidateId: z.string(),
      /** relative RMS between the model as given at default options and with graph optimization off (ν). */
      noise: z.number().nullable(),
      deterministic: z.boolean(),
    })
    .nullable(),
  candidates: z.array(candidate),
  /** What the incoming package said of its rows' performance, whatever machine that was measured on. */
  previous: z.array(
    z.object({
      key: z.string(),
      runner: z.string(),
      measurements: z.array(z.object({ batchSize, p50LatencyMs: z.number(), throughputPerSecond: z.number() })),
    }),
  ),
  selection: z
    .object({
      best: choice,
      maxThroughput: choice.nullable(),
      minLatency: choice.nullable(),
      /** Why `best` won, in a sentence. */
      reason: z.string(),
      /** Candidates within the tie margin of the best, which is the simplest of them. */
      ties: z.array(z.string()),
    })
    .nullable(),
  speedUp: z
    .object({
      /** reference ÷ best; above 1 is faster. */
      ratio: z.number().positive(),
      interval: interval.nullable(),
      metric: z.enum(['latency-p50', 'throughput']),
      generations: z.number().int().nonnegative(),
    })
    .nullable(),
  /** With a baseline; null when there was none to compare with. */
  comparison: comparisonSchema.nullable(),
  /** What it was compared with; null when there was nothing. */
  baseline: baseline.nullable().default(null),
  /** Why there was no baseline, or not the one first looked for, a sentence; null when there is nothing to say. */
  baselineNote: z.string().nullable().default(null),
  objectives: z.array(objective).default([]),
  /** null when nothing was asked of the run but to measure. */
  gate: gate.nullable().default(null),
  /** null outside GitHub. */
  workflow: workflow.nullable().default(null),
  /** Cost of the measuring harness itself per request, from a backend that does nothing. */
  harness: z.object({ perRequestMs: z.number().nonnegative() }).nullable(),
  /** null when nothing was measured. */
  environment: environment.nullable().default(null),
  package: z.object({ path: z.string(), bytes: z.number().int(), sha256 }).nullable(),
  statusSha256: sha256.nullable(),
  /** Things the user should know, one sentence each. */
  notes: z.array(z.string()),
})

export type RunRecord = z.infer<typeof runRecordSchema>
export type CandidateRecord = RunRecord['candidates'][number]
export type MeasurementRecord = CandidateRecord['measurements'][number]
export type Objective = RunRecord['objectives'][number]
export type Baseline = NonNullable<RunRecord['baseline']>
export type WorkflowRun = NonNullable<RunRecord['workflow']>
