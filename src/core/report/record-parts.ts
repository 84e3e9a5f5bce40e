import { z } from 'zod'

import { GRAPH_LEVELS } from '../plan/candidate.js'
import { noise } from './environment-record.js'

/** What the schemas of all records are made of. */

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
export const interval = z.tuple([z.number(), z.number()])
/** A number and its 95 % interval; the interval is null when too little was measured to give one. */
export const estimate = z.object({ value: z.number(), interval: interval.nullable() })
export const dimension = z.union([z.number().int(), z.string(), z.null()])
export const batchSize = z.number().int().positive().nullable()

export const tensorSpec = z.object({
  name: z.string(),
  dtype: z.string(),
  shape: z.array(dimension),
  batchAxis: z.number().int().nullable(),
})

export const sessionSettings = z.object({
  graphLevel: z.enum(GRAPH_LEVELS),
  intraOpThreads: z.number().int().positive(),
  spinning: z.boolean(),
  memoryArena: z.boolean(),
})

export const correctness = z.object({
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

export const measurement = z.object({
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
  noise,
})

export const host = z.object({
  cpu: z.string(),
  logicalCores: z.number().int().positive(),
  allowedCores: z.number().int().positive(),
  memoryBytes: z.number().int().positive(),
  platform: z.string(),
  release: z.string(),
  node: z.string(),
})

/** What every record begins with. */
export const origin = {
  tool: z.object({ name: z.string(), version: z.string() }),
  startedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  outcome: z.enum(['done', 'gate-failed', 'bad-input', 'no-candidate', 'machine-failed', 'interrupted']),
  host,
  /** What must agree for figures of another run to be comparable with these. */
  fingerprint: z.record(z.string(), z.string()),
}

/** The software that ran the models. */
export const runtime = z.object({ name: z.string(), version: z.string() })
