import { z } from 'zod'

import { METRICS } from '../comparison/metrics.js'
import { VERDICTS } from '../comparison/verdict.js'
import { environment } from './environment-record.js'
import { batchSize, correctness, interval, sessionSettings, sha256, origin, runtime } from './record-parts.js'

export const COMPARISON_SCHEMA_VERSION = '1.0'

/** Why the verdict is what it is, for programs; `explanation` says it for people. */
const REASONS = [
  /** Same model, settings and fingerprint: nothing to measure. */
  'identical',
  'measured',
  'recorded',
  /** Not enough generations fit into the time budget. */
  'time-budget',
  'model-failed',
  'different-inputs',
  'different-fingerprint',
  'no-common-model',
  /** One of the packages has no record of measurements. */
  'not-recorded',
  'interrupted',
  /** The comparison itself could not be made, as with a package that cannot be read. */
  'failed',
] as const

const lane = z.object({
  modelKey: z.string(),
  /** The record's candidate that won with it; null for the model as it is in the package. */
  candidateId: z.string().nullable(),
  sha256,
  settings: sessionSettings,
  batchSize,
})

const metric = z.object({
  name: z.enum(METRICS),
  verdict: z.enum(VERDICTS),
  /** head ÷ base, of times: above 1 the head is slower. null when nothing was measured. */
  ratio: z.number().positive().nullable(),
  /** What the verdict was made by; null when too little was measured. */
  interval: interval.nullable(),
  /** Two-sided confidence of the interval; null without one. */
  level: z.number().nullable(),
  /** A share: 0.05 is 5 %. */
  tolerance: z.number().positive(),
  /** Median over generations: milliseconds of a request for latency-p50, of an item for throughput. */
  baseMs: z.number().positive().nullable(),
  headMs: z.number().positive().nullable(),
  base: lane.nullable(),
  head: lane.nullable(),
})

/** What comparing two packages gave: part of every record of one. */
export const comparisonSchema = z.object({
  verdict: z.enum(VERDICTS),
  reason: z.enum(REASONS),
  explanation: z.string(),
  metrics: z.array(metric),
  /** Sets of fresh processes that were measured. */
  generations: z.number().int().nonnegative(),
  spentMs: z.number().nonnegative(),
  /** Every generation in order: medians in milliseconds per request, by what was measured together. */
  evidence: z.array(
    z.object({
      metrics: z.array(z.enum(METRICS)),
      baseMs: z.array(z.number().positive()),
      headMs: z.array(z.number().positive()),
    }),
  ),
  /** How the head's answers differ from the base's; null when they were not compared. */
  accuracy: z.object({ outputs: correctness.shape.outputs, samples: z.number().int().positive() }).nullable(),
  size: z.object({ baseBytes: z.number().int().nonnegative(), headBytes: z.number().int().nonnegative() }).nullable(),
})

/** What `navpkg compare` writes as JSON. */
export const compareRecordSchema = comparisonSchema.extend({
  schemaVersion: z.literal(COMPARISON_SCHEMA_VERSION),
  ...origin,
  command: z.literal('compare'),
  /** How quiet the machine was; null when nothing was run. */
  environment: environment.nullable(),
  base: z.object({ path: z.string() }),
  head: z.object({ path: z.string() }),
  settings: z.object({
    recorded: z.boolean(),
    timeBudgetMs: z.number().positive(),
    onInconclusive: z.enum(['warn', 'fail']),
    seed: z.number().int(),
    runtime: runtime.nullable(),
  }),
  notes: z.array(z.string()),
})

export type Comparison = z.infer<typeof comparisonSchema>
export type CompareRecord = z.infer<typeof compareRecordSchema>
export type MetricComparison = Comparison['metrics'][number]
