import { z } from 'zod'

import { FAILURE_CLASSES } from '../measurement/outcome.js'
import { environment } from './environment-record.js'
import {
  batchSize,
  estimate,
  measurement,
  sessionSettings,
  sha256,
  tensorSpec,
  origin,
  runtime,
} from './record-parts.js'

/** Of the record of `profile`. Written as JSON while it goes on; everything that is shown of a profile is made from it. */
export const PROFILE_SCHEMA_VERSION = '1.0'

const count = z.number().int().nonnegative()
const spread = z.object({ min: z.number(), mean: z.number(), max: z.number() })
/** Shapes of the inputs of one request, in the model's order. */
const shapes = z.array(z.object({ name: z.string(), shape: z.array(count) }))
const status = z.enum(['OK', 'FAIL', 'SKIPPED'])

/** Figures of several samples at one batch size: over those that were measured at it. */
const overSamples = z.object({
  batchSize,
  sampleCount: count,
  p50LatencyMs: spread,
  throughputPerSecond: spread,
})

const profiledSample = z.object({
  /** Place in the data set, from 0. */
  id: count,
  name: z.string(),
  shapes,
  status,
  /** Why there are no figures, or no further ones; null when there is nothing to say. */
  reason: z.string().nullable(),
  measurements: z.array(measurement),
})

const streamRow = z.object({
  /** How many requests were served at a time, each in a process of its own. */
  streams: z.number().int().positive(),
  threadsPerStream: z.number().int().positive(),
  batchSize,
  sampleId: count,
  /** null where it was not measured, with the reason. */
  figures: z
    .object({
      /** For how long all streams were busy; only that time counts. */
      overlapMs: z.number().positive(),
      requestCount: count,
      throughputPerSecond: z.number().nonnegative(),
      p50LatencyMs: estimate.nullable(),
      p99LatencyMs: estimate.nullable(),
    })
    .nullable(),
  reason: z.string().nullable(),
})

const profiledRunner = z.object({
  runner: z.string(),
  /** null: the model as the package has it, at default session options. Else the winner in the package's own record. */
  candidateId: z.string().nullable(),
  /** null where it was not run. */
  settings: sessionSettings.nullable(),
  file: z.object({ path: z.string(), sha256, bytes: count }).nullable(),
  status,
  reason: z.string().nullable(),
  failureClass: z.enum(FAILURE_CLASSES).nullable(),
  /** Whether it was asked for: what was not is in no other tool's results. */
  isAskedFor: z.boolean(),
  loadMs: z.number().nonnegative().nullable(),
  peakMemoryBytes: count.nullable(),
  samples: z.array(profiledSample),
  overSamples: z.array(overSamples),
  /** The same by the shapes of the samples; empty when all have the same. */
  shapes: z.array(z.object({ shapes, sampleCount: count, overSamples: z.array(overSamples) })),
  /** Those with the highest median at the smallest batch size, the slowest first; empty below three samples. */
  slowest: z.array(
    z.object({ sampleId: count, name: z.string(), p50LatencyMs: z.number(), timesTheMedian: z.number() }),
  ),
  concurrency: z.array(streamRow),
})

export const profileRecordSchema = z.object({
  schemaVersion: z.literal(PROFILE_SCHEMA_VERSION),
  ...origin,
  command: z.literal('profile'),
  name: z.string(),
  target: z.string().nullable(),
  /** One sentence on why the outcome is not `done`; null when it is. */
  outcomeReason: z.string().nullable(),
  settings: z.object({
    batchSizes: z.array(z.number().int().positive()).nullable(),
    maxBatchSize: z.number().int().positive().nullable(),
    concurrency: z.array(z.number().int().positive()),
    formats: z.array(z.string()).nullable(),
    runners: z.array(z.string()).nullable(),
    timeBudgetMs: z.number().positive(),
    seed: z.number().int(),
    windowSize: z.number().int().positive(),
    stabilityPercentage: z.number().positive(),
    runtime,
  }),
  /** The package that was profiled. */
  package: z.object({ path: z.string() }),
  model: z.object({
    inputs: z.array(tensorSpec),
    outputs: z.array(tensorSpec),
    /** status.yaml's `batch_dim`: 0, or null when there is none or inputs disagree. */
    batchAxis: z.literal(0).nullable(),
  }),
  samples: z.object({
    origin: z.enum(['user', 'package', 'random']),
    count,
    /** Every combination of shapes there is, and how many samples have it. */
    shapes: z.array(z.object({ shapes, count })),
    /** Of which the rows of status.yaml are, and the parallel streams. */
    profilingId: count,
  }),
  models: z.array(z.object({ key: z.string(), format: z.string(), runners: z.array(profiledRunner) })),
  /** What the package said of its rows' performance, whatever machine that was measured on. */
  previous: z.array(
    z.object({
      key: z.string(),
      runner: z.string(),
      measurements: z.array(z.object({ batchSize, p50LatencyMs: z.number(), throughputPerSecond: z.number() })),
    }),
  ),
  /** How quiet the machine was; null when nothing was measured. */
  environment: environment.nullable(),
  /** The real Navigator's file; null when none was asked for. */
  yaml: z.object({ path: z.string() }).nullable(),
  /** The package with the new figures; null when none was asked for. */
  output: z.object({ path: z.string(), bytes: count, sha256 }).nullable(),
  /** Things the user should know, one sentence each. */
  notes: z.array(z.string()),
})

export type ProfileRecord = z.infer<typeof profileRecordSchema>
export type ProfiledModel = ProfileRecord['models'][number]
export type ProfiledRunner = ProfiledModel['runners'][number]
export type ProfiledSample = ProfiledRunner['samples'][number]
export type StreamRow = ProfiledRunner['concurrency'][number]
