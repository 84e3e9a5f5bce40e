import { PROFILE } from './batch-measurement.js'
import type { Environment } from './environment.js'
import { overSamples, type SampleFigures } from './measurement/over-samples.js'
import { median } from './measurement/statistics.js'
import { isMeasured, type ProfileRow, type ProfileRun, type SampleRow } from './profile-run.js'
import type { ProfileSample } from './profile-samples.js'
import { hostRecord } from './platform/host.js'
import { copySpec, previousRows } from './record.js'
import { endsInRecord, type RecordedRun, writePartialRecord, writeRecord } from './record-file.js'
import { measurementRecord } from './report/candidate-record.js'
import { typicalLatencyMs } from './report/figures.js'
import {
  PROFILE_SCHEMA_VERSION,
  type ProfiledModel,
  type ProfiledRunner,
  type ProfiledSample,
  type ProfileRecord,
} from './report/profile-record.js'
import { NO_TIME_LEFT } from './time-budget.js'
import { TOOL } from './version.js'

const INTERRUPTED = 'The profile was interrupted; what was measured until then is in the record.'

function recorded(run: ProfileRun): RecordedRun {
  return {
    noun: 'profile',
    record: () => profileRecordOf(run),
    partial: () => ({ ...profileRecordOf(run), outcome: 'interrupted', outcomeReason: INTERRUPTED }),
    interrupt: () => {
      run.outcome = 'interrupted'
      run.outcomeReason = INTERRUPTED
    },
    fail: (outcome, reason) => {
      run.outcome = outcome
      run.outcomeReason = reason
    },
  }
}

/**
 * Does the work of a profile and keeps its record, also of one that is interrupted, which is a result, and of one that
 * fails, which is thrown on.
 */
export async function withProfileRecord(
  run: ProfileRun,
  environment: Environment,
  work: (keep: () => Promise<void>) => Promise<void>,
): Promise<ProfileRecord> {
  const keep = seldom(() => writePartialRecord(recorded(run), environment))
  await keep()
  await endsInRecord(recorded(run), environment, () => work(keep))
  const record = profileRecordOf(run)
  await writeRecord(record, environment)
  return record
}

/** A record of thousands of samples is long, so it is not written after each of them, and takes this share of the time. */
const KEEP_EVERY_MS = 1000
const KEEP_SHARE = 1 / 20

function seldom(keep: () => Promise<void>): () => Promise<void> {
  let nextMs = -Infinity
  return async () => {
    const startMs = performance.now()
    if (startMs < nextMs) return
    await keep()
    const endMs = performance.now()
    nextMs = endMs + Math.max(KEEP_EVERY_MS, (endMs - startMs) / KEEP_SHARE)
  }
}

/** The profile as it stands, as one document. */
export function profileRecordOf(run: ProfileRun): ProfileRecord {
  const { request, subject, dataSet } = run
  const { inputs, outputs } = subject.models[0].description
  const batched = inputs.map((spec) => ({ ...spec, batchAxis: run.batchAxes.get(spec.name) ?? null }))
  return {
    schemaVersion: PROFILE_SCHEMA_VERSION,
    tool: { ...TOOL },
    command: 'profile',
    name: request.name,
    target: request.target,
    startedAt: run.startedAt.toISOString(),
    durationMs: Date.now() - run.startedAt.getTime(),
    outcome: run.outcome,
    outcomeReason: run.outcomeReason,
    host: hostRecord(run.host),
    fingerprint: { ...run.fingerprint },
    settings: settingsOf(run),
    package: { path: request.package },
    model: { inputs: batched.map(copySpec), outputs: outputs.map(copySpec), batchAxis: run.batchDim },
    samples: {
      origin: dataSet.origin,
      count: dataSet.samples.length,
      shapes: groupsOf(dataSet.samples, run).map(({ shapes, members }) => ({ shapes, count: members.length })),
      profilingId: dataSet.profilingId,
    },
    models: modelsOf(run),
    previous: previousRows(run),
    environment: run.watch.record(),
    yaml: run.yaml,
    output: run.output,
    notes: [...new Set(run.notes)],
  }
}

function settingsOf({ request, concurrency, runtimeVersion }: ProfileRun): ProfileRecord['settings'] {
  const copy = <T>(values: readonly T[] | null): T[] | null => (values === null ? null : [...values])
  return {
    batchSizes: copy(request.batchSizes),
    maxBatchSize: request.maxBatchSize,
    concurrency: [...concurrency],
    formats: copy(request.formats),
    runners: copy(request.runners),
    timeBudgetMs: request.timeBudgetMs,
    seed: request.seed,
    windowSize: PROFILE.windowSize,
    stabilityPercentage: PROFILE.stabilityPercentage,
    runtime: { name: 'onnxruntime-node', version: runtimeVersion },
  }
}

function modelsOf(run: ProfileRun): ProfiledModel[] {
  const keys = [...new Set(run.rows.map(({ modelKey }) => modelKey))]
  return keys.map((key) => {
    const rows = run.rows.filter(({ modelKey }) => modelKey === key)
    return { key, format: rows[0]?.format ?? '', runners: rows.map((row) => runnerOf(row, run)) }
  })
}

