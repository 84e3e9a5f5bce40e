import { type MetricName, METRICS } from '../comparison/metrics.js'
import { timesAsMany } from '../comparison/open-verdict.js'
import { fewestGenerations, type Judgement } from '../comparison/sequential.js'
import { METRIC_TEXT } from './change.js'
import { formatDuration } from './format.js'

/** What is said of metrics that were measured side by side for `spentMs`: of open ones, what would settle them. */
export function measuredText(judgements: readonly Judgement<MetricName>[], spentMs: number): string {
  const open = judgements.filter(({ verdict }) => verdict === 'inconclusive')
  if (open.length === 0) return 'Measured side by side.'
  const names = METRICS.filter((metric) => open.some(({ name }) => name === metric))
  const metrics = names.map((name) => METRIC_TEXT[name]).join(' and ')
  return `The time budget ended before it was sure whether the head is slower in ${metrics}. ${settling(open, spentMs)}`
}

/** Longer than this nobody waits for a verdict. */
const LONGEST_MS = 6 * 3_600_000

function settling(open: readonly Judgement[], spentMs: number): string {
  const neededMs = spentMs * Math.max(...open.map((one) => timesAsMany(one) ?? Infinity))
  if (neededMs > LONGEST_MS) return 'A quieter machine or a wider tolerance would settle it; more time hardly would.'
  const budget = formatDuration(60_000 * Math.ceil(neededMs / 60_000))
  return `A time budget of about ${budget} would settle it here; a quieter machine or a wider tolerance takes less.`
}

/** What is said when one generation takes so long that the fewest there must be do not fit into the time budget. */
export function tooSlowText(generationMs: number, pairs: number): string {
  const fewest = fewestGenerations(pairs)
  return (
    `Loading and measuring both once takes ${formatDuration(generationMs)}, and ${fewest} times are needed: ` +
    `give it a time budget of about ${formatDuration(generationMs * (fewest + 1))}.`
  )
}
