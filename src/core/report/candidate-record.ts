import { NavigatorError } from '../errors.js'
import type { GenerationFigures } from '../selection/select.js'
import type { Correctness, Estimate, Measurement, ModelFile, Outcome } from '../measurement/outcome.js'
import {
  type CandidateRecord,
  type MeasurementRecord,
  RECORD_SCHEMA_VERSION,
  type RunRecord,
  runRecordSchema,
} from './run-record.js'

/**
 * An outcome as the record keeps it. `offer` is what the user must do before it may win, `filePath` where its file
 * lies in the package (`<modelKey>/model.onnx`), null when it is not kept there. Numbers JSON cannot carry become null.
 */
export function candidateRecord(
  outcome: Outcome,
  offer: string | null,
  filePath: string | null,
  settled: readonly GenerationFigures[] = [],
): CandidateRecord {
  const { id, parentId, key, modelKey, format, runner, recipe, settings } = outcome.candidate
  return {
    id,
    parentId,
    key,
    modelKey,
    format,
    runner,
    recipe: { ...recipe },
    settings: { ...settings },
    offer,
    status: outcome.status,
    ...resultOf(outcome, filePath),
    settled: settled.length === 0 ? null : settledRecord(settled),
  }
}

/** A record read back from JSON; throws `package-invalid` with one line for each field that is not as the schema says. */
export function parseRecord(json: unknown): RunRecord {
  const parsed = runRecordSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'record'}: ${message}`,
  )
  throw new NavigatorError(
    'package-invalid',
    `The run record does not follow schema ${RECORD_SCHEMA_VERSION}. Make it again with this version, or read it with the one that wrote it.`,
    { problems },
  )
}

type Result = Pick<
  CandidateRecord,
  'file' | 'reason' | 'failureClass' | 'loadMs' | 'peakMemoryBytes' | 'correctness' | 'measurements'
>

const NO_RESULT: Result = {
  file: null,
  reason: null,
  failureClass: null,
  loadMs: null,
  peakMemoryBytes: null,
  correctness: { status: 'SKIPPED', outputs: [] },
  measurements: [],
}

function resultOf(outcome: Outcome, filePath: string | null): Result {
  switch (outcome.status) {
    case 'skipped':
      return { ...NO_RESULT, reason: outcome.reason }
    case 'failed':
      return {
        ...NO_RESULT,
        file: fileRecord(outcome.file, filePath),
        reason: outcome.reason,
        failureClass: outcome.failureClass,
        correctness: correctnessRecord(outcome.correctness),
      }
    case 'measured':
      return {
        file: fileRecord(outcome.file, filePath),
        reason: outcome.sweepEnd,
        failureClass: null,
        loadMs: finite(outcome.loadMs),
        peakMemoryBytes: finite(outcome.peakMemoryBytes),
        correctness: correctnessRecord(outcome.correctness),
        measurements: outcome.measurements.map(measurementRecord),
      }
  }
}

function settledRecord(figures: readonly GenerationFigures[]): CandidateRecord['settled'] {
  return {
    latencyMs: figures.map(({ latencyMs }) => latencyMs),
    itemMs: figures.map(({ throughput }) => 1000 / throughput),
  }
}

function fileRecord(file: ModelFile | null, path: string | null): CandidateRecord['file'] {
  return file === null ? null : { path, sha256: file.sha256, bytes: file.bytes }
}

/** Numbers JSON cannot carry become null. */
export function correctnessRecord(correctness: Correctness | null): CandidateRecord['correctness'] {
  if (correctness === null) return NO_RESULT.correctness
  return {
    status: correctness.status,
    outputs: correctness.outputs.map(({ name, atol, rtol, relativeRms, cosine, topOneAgreement }) => ({
      name,
      atol: finite(atol),
      rtol: finite(rtol),
      relativeRms: finite(relativeRms),
      cosine: finite(cosine),
      topOneAgreement: finite(topOneAgreement),
    })),
  }
}

/** What one batch size gave, as records keep it. Numbers JSON cannot carry become null. */
export function measurementRecord(measurement: Measurement): MeasurementRecord {
  const { mean, std, p50, p90, p95, p99 } = measurement.latencyMs
  return {
    batchSize: measurement.batchSize,
    requestCount: measurement.requestCount,
    warmupCount: measurement.warmupCount,
    stable: measurement.stable,
    latencyMs: {
      mean: estimateRecord(mean),
      std: estimateRecord(std),
      p50: p50 === null ? null : estimateRecord(p50),
      p90: p90 === null ? null : estimateRecord(p90),
      p95: p95 === null ? null : estimateRecord(p95),
      p99: p99 === null ? null : estimateRecord(p99),
    },
    throughputPerSecond: measurement.throughputPerSecond,
    noise: noiseRecord(measurement.noise),
  }
}

function noiseRecord({ outliers, quiet, ...noise }: Measurement['noise']): MeasurementRecord['noise'] {
  return {
    runQueueShare: finite(noise.runQueueShare),
    cpuPressurePercent: finite(noise.cpuPressurePercent),
    involuntarySwitches: finite(noise.involuntarySwitches),
    outliers: outliers === null ? null : { ...outliers, causes: { ...outliers.causes } },
    quiet: quiet === null ? null : { ...quiet },
  }
}

/** Without an interval that JSON cannot carry. */
export function estimateRecord({ value, interval }: Estimate): MeasurementRecord['latencyMs']['mean'] {
  const known = interval?.every(Number.isFinite) === true ? interval : null
  return { value, interval: known === null ? null : [known[0], known[1]] }
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null
}
