import type { ObjectiveName } from '../comparison/objectives.js'
import { formatBytes, formatCount, formatMs, formatPercent, formatThroughput, UNKNOWN } from './format.js'
import type { Objective } from './run-record.js'

/** What people call what is asked for. */
export const OBJECTIVE_TEXT: Readonly<Record<ObjectiveName, string>> = {
  'latency-budget-ms': 'p50 latency',
  'min-throughput': 'throughput',
  'max-size-mb': 'model size',
  'accuracy-budget': 'difference of the answers',
}

function figure(name: ObjectiveName, value: number): string {
  switch (name) {
    case 'latency-budget-ms':
      return formatMs(value)
    case 'min-throughput':
      return formatThroughput(value)
    case 'max-size-mb':
      return formatBytes(value * 1e6)
    case 'accuracy-budget':
      return value === 0 ? 'none' : formatPercent(value)
  }
}

/** What was reached; with more digits where it would look like the limit and is another figure. */
export function reachedText({ name, value, limit }: Objective): string {
  if (value === null) return UNKNOWN
  const text = figure(name, value)
  return value === limit || text !== figure(name, limit) ? text : exactFigure(name, value)
}

function exactFigure(name: ObjectiveName, value: number): string {
  const digits = Number(value.toPrecision(7))
  switch (name) {
    case 'latency-budget-ms':
      return `${digits} ms`
    case 'min-throughput':
      return `${digits} /s`
    case 'max-size-mb':
      return `${formatCount(value * 1e6)} B`
    case 'accuracy-budget':
      return `${digits} (relative RMS)`
  }
}

/** `at most 10.0 ms`, `at least 200 /s`. */
export function limitText({ name, limit }: Objective): string {
  return `at ${name === 'min-throughput' ? 'least' : 'most'} ${figure(name, limit)}`
}

/** `missed an objective: p50 latency 11.6 ms (at most 10.0 ms)`, several by name; null when none was missed. */
export function missedText(objectives: readonly Objective[]): string | null {
  const missed = objectives.filter(({ met }) => met === false)
  const [first] = missed
  if (first === undefined) return null
  if (missed.length === 1) {
    return `missed an objective: ${OBJECTIVE_TEXT[first.name]} ${reachedText(first)} (${limitText(first)})`
  }
  const names = [...new Set(missed.map(({ name }) => OBJECTIVE_TEXT[name]))]
  return `missed ${missed.length} objectives: ${names.join(', ')}`
}