function runnerOf(row: ProfileRow, run: ProfileRun): ProfiledRunner {
  const figures = row.samples.map(figuresOf)
  const groups = groupsOf(
    row.samples.map(({ sample }) => sample),
    run,
  )
  const byId = new Map(row.samples.map((one) => [one.sample.id, one]))
  return {
    runner: row.runner,
    candidateId: row.candidateId,
    settings: row.settings === null ? null : { ...row.settings },
    file: row.file === null ? null : { path: row.file.entry, sha256: row.file.sha256, bytes: row.file.bytes },
    ...verdictOf(row),
    failureClass: isMeasured(row) ? null : row.failureClass,
    isAskedFor: row.isAskedFor,
    loadMs: row.loadMs,
    peakMemoryBytes: row.peakMemoryBytes,
    samples: row.samples.map((one) => sampleOf(one, run)),
    overSamples: overSamples(figures).map(copyOf),
    shapes:
      groups.length < 2
        ? []
        : groups.map(({ shapes, members }) => ({
            shapes,
            sampleCount: members.length,
            overSamples: overSamples(members.flatMap(({ id }) => figuresOfId(byId, id))).map(copyOf),
          })),
    slowest: slowestOf(row),
    concurrency: [...row.streams],
  }
}

/** How a row ended, as the real Navigator would say: OK when any sample gave figures. */
export function verdictOf(row: ProfileRow): { status: ProfiledRunner['status']; reason: string | null } {
  if (isMeasured(row)) return { status: 'OK', reason: null }
  const failed = row.samples.find(({ hasFailed }) => hasFailed)
  if (failed !== undefined) return { status: 'FAIL', reason: failed.reason }
  return { status: 'SKIPPED', reason: row.skip ?? row.reason ?? row.samples[0]?.reason ?? 'not measured yet' }
}

function figuresOfId(rows: ReadonlyMap<number, SampleRow>, id: number): SampleFigures[][] {
  const row = rows.get(id)
  return row === undefined ? [] : [figuresOf(row)]
}

function figuresOf({ measurements }: SampleRow): SampleFigures[] {
  return measurements.map((one) => {
    const { batchSize, throughputPerSecond } = one
    return { batchSize, throughputPerSecond, p50LatencyMs: typicalLatencyMs(one) }
  })
}

function copyOf(figures: ReturnType<typeof overSamples>[number]): ProfiledRunner['overSamples'][number] {
  return {
    ...figures,
    p50LatencyMs: { ...figures.p50LatencyMs },
    throughputPerSecond: { ...figures.throughputPerSecond },
  }
}

function sampleOf({ sample, measurements, reason, hasFailed }: SampleRow, run: ProfileRun): ProfiledSample {
  const status = measurements.length > 0 ? 'OK' : hasFailed ? 'FAIL' : 'SKIPPED'
  const unmeasured = reason ?? (measurements.length === 0 ? 'not measured yet' : null)
  return {
    id: sample.id,
    name: sample.name,
    shapes: shapesOf(sample, run),
    status,
    reason: unmeasured,
    measurements: measurements.map(measurementRecord),
  }
}

const MOST_SLOWEST = 5

function slowestOf({ samples }: ProfileRow): ProfiledRunner['slowest'] {
  const figures = samples.flatMap(({ sample, measurements: [first] }) =>
    first === undefined ? [] : [{ sampleId: sample.id, name: sample.name, p50LatencyMs: typicalLatencyMs(first) }],
  )
  if (figures.length < 3) return []
  const middle = median(figures.map(({ p50LatencyMs }) => p50LatencyMs))
  return figures
    .sort((a, b) => b.p50LatencyMs - a.p50LatencyMs)
    .slice(0, Math.min(MOST_SLOWEST, Math.ceil(figures.length / 4)))
    .map((one) => ({ ...one, timesTheMedian: one.p50LatencyMs / middle }))
}

/** In the model's order of inputs. */
export function shapesOf(
  { request }: ProfileSample,
  { subject }: Pick<ProfileRun, 'subject'>,
): ProfiledSample['shapes'] {
  return subject.models[0].description.inputs.flatMap(({ name }) => {
    const shape = request.get(name)?.shape
    return shape === undefined ? [] : [{ name, shape: [...shape] }]
  })
}

interface ShapeGroup {
  readonly shapes: ProfiledSample['shapes']
  readonly members: ProfileSample[]
}

/** Samples by their shapes, the smallest first. */
function groupsOf(samples: readonly ProfileSample[], run: ProfileRun): ShapeGroup[] {
  const groups = new Map<string, ShapeGroup>()
  for (const sample of samples) {
    const shapes = shapesOf(sample, run)
    const key = JSON.stringify(shapes)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { shapes, members: [sample] })
    else group.members.push(sample)
  }
  const sizeOf = ({ shapes }: ShapeGroup): number =>
    shapes.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)
  return [...groups.values()].sort((a, b) => sizeOf(a) - sizeOf(b))
}

/** Whether time was too short for something that was asked for. */
export function isCutShort({ rows }: ProfileRun): boolean {
  return rows.some(
    ({ reason, samples, streams }) =>
      reason === NO_TIME_LEFT || [...samples, ...streams].some((one) => one.reason === NO_TIME_LEFT),
  )
}

/** The smallest window that was used: it shrinks where requests take long. */
export function smallestWindow({ rows }: ProfileRun): number {
  const results = rows.flatMap(({ samples }) => samples.flatMap((one) => one.results))
  return results.reduce<number>((least, { requestCount }) => Math.min(least, requestCount), PROFILE.windowSize)
}
