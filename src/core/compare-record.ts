import type { Duel, Lane } from './compare-duels.js'
import { METRICS, type MetricName } from './comparison/metrics.js'
import type { Judgement } from './comparison/sequential.js'
import type { Verdict } from './comparison/verdict.js'
import type { Environment } from './environment.js'
import type { RunOutcome } from './errors.js'
import { median } from './measurement/statistics.js'
import type { MachineWatch } from './machine-watch.js'
import { fingerprintOf } from './platform/fingerprint.js'
import { describeHost, type Host, hostRecord } from './platform/host.js'
import { prepareDestination } from './platform/disk.js'
import { endsInRecord, type RecordedRun, writePartialRecord, writeRecord } from './record-file.js'
import {
  type Comparison,
  COMPARISON_SCHEMA_VERSION,
  type CompareRecord,
  type MetricComparison,
} from './report/comparison.js'
import type { CompareRequest } from './request.js'
import { TOOL } from './version.js'

/** Everything known about a comparison so far, so that a record can be written at any moment. */
export interface CompareRun {
  readonly request: CompareRequest
  readonly startedAt: Date
  readonly host: Host
  readonly fingerprint: Record<string, string>
  readonly runtimeVersion: string | null
  /** null when nothing is measured. */
  readonly watch: MachineWatch | null
  readonly notes: string[]
  comparison: Comparison
  outcome: RunOutcome
}

/** What was said of one metric. */
export type Judged = Pick<Judgement, 'verdict' | 'ratio' | 'interval' | 'level'> & { readonly name: MetricName }

/** Times of every generation in milliseconds of a request, by duel. */
export interface DuelTimes {
  readonly baseMs: readonly number[]
  readonly headMs: readonly number[]
}

export function startCompare(
  request: CompareRequest,
  { runtimeVersion, startedAt, watch }: Pick<CompareRun, 'runtimeVersion' | 'startedAt' | 'watch'>,
): CompareRun {
  const host = describeHost()
  const comparison: Comparison = {
    verdict: 'inconclusive',
    reason: 'interrupted',
    explanation: 'The comparison was interrupted.',
    metrics: [],
    generations: 0,
    spentMs: 0,
    evidence: [],
    accuracy: null,
    size: null,
  }
  const fingerprint = fingerprintOf(host, runtimeVersion)
  return { request, startedAt, host, fingerprint, runtimeVersion, watch, notes: [], comparison, outcome: 'interrupted' }
}

/** Ends the comparison with a verdict; what else is known of it stays. */
export function conclude(run: CompareRun, end: Pick<Comparison, 'verdict' | 'reason' | 'explanation'>): void {
  run.comparison = { ...run.comparison, ...end }
  run.outcome = outcomeOf(end.verdict, run.request)
}

/** The command line's rule: slower fails, and what nobody knows only when it is asked to. */
function outcomeOf(verdict: Verdict, { onInconclusive }: CompareRequest): RunOutcome {
  const isOpen = verdict === 'inconclusive' || verdict === 'not-comparable'
  return verdict === 'slower' || (isOpen && onInconclusive === 'fail') ? 'gate-failed' : 'done'
}

/** Ends a comparison of what cannot be told apart. */
export function identical(run: CompareRun, duels: readonly Duel[]): void {
  const judged = METRICS.map((name): Judged => ({ name, verdict: 'same', ratio: 1, interval: [1, 1], level: 1 }))
  run.comparison = { ...run.comparison, metrics: judged.map((one) => metricOf(one, run, duels, null)) }
  identicalReason(run)
}

/** The verdict on what cannot be told apart. */
export function identicalReason(run: CompareRun): void {
  conclude(run, {
    verdict: 'same',
    reason: 'identical',
    explanation: 'Both serve the same model with the same settings: there is nothing to measure.',
  })
}

/** Keeps what the records of both say, in the same order. */
export function keepRecorded(run: CompareRun, judged: readonly Judged[], times: readonly DuelTimes[]): void {
  const of = (ms: readonly number[] = []): number | null => (ms.length === 0 ? null : median(ms))
  run.comparison = {
    ...run.comparison,
    metrics: judged.map((one, index) => ({
      ...figuresOf(one, run),
      baseMs: of(times[index]?.baseMs),
      headMs: of(times[index]?.headMs),
      base: null,
      head: null,
    })),
  }
}

