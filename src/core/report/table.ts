import { plainText } from './escape.js'
import { figuresOf, isRounding, isUnstable, outputDifference, ranked } from './figures.js'
import { formatBytes, formatMs, formatPercent, formatThroughput, UNKNOWN } from './format.js'
import { tiesOf } from './headline.js'
import type { CandidateRecord, RunRecord } from './run-record.js'

export { headline } from './headline.js'

export interface ResultRow {
  readonly cells: string[]
  readonly winner: boolean
  readonly failed: boolean
}

/** Every candidate for a terminal, best first, then those that gave no figures; cells are plain single lines. */
export function resultTable(record: RunRecord): { head: string[]; rows: ResultRow[] } {
  const unmeasured = record.candidates.filter(({ status }) => status !== 'measured')
  return {
    head: [
      'candidate',
      `latency${smallestBatch(record)} p50`,
      'p99',
      'best throughput',
      'accuracy cost',
      'size',
      'result',
    ],
    rows: [...ranked(record), ...unmeasured].map((candidate) => ({
      cells: [plainText(candidate.id, 60), ...figureCells(candidate, record), resultText(candidate, record)],
      winner: candidate.id === record.selection?.best.candidateId,
      failed: candidate.status === 'failed',
    })),
  }
}

/** Latency p50 and p99, throughput, accuracy cost and size of one candidate, as short texts. */
export function figureCells(candidate: CandidateRecord, record: RunRecord): [string, string, string, string, string] {
  const { latency, throughput } = figuresOf(candidate, record)
  const isReference = candidate.id === record.reference?.candidateId
  const bytes = candidate.file?.bytes ?? (isReference ? record.model.bytes : null)
  const batch = throughput?.batchSize ?? null
  return [
    formatMs(latency?.latencyMs.p50?.value ?? null),
    formatMs(latency?.latencyMs.p99?.value ?? null),
    throughput === null
      ? UNKNOWN
      : `${formatThroughput(throughput.throughputPerSecond)}${batch === null ? '' : ` at batch ${batch}`}`,
    candidate.status === 'measured' && !isReference ? accuracyCost(candidate, record) : UNKNOWN,
    formatBytes(bytes),
  ]
}

/** ` at batch 1`, or nothing for a model without batch axis. */
export function smallestBatch(record: RunRecord): string {
  const sizes = record.candidates.flatMap(({ measurements }) => measurements.map(({ batchSize }) => batchSize ?? 0))
  const smallest = sizes.length === 0 ? 0 : Math.min(...sizes)
  return smallest === 0 ? '' : ` at batch ${smallest}`
}

/** How far the outputs are from the model as given: `none`, `0.6 %`, `not judged`. */
export function accuracyCost(candidate: CandidateRecord, record: RunRecord): string {
  if (candidate.correctness.status === 'NOT-JUDGED') return 'not judged'
  const difference = outputDifference(candidate)
  if (difference === null) return UNKNOWN
  return isRounding(difference, record) ? 'none' : formatPercent(difference)
}

function resultText(candidate: CandidateRecord, record: RunRecord): string {
  const reason = candidate.reason === null ? '' : `: ${plainText(candidate.reason, 120)}`
  if (candidate.status !== 'measured') return `${candidate.status}${reason}`
  const words = [
    candidate.id === record.selection?.best.candidateId ? 'best' : null,
    candidate.id === record.reference?.candidateId ? 'model as given' : null,
    tiesOf(record).includes(candidate.id) ? 'tie' : null,
    isUnstable(candidate) ? 'unstable' : null,
    candidate.offer === null ? null : plainText(candidate.offer, 60),
  ]
  return words.filter((word) => word !== null).join(', ')
}
