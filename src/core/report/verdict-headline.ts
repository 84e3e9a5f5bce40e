import type { Verdict } from '../comparison/verdict.js'
import { METRIC_TEXT, changeText } from './change.js'
import type { Comparison, MetricComparison } from './comparison.js'
import { formatPercent } from './format.js'
import { missedText } from './objective-text.js'
import type { RunRecord } from './run-record.js'

/**
 * What a comparison with a baseline and the objectives say of a run, in a sentence for people who know neither; null
 * when nothing was asked of the run but to measure, or when it did not get that far. `show` makes a name, `say` other
 * words safe for where the sentence goes.
 */
export function verdictHeadline(
  record: RunRecord,
  show: (name: string) => string,
  say: (words: string) => string,
): string | null {
  if (!isJudged(record)) return null
  const { comparison } = record
  const name = show(record.name)
  const missed = missedText(record.objectives)
  if (comparison !== null && comparison.verdict !== 'none') {
    if (comparison.verdict === 'same' && missed !== null) return `${name} is as fast as before, but ${missed}`
    const verdict = verdictText(name, comparison, baselineName(record, say))
    return missed === null ? verdict : `${verdict}; it ${missed}`
  }
  if (missed !== null) return `${name} ${missed}`
  return hasNoBaseline(record) ? `${name}: ${becomesBaseline(record)}` : null
}

/** Whether the run got as far as to be judged, and anything was there to judge it by. */
export function isJudged(record: RunRecord): boolean {
  const { outcome, comparison, objectives } = record
  const isOver = outcome === 'done' || outcome === 'gate-failed'
  return isOver && (comparison !== null || hasNoBaseline(record) || missedText(objectives) !== null)
}

/** Whether a baseline was looked for and there was none. */
export function hasNoBaseline({ comparison, baseline, baselineNote }: RunRecord): boolean {
  return comparison === null ? baseline === null && baselineNote !== null : comparison.verdict === 'none'
}

/** The one sign for what was found, to stand before its headline. */
export function verdictIcon(verdict: Verdict, failed: boolean): string {
  if (failed) return '❌'
  return VERDICT_ICON[verdict]
}

const VERDICT_ICON: Readonly<Record<Verdict, string>> = {
  slower: '⚠️',
  faster: '✅',
  same: '✅',
  inconclusive: '➖',
  'not-comparable': '➖',
  none: '🆕',
}

/** Runs of these events are what later ones are compared with: only who may write to the repository starts them. */
export const BASELINE_EVENTS: readonly string[] = ['push', 'schedule', 'workflow_dispatch']

function becomesBaseline({ workflow }: RunRecord): string {
  return workflow !== null && BASELINE_EVENTS.includes(workflow.event)
    ? 'no baseline yet, this run becomes one'
    : 'no baseline to compare with yet'
}

/** The first words of what it was compared with: `main at 1a2b3c4`, without how that was found. */
function baselineName({ baseline }: RunRecord, say: (words: string) => string): string {
  return baseline === null ? 'the baseline' : say(baseline.description.split(', ')[0] ?? '')
}

function verdictText(name: string, comparison: Comparison, baseline: string): string {
  const { verdict, reason, metrics } = comparison
  switch (verdict) {
    case 'slower':
      return `${name} got slower: ${changes(metrics, 'slower')} against ${baseline}`
    case 'faster':
      return `${name} got faster: ${changes(metrics, 'faster')} against ${baseline}`
    case 'same':
      return reason === 'identical'
        ? `${name} did not change: same model, same settings as ${baseline}`
        : `${name} is as fast as before: ${within(metrics)} of ${baseline}`
    case 'inconclusive':
      return `Cannot say whether ${name} got slower: ${WHY_OPEN[reason]}`
    case 'not-comparable':
      return `${name} cannot be compared with ${baseline}: ${WHY_OPEN[reason]}`
    case 'none':
      return `${name}: nothing to compare with`
  }
}

/** Why there is no verdict, in a few words; the record's explanation says more. */
const WHY_OPEN: Readonly<Record<Comparison['reason'], string>> = {
  identical: 'there was nothing to measure',
  measured: 'the figures do not tell',
  recorded: 'the recorded figures do not tell',
  'time-budget': 'there was not enough time to be sure',
  'model-failed': 'one of the two could not be run',
  'different-inputs': 'the two take different inputs',
  'different-fingerprint': 'the two were measured on different machines',
  'no-common-model': 'nothing that both contain runs here',
  'not-recorded': 'one of the two has no recorded figures',
  interrupted: 'the comparison was interrupted',
  failed: 'the comparison could not be made',
}

function changes(metrics: readonly MetricComparison[], verdict: 'slower' | 'faster'): string {
  const changed = metrics.filter((metric) => metric.verdict === verdict).slice(0, 2)
  return changed.length === 0 ? 'no figure was kept' : changed.map(changeText).join(' and ')
}

function within(metrics: readonly MetricComparison[]): string {
  const [first, ...others] = metrics.slice(0, 2)
  if (first === undefined) return 'within its tolerance'
  const share = (metric: MetricComparison): string => `within ${formatPercent(metric.tolerance)}`
  if (others.every(({ tolerance }) => tolerance === first.tolerance)) {
    return `${[first, ...others].map(({ name }) => METRIC_TEXT[name]).join(' and ')} ${share(first)}`
  }
  return [first, ...others].map((metric) => `${METRIC_TEXT[metric.name]} ${share(metric)}`).join(' and ')
}