/** Keeps what was measured so far and what it says. */
export function keepTimes(
  run: CompareRun,
  duels: readonly Duel[],
  times: readonly DuelTimes[],
  judged: readonly Judged[],
  spentMs: number,
): void {
  run.comparison = {
    ...run.comparison,
    metrics: judged.map((one) => metricOf(one, run, duels, times)),
    generations: times[0]?.baseMs.length ?? 0,
    spentMs,
    evidence: duels.map(({ metrics }, index) => ({
      metrics: [...metrics],
      baseMs: [...(times[index]?.baseMs ?? [])],
      headMs: [...(times[index]?.headMs ?? [])],
    })),
  }
}

function metricOf(
  judged: Judged,
  run: CompareRun,
  duels: readonly Duel[],
  times: readonly DuelTimes[] | null,
): MetricComparison {
  const index = duels.findIndex(({ metrics }) => metrics.includes(judged.name))
  const duel = duels[index]
  const of = (lane: Lane | undefined, ms: readonly number[] | undefined): number | null => {
    if (lane === undefined || ms === undefined || ms.length === 0) return null
    return median(ms) / itemsIn(judged.name, lane)
  }
  return {
    ...figuresOf(judged, run),
    baseMs: of(duel?.base, times?.[index]?.baseMs),
    headMs: of(duel?.head, times?.[index]?.headMs),
    base: duel === undefined ? null : laneRecord(duel.base),
    head: duel === undefined ? null : laneRecord(duel.head),
  }
}

function figuresOf(
  { name, verdict, ratio, interval, level }: Judged,
  { request }: CompareRun,
): Pick<MetricComparison, 'name' | 'verdict' | 'ratio' | 'interval' | 'level' | 'tolerance'> {
  return {
    name,
    verdict,
    ratio: Number.isFinite(ratio) ? ratio : null,
    interval: interval === null ? null : [interval[0], interval[1]],
    level: interval === null ? null : level,
    tolerance: request.tolerances[name],
  }
}

/** What a time of a lane is divided by: throughput counts items, latency requests. */
export function itemsIn(metric: MetricName, { batchSize }: Lane): number {
  return metric === 'throughput' ? (batchSize ?? 1) : 1
}

function laneRecord({
  modelKey,
  candidateId,
  sha256,
  settings,
  batchSize,
}: Lane): NonNullable<MetricComparison['base']> {
  return { modelKey, candidateId, sha256, settings: { ...settings }, batchSize }
}

function recorded(run: CompareRun): RecordedRun {
  return {
    noun: 'comparison',
    record: () => recordOf(run),
    partial: () => ({ ...recordOf(run), outcome: 'interrupted' }),
    interrupt: () => {
      const explanation = 'The comparison was interrupted; what was measured until then is in the record.'
      conclude(run, { verdict: 'inconclusive', reason: 'interrupted', explanation })
      run.outcome = 'interrupted'
    },
    fail: (outcome, reason) => {
      run.outcome = outcome
      run.comparison = { ...run.comparison, explanation: reason }
    },
  }
}

/**
 * Does the work of a comparison and keeps its record, also of one that is interrupted, which is a result, and of one
 * that fails, which is thrown on.
 */
export async function withCompareRecord(
  run: CompareRun,
  environment: Environment,
  work: () => Promise<void>,
): Promise<CompareRecord> {
  if (environment.recordPath !== null) await prepareDestination(environment.recordPath)
  await keepPartial(run, environment)
  await endsInRecord(recorded(run), environment, work)
  const record = recordOf(run)
  await writeRecord(record, environment)
  return record
}

/** While it is going on, so that one that is killed leaves what it knew. Failing to write it is only a warning. */
export async function keepPartial(run: CompareRun, environment: Environment): Promise<void> {
  await writePartialRecord(recorded(run), environment)
}

function recordOf(run: CompareRun): CompareRecord {
  const { request, host, fingerprint, comparison, outcome, runtimeVersion, notes } = run
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    tool: { ...TOOL },
    command: 'compare',
    startedAt: run.startedAt.toISOString(),
    durationMs: Date.now() - run.startedAt.getTime(),
    outcome,
    host: hostRecord(host),
    fingerprint,
    base: { path: request.base },
    head: { path: request.head },
    settings: {
      recorded: request.recorded,
      timeBudgetMs: request.timeBudgetMs,
      onInconclusive: request.onInconclusive,
      seed: request.seed,
      runtime: runtimeVersion === null ? null : { name: 'onnxruntime-node', version: runtimeVersion },
    },
    ...comparison,
    environment: run.watch?.record() ?? null,
    notes: [...new Set(notes)],
  }
}
