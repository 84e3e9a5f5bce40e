import { METRICS } from '../comparison/metrics.js'
import { OBJECTIVES } from '../comparison/objectives.js'
import { allowedChange, changeCell, METRIC_TEXT, signedPercent } from './change.js'
import type { Comparison, MetricComparison } from './comparison.js'
import { batchText, figureText } from './comparison-table.js'
import { formatBytes, formatPercent, UNKNOWN } from './format.js'
import { limitText, OBJECTIVE_TEXT, reachedText } from './objective-text.js'
import type { Objective, RunRecord } from './run-record.js'

/** What it is of, before, now, change, allowed, verdict: all markdown. */
type Row = readonly [of: string, before: string, now: string, change: string, allowed: string, verdict: string]

/**
 * All that was judged of a run, in one table: what changed against the baseline, what that may do, and the objectives.
 * Nothing in it is a stranger's text. null when nothing was judged.
 */
export function changeTable({ comparison, objectives, settings }: RunRecord): string | null {
  const changed = comparison === null ? [] : comparisonRows(comparison, settings.accuracyBudget)
  // A stranger's record may list one many times.
  const asked = OBJECTIVES.flatMap((name) => objectives.find((one) => one.name === name) ?? [])
  if (changed.length === 0) return asked.length === 0 ? null : objectiveTable(asked)
  return table(
    ['', 'before', 'now', 'change', 'allowed', ''],
    [...changed, ...asked.map((one): Row => [objectiveName(one), '', reachedText(one), '', limitText(one), met(one)])],
  )
}

function objectiveTable(objectives: readonly Objective[]): string {
  const rows = objectives.map((one) => [OBJECTIVE_TEXT[one.name], reachedText(one), limitText(one), met(one)])
  return table(['objective', 'reached', 'asked for', ''], rows)
}

const objectiveName = ({ name }: Objective): string => `${OBJECTIVE_TEXT[name]} (objective)`

function met({ met }: Objective): string {
  if (met === null) return '➖ not known'
  return met ? '✅ met' : '❌ missed'
}

/** Text to the left, figures to the right. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const edges = heads.map((_, index) => (index === 0 || index === heads.length - 1 ? ':--' : '--:'))
  return [line(heads), line(edges), ...rows.map(line)].join('\n')
}

function comparisonRows(comparison: Comparison, accuracyBudget: number): Row[] {
  const metrics = METRICS.flatMap((name) => comparison.metrics.find((metric) => metric.name === name) ?? [])
  const wasMeasured = metrics.some(({ baseMs }) => baseMs !== null)
  const answers = wasMeasured || comparison.accuracy !== null ? [answersRow(comparison, accuracyBudget)] : []
  return [...(wasMeasured ? metrics.map(metricRow) : []), ...sizeRow(comparison), ...answers]
}

const METRIC_VERDICT: Readonly<Record<MetricComparison['verdict'], string>> = {
  slower: '❌ slower',
  faster: '✅ faster',
  same: '✅ same',
  inconclusive: '➖ not sure',
  'not-comparable': '➖ not comparable',
  none: '➖ not compared',
}

function metricRow(metric: MetricComparison): Row {
  const { name, baseMs, headMs, verdict } = metric
  const batch = batchText(metric)
  const hasMoved = verdict === 'slower' || verdict === 'faster'
  const strong = (text: string): string => (hasMoved ? `**${text}**` : text)
  return [
    strong(`${METRIC_TEXT[name]}${batch === null ? '' : ` (batch ${batch})`}`),
    figureText(metric, baseMs),
    strong(figureText(metric, headMs)),
    changeCell(metric, strong),
    allowedChange(metric),
    baseMs === null ? '➖ not measured' : METRIC_VERDICT[verdict],
  ]
}

function sizeRow({ size }: Comparison): Row[] {
  if (size === null) return []
  const { baseBytes, headBytes } = size
  const change = baseBytes === headBytes ? 'same' : signedPercent(headBytes / baseBytes - 1)
  return [['model size', formatBytes(baseBytes), formatBytes(headBytes), change, '', '']]
}

/** Nothing fails for other answers, which a better model gives too; but nobody should overlook them. */
function answersRow({ accuracy }: Comparison, accuracyBudget: number): Row {
  if (accuracy === null) return ['answers', '', '', 'not compared', '', '']
  const worst = accuracy.outputs.reduce((most, { relativeRms }) => Math.max(most, relativeRms ?? Infinity), 0)
  const change = worst === 0 ? 'same' : Number.isFinite(worst) ? `differ by ${formatPercent(worst)}` : UNKNOWN
  return ['answers', '', '', change, '', worst > accuracyBudget ? '⚠️ changed' : '']
}
