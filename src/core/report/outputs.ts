import { figuresOf, winnerOf } from './figures.js'
import { bestFigures } from './profile-figures.js'
import type { ProfileRecord } from './profile-record.js'
import type { RunRecord } from './run-record.js'

/**
 * The action outputs that the record alone decides, by name. The latencies (milliseconds) are the winner's at its
 * smallest batch, `throughput` (items per second) and `best-batch-size` at the batch it won with. A number that is not
 * known is an empty string, never 0.
 */
export function outputsOf(record: RunRecord): ReadonlyMap<string, string> {
  const winner = winnerOf(record)
  const best = record.selection?.best
  const figures = winner === null ? null : figuresOf(winner, record)
  const latency = figures?.latency?.latencyMs
  return new Map([
    ['outcome', record.outcome],
    ['verdict', record.comparison?.verdict ?? 'none'],
    ['best-candidate', winner?.id ?? ''],
    ['best-key', best?.key ?? ''],
    ['best-runner', best?.runner ?? ''],
    ['best-batch-size', numberText(figures?.throughput?.batchSize)],
    ['throughput', numberText(figures?.throughput?.throughputPerSecond)],
    ['latency-p50-ms', numberText(latency?.p50?.value)],
    ['latency-p99-ms', numberText(latency?.p99?.value)],
    ['speed-up', numberText(record.speedUp?.ratio)],
    ['package-path', record.package?.path ?? ''],
  ])
}

/** The same for a profile: of the model that serves most, averages over the samples. */
export function profileOutputsOf(record: ProfileRecord): ReadonlyMap<string, string> {
  const best = bestFigures(record)
  return new Map([
    ['outcome', record.outcome],
    ['yaml-path', record.yaml?.path ?? ''],
    ['package-path', record.output?.path ?? ''],
    ['throughput', numberText(best?.throughputPerSecond)],
    ['best-batch-size', numberText(best?.batchSize)],
    ['latency-p50-ms', numberText(best?.p50LatencyMs)],
  ])
}

/** Six significant figures in plain decimals, which every shell and expression reads as a number. */
function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return ''
  return Number(value.toPrecision(6)).toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })
}
