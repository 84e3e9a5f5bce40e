import type { MeasureRequest, ModelSession, RawMeasurement } from './backends/backend.js'
import { noiseOf } from './measurement/outliers.js'
import type { Measurement, ProfilingResult, RawSamples } from './measurement/outcome.js'
import { profilingResult } from './measurement/profiling-result.js'
import type { SamplingRule } from './measurement/sampling.js'
import { summarise } from './measurement/summary.js'
import { createSweep, type Sweep } from './plan/batch-sizes.js'
import { cpuPressurePercent } from './platform/host.js'

/** The real Navigator's defaults (its `configuration/constants.py`), with our minimum and longest time added. */
export const PROFILE = {
  windowSize: 25,
  stabilityPercentage: 10,
  stabilizationWindows: 3,
  minTrials: 3,
  maxTrials: 10,
  throughputCutoffThreshold: 0.05,
  throughputBackoffLimit: 2,
  minDurationMs: 300,
  maxDurationMs: 10_000,
} as const

/** The real Navigator's rule for when larger batches gain nothing; sizes that were asked for by number are all made. */
export function newSweep({ batchSizes }: { readonly batchSizes: readonly number[] | null }): Sweep {
  return createSweep({
    threshold: batchSizes === null ? PROFILE.throughputCutoffThreshold : null,
    backoffLimit: PROFILE.throughputBackoffLimit,
  })
}

/** What one batch size of one request gave. */
export interface MeasuredBatch {
  readonly samples: RawSamples
  readonly measurement: Measurement
  /** By the real Navigator's formula, of sample 0. */
  readonly result: ProfilingResult
}

/** How long one batch size is to take; the window shrinks to fit, but not below `smallestWindow`. */
export interface BatchTime {
  readonly minDurationMs: number
  readonly maxDurationMs: number
  readonly smallestWindow: number
}

/**
 * Measures a request at one batch size until windows agree, by {@link PROFILE}. `previous` is what a smaller batch size
 * of the same request gave, from which it is known how long this one takes. Throws BackendFailure when the model fails.
 */
export async function measureBatch(
  session: ModelSession,
  serving: Pick<MeasureRequest, 'request' | 'batchAxes'>,
  batchSize: number | null,
  previous: Measurement | undefined,
  time: BatchTime = { ...PROFILE, smallestWindow: 1 },
): Promise<MeasuredBatch> {
  const expectedMs = await estimateMs(session, serving, batchSize, previous)
  const windowSize = windowSizeFor(expectedMs, time)
  const neededMs = PROFILE.minTrials * windowSize * expectedMs
  const rule: SamplingRule = {
    kind: 'until-stable',
    ...PROFILE,
    minDurationMs: time.minDurationMs,
    maxDurationMs: Math.min(PROFILE.maxDurationMs, Math.max(time.maxDurationMs, neededMs)),
    warmupRequests: 2,
    windowSize,
  }
  const raw = await session.measure({ ...serving, batchSize, rule })
  const { samples, warmupCount, stable } = raw
  const noise = noiseOf(samples, raw, cpuPressurePercent())
  return {
    samples,
    measurement: summarise(samples, batchSize, { warmupCount, stable, noise }),
    result: profilingResult(samples, batchSize, windowSizeOf(raw), PROFILE.stabilizationWindows),
  }
}

/** As many requests as let the smallest number of trials fit into the time. */
function windowSizeFor(expectedMs: number, { maxDurationMs, smallestWindow }: BatchTime): number {
  const fitting = (durationMs: number): number =>
    Math.floor(durationMs / PROFILE.minTrials / Math.max(expectedMs, 0.001))
  const wanted = Math.max(smallestWindow, fitting(maxDurationMs))
  return Math.max(1, Math.min(PROFILE.windowSize, wanted, fitting(PROFILE.maxDurationMs)))
}

async function estimateMs(
  session: ModelSession,
  serving: Pick<MeasureRequest, 'request' | 'batchAxes'>,
  batchSize: number | null,
  previous: Measurement | undefined,
): Promise<number> {
  if (previous !== undefined) {
    return previous.latencyMs.mean.value * ((batchSize ?? 1) / (previous.batchSize ?? 1))
  }
  const rule: SamplingRule = { kind: 'block', warmupRequests: 1, minRequests: 1, minDurationMs: 0 }
  const probe = await session.measure({ ...serving, batchSize, rule })
  return (probe.samples.latencyNs[0] ?? 0) / 1e6
}

function windowSizeOf(raw: RawMeasurement): number {
  const first = raw.samples.window.findIndex((window) => window !== raw.samples.window[0])
  return first === -1 ? raw.samples.window.length : first
}
