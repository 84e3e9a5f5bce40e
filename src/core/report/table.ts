import { plainText } from './escape.js'
import { figuresOf, isRounding, isUnstable, outputDifference, ranked } from './figures.js'
import { formatBytes, formatMs, formatPercent, formatThroughput, UNKNOWN } from './format.js'
import { tiesOf } from './headline.js'
import type { CandidateRecord, RunRecord } from './run-record.js'

export interface ResultRow {
  readonly name: string
  /** Latency p50 and p99, throughput, its batch size, accuracy cost, size; null when nothing was measured. */
  readonly figures: readonly [string, string, string, string, string, string] | null
  /** What else there is to say: that it is the model as given, a tie, why it failed. */
  readonly remark: string
  readonly result: 'best' | CandidateRecord['status']
}

/** Every candidate for a terminal, best first, then those that gave no figures; texts are plain single lines. */
export function resultRows(record: RunRecord): ResultRow[] {
  const unmeasured = record.candidates.filter(({ status }) => status !== 'measured')
  return [...ranked(record), ...unmeasured].map((candidate) => ({
    name: plainText(candidate.id, 60),
    figures: candidate.status === 'measured' ? terminalFigures(candidate, record) : null,
    remark: remarkOn(candidate, record),
    result: candidate.id === record.selection?.best.candidateId ? 'best' : candidate.status,
  }))
}

function terminalFigures(candidate: CandidateRecord, record: RunRecord): ResultRow['figures'] {
  const [p50, p99, , accuracy, size] = figureCells(candidate, record)
  const { throughput } = figuresOf(candidate, record)
  const settled = isUnstable(candidate) ? '~ ' : ''
  return [
    `${settled}${p50}`,
    p99,
    formatThroughput(throughput?.throughputPerSecond ?? null),
    String(throughput?.batchSize ?? UNKNOWN),
    accuracy,
    size,
  ]
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
function accuracyCost(candidate: CandidateRecord, record: RunRecord): string {
  if (candidate.correctness.status === 'NOT-JUDGED') return 'not judged'
  const difference = outputDifference(candidate)
  if (difference === null) return UNKNOWN
  return isRounding(difference, record) ? 'none' : formatPercent(difference)
}

function remarkOn(candidate: CandidateRecord, record: RunRecord): string {
  if (candidate.status === 'skipped') return `skipped: ${plainText(candidate.reason ?? 'no reason kept')}`
  if (candidate.status === 'failed')
    return `${candidate.failureClass ?? 'failed'}: ${plainText(candidate.reason ?? 'no reason kept')}`
  const words = [
    candidate.id === record.reference?.candidateId ? 'as given' : null,
    tiesOf(record).includes(candidate.id) ? 'tie' : null,
    candidate.correctness.status === 'FAIL' ? 'too inaccurate' : null,
    candidate.offer === null ? null : plainText(candidate.offer, 60),
  ]
  return words.filter((word) => word !== null).join(', ')
}
