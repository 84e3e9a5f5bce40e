import { z } from 'zod'

import { FAILURE_CLASSES } from '../measurement/outcome.js'
import { GRAPH_LEVELS, STRATEGIES } from '../plan/candidate.js'

/**
 * The one document in the middle: everything after measuring (summary, outputs, tables, comparisons) is made from it,
 * so it can be made again without running a model. Written as JSON after every candidate.
 */
export const RECORD_SCHEMA_VERSION = '1.0'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const interval = z.tuple([z.number(), z.number()])
/** A number and its 95 % interval; the interval is null when too little was measured to give one. */
const estimate = z.object({ value: z.number(), interval: interval.nullable() })
const dimension = z.union([z.number().int(), z.string(), z.null()])
const batchSize = z.number().int().positive().nullable()

const tensorSpec = z.object({
  name: z.string(),
  dtype: z.string(),
  shape: z.array(dimension),
  batchAxis: z.number().int().nullable(),
})

const sessionSettings = z.object({
  graphLevel: z.enum(GRAPH_LEVELS),
  intraOpThreads: z.number().int().positive(),
  spinning: z.boolean(),
  memoryArena: z.boolean(),
})

const correctness = z.object({
  status: z.enum(['OK', 'FAIL', 'NOT-JUDGED', 'SKIPPED']),
  outputs: z.array(
    z.object({
      name: z.string(),
      /** null stands for a number JSON cannot carry (infinite). */
      atol: z.number().nullable(),
      rtol: z.number().nullable(),
      relativeRms: z.number().nullable(),
      cosine: z.number().nullable(),
      topOneAgreement: z.number().nullable(),
    }),
  ),
})

const measurement = z.object({
  batchSize,
  requestCount: z.number().int().nonnegative(),
  warmupCount: z.number().int().nonnegative(),
  stable: z.boolean(),
  latencyMs: z.object({
    mean: estimate,
    std: estimate,
    /** null: unknowable from this many requests. */
    p50: estimate.nullable(),
    p90: estimate.nullable(),
    p95: estimate.nullable(),
    p99: estimate.nullable(),
  }),
  throughputPerSecond: z.number().positive(),
  noise: z.object({
    /** Share of the time in which the thread of the model that waited longest was ready but had no core. */
    runQueueShare: z.number().nullable(),
    cpuPressurePercent: z.number().nullable(),
    /** How often the kernel took a core away from the process that measured. */
    involuntarySwitches: z.number().int().nonnegative().nullable().default(null),
    /** Requests that took unusually long, by what made them; they are in every figure above. null: too few to tell. */
    outliers: z
      .object({
        count: z.number().int().nonnegative(),
        share: z.number().min(0).max(1),
        causes: z.object({
          runQueue: z.number().int().nonnegative(),
          gc: z.number().int().nonnegative(),
          clock: z.number().int().nonnegative(),
          throttle: z.number().int().nonnegative(),
          unknown: z.number().int().nonnegative(),
        }),
      })
      .nullable()
      .default(null),
    /** Requests from stretches in which no thread of the model waited for a core; null: too few, or not known. */
    quiet: z
      .object({ share: z.number().min(0).max(1), p50Ms: z.number().positive() })
      .nullable()
      .default(null),
  }),
})

const megahertz = z.number().positive().nullable()
/** What the kernel told of the machine at one moment; null is what it did not tell. */
const machineState = z.object({
  loadAverage: z.number().nonnegative().nullable(),
  runnable: z.number().int().nonnegative().nullable(),
  pressurePercent: z.number().nonnegative().nullable(),
  clockMhz: megahertz,
  governor: z.string().nullable(),
  boost: z.boolean().nullable(),
  quotaCores: z.number().positive().nullable(),
  swapUsedBytes: z.number().nonnegative().nullable(),
  gpus: z
    .array(
      z.object({
        uuid: z.string(),
        name: z.string(),
        clockMhz: z.number().nonnegative().nullable(),
        maxClockMhz: z.number().nonnegative().nullable(),
        temperatureC: z.number().nullable(),
        utilizationPercent: z.number().nonnegative().nullable(),
        slowedBy: z.array(z.string()),
        otherProcesses: z.number().int().nonnegative().nullable(),
      }),
    )
    .nullable(),
})

/** How the machine was before and while something was measured on it. */
const environment = z.object({
  before: machineState,
  after: machineState,
  during: z.array(
    z.object({
      /** Since the run began. */
      startMs: z.number().nonnegative(),
      durationMs: z.number().nonnegative(),
      /** Cores' worth that processes which are not ours used, and that neighbours of a virtual machine took. */
      othersCores: z.number().nonnegative().nullable(),
      stolenCores: z.number().nonnegative().nullable(),
      /** Share of the time in which some task waited for a core, ours included. */
      stalledShare: z.number().min(0).max(1).nullable(),
      /** Time for which control groups held tasks back. */
      throttledMs: z.number().nonnegative().nullable(),
      thermalThrottles: z.number().int().nonnegative().nullable(),
      swappedBytes: z.number().nonnegative().nullable(),
      clockMhz: megahertz,
    }),
  ),
  /** What disturbed, one sentence each, the worst first; names of processes in them are a stranger's text. */
  warnings: z.array(z.string()),
})

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
})

const choice = z.object({
  candidateId: z.string(),
  key: z.string(),
  runner: z.string(),
  batchSize,
})

export const runRecordSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  tool: z.object({ name: z.string(), version: z.string() }),
  command: z.enum(['optimize', 'build']),
  name: z.string(),
  target: z.string().nullable(),
  startedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  outcome: z.enum(['done', 'gate-failed', 'bad-input', 'no-candidate', 'machine-failed', 'interrupted']),
  /** One sentence on why the outcome is not `done`; null when it is. */
  outcomeReason: z.string().nullable(),
  host: z.object({
    cpu: z.string(),
    logicalCores: z.number().int().positive(),
    allowedCores: z.number().int().positive(),
    memoryBytes: z.number().int().positive(),
    platform: z.string(),
    release: z.string(),
    node: z.string(),
  }),
  /** What must agree for recorded figures to be comparable. */
  fingerprint: z.record(z.string(), z.string()),
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
    runtime: z.object({ name: z.string(), version: z.string() }).nullable(),
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
  comparison: z.null(),
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

/** The record's JSON Schema (draft 2020-12) as published in `schemas/run-record.schema.json`. */
export function recordJsonSchema(): object {
  return z.toJSONSchema(runRecordSchema)
}
