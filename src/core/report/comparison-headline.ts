import { changeText, METRIC_TEXT } from './change.js'
import type { CompareRecord, Comparison, MetricComparison } from './comparison.js'
import { formatBytes, formatDuration, formatPercent } from './format.js'
import { counted, machineText } from './headline.js'

/** The verdict in a sentence. */
export function comparisonHeadline({ verdict, reason, metrics }: Comparison): string {
  switch (verdict) {
    case 'slower':
      return `The head is slower: ${changesOf(metrics, 'slower')}`
    case 'faster':
      return `The head is faster: ${changesOf(metrics, 'faster')}`
    case 'same':
      return reason === 'identical'
        ? 'The head is the same as the base: same model, same settings, nothing to measure'
        : `The head is as fast as the base: ${metrics.map(sameText).join(', ')}`
    case 'inconclusive':
      return 'Nothing can be said for sure'
    case 'not-comparable':
      return 'Base and head cannot be compared'
    case 'none':
      return 'There is nothing to compare with'
  }
}

function changesOf(metrics: readonly MetricComparison[], verdict: 'slower' | 'faster'): string {
  return metrics
    .filter((metric) => metric.verdict === verdict)
    .map(changeText)
    .join(', ')
}

function sameText({ name, tolerance }: MetricComparison): string {
  return `${METRIC_TEXT[name]} within ${formatPercent(tolerance)}`
}

/** How it was measured; null when nothing was. */
export function comparisonMethod({ generations, spentMs, settings, host }: CompareRecord): string | null {
  if (generations === 0) return null
  const machine = machineText(host)
  return settings.recorded
    ? `From the records of both packages, measured on ${machine} at different times`
    : `${counted(generations, 'generation')} of fresh processes in turn on ${machine}, ${formatDuration(spentMs)}`
}

/** What else changed: the answers and the size; null when nothing is known of either. */
export function accuracyText({ accuracy, size }: Comparison): string | null {
  const worst = accuracy === null ? null : Math.max(...accuracy.outputs.map((one) => one.relativeRms ?? Infinity))
  const answers =
    accuracy === null || worst === null
      ? []
      : [
          worst === 0
            ? 'the answers are the same'
            : `the answers differ by ${Number.isFinite(worst) ? formatPercent(worst) : 'more than can be said'} (relative RMS, ${counted(accuracy.samples, 'sample')})`,
        ]
  const sizes =
    size === null
      ? []
      : size.baseBytes === size.headBytes
        ? [`both models have ${formatBytes(size.baseBytes)}`]
        : [`the model has ${formatBytes(size.baseBytes)} in the base and ${formatBytes(size.headBytes)} in the head`]
  const [first = '', ...rest] = [...answers, ...sizes]
  return first === '' ? null : `${[first.charAt(0).toUpperCase() + first.slice(1), ...rest].join('; ')}.`
}
