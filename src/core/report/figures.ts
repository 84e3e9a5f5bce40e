import type { CandidateRecord, MeasurementRecord, RunRecord } from './run-record.js'

/** What the reports show of one candidate; null where it was not measured. */
export interface Figures {
  /** At the smallest batch size measured. */
  readonly latency: MeasurementRecord | null
  /** At the batch size that serves the most per second; for the winner, at the batch size it won with. */
  readonly throughput: MeasurementRecord | null
}

/** The candidate that won, or null when none did. */
export function winnerOf(record: RunRecord): CandidateRecord | null {
  return byId(record, record.selection?.best.candidateId)
}

/** The model as given at default session options, or null when it could not be measured. */
export function referenceOf(record: RunRecord): CandidateRecord | null {
  return byId(record, record.reference?.candidateId)
}

export function figuresOf(candidate: CandidateRecord, record: RunRecord): Figures {
  const { measurements } = candidate
  const latency = measurements.reduce<MeasurementRecord | null>(
    (best, one) => (best === null || (one.batchSize ?? 1) < (best.batchSize ?? 1) ? one : best),
    null,
  )
  const best = record.selection?.best
  const chosen =
    best?.candidateId === candidate.id ? measurements.find((one) => one.batchSize === best.batchSize) : undefined
  return { latency, throughput: chosen ?? fastest(withinBudget(measurements, record)) ?? fastest(measurements) }
}

/** Median latency in milliseconds, or the mean where too few requests were made to know the median. */
export function typicalLatencyMs({
  latencyMs,
}: {
  readonly latencyMs: { readonly p50: { readonly value: number } | null; readonly mean: { readonly value: number } }
}): number {
  return (latencyMs.p50 ?? latencyMs.mean).value
}

/** The largest relative RMS difference among the outputs; null when one is unknown, infinite, or none was compared. */
export function outputDifference({ correctness }: CandidateRecord): number | null {
  const differences = correctness.outputs.map(({ relativeRms }) => relativeRms ?? Infinity)
  const largest = Math.max(...differences)
  return Number.isFinite(largest) ? largest : null
}

/**
 * Whether a difference is no larger than rounding makes it: the model as given differs from itself without graph
 * optimization by its noise, and another equally precise evaluation may lie on the far side of that.
 */
export function isRounding(difference: number, { reference }: RunRecord): boolean {
  return difference <= 2 * (reference?.noise ?? 0)
}

/** Whether some figure of it kept changing from window to window while it was measured. */
export function isUnstable({ measurements }: CandidateRecord): boolean {
  return measurements.some(({ stable }) => !stable)
}

/** Measured candidates, best first under the run's strategy: the winner, then the others. */
export function ranked(record: RunRecord): readonly CandidateRecord[] {
  const byLatency = record.settings.strategy === 'min-latency'
  const cost = (candidate: CandidateRecord): number => {
    const { latency, throughput } = figuresOf(candidate, record)
    if (latency === null || throughput === null) return Infinity
    return byLatency ? typicalLatencyMs(latency) : 1 / throughput.throughputPerSecond
  }
  const winnerId = record.selection?.best.candidateId
  return record.candidates
    .filter(({ status }) => status === 'measured')
    .map((candidate) => ({ candidate, cost: candidate.id === winnerId ? -1 : cost(candidate) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ candidate }) => candidate)
}

function byId(record: RunRecord, id: string | undefined): CandidateRecord | null {
  return record.candidates.find((candidate) => candidate.id === id) ?? null
}

function withinBudget(measurements: readonly MeasurementRecord[], { settings }: RunRecord): MeasurementRecord[] {
  const { strategy, latencyBudgetMs } = settings
  if (strategy !== 'max-throughput-with-latency-budget' || latencyBudgetMs === null) return [...measurements]
  return measurements.filter((one) => typicalLatencyMs(one) <= latencyBudgetMs)
}

function fastest(measurements: readonly MeasurementRecord[]): MeasurementRecord | null {
  return measurements.reduce<MeasurementRecord | null>(
    (best, one) => (best === null || one.throughputPerSecond > best.throughputPerSecond ? one : best),
    null,
  )
}
