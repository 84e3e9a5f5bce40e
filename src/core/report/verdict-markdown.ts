import { changeTable } from './change-table.js'
import type { Comparison } from './comparison.js'
import { escapeMarkdown, link } from './escape.js'
import { formatDuration, formatPercent } from './format.js'
import { counted, machineText } from './headline.js'
import { missedText } from './objective-text.js'
import type { LeftOut } from './room.js'
import type { RunRecord } from './run-record.js'

/** Reasons of a gate in sight; the rest are counted. */
const MOST_REASONS = 6

/** What the gate decided, and what the headline does not say of why; empty where there was nothing to decide on. */
export function decisionLines(record: RunRecord): string[] {
  const { gate, outcome, outcomeReason } = record
  const explanation = explanationOf(record)
  const isDecided = outcome === 'done' || outcome === 'gate-failed'
  if (gate === null || !isDecided) {
    const reason = outcomeReason ?? explanation
    return reason === null ? [] : [shown(reason)]
  }
  const decided = gate.failed ? '**This fails the check.**' : '**This is only reported; the check passes.**'
  const [first, ...others] = gate.reasons
  if (first === undefined) return explanation === null ? [] : [shown(explanation)]
  if (others.length > 0) return [decided, reasonList(gate.reasons)]
  if (explanation !== null) return [`${decided} ${shown(explanation)}`]
  return [isInHeadline(record) ? decided : `${decided} ${shown(first)}`]
}

const shown = (text: string): string => escapeMarkdown(text, 600)

function reasonList(reasons: readonly string[]): string {
  const lines = reasons.slice(0, MOST_REASONS).map((reason) => `- ${shown(reason)}`)
  const rest = reasons.length - lines.length
  return [...lines, ...(rest > 0 ? [`- and ${rest} more, in the record`] : [])].join('\n')
}

/** Why there is no verdict; null where there is one. */
function explanationOf({ comparison }: RunRecord): string | null {
  const isOpen = comparison?.verdict === 'inconclusive' || comparison?.verdict === 'not-comparable'
  return isOpen ? comparison.explanation : null
}

/** Whether the headline says the one thing that is not as asked for. */
function isInHeadline({ comparison, objectives }: RunRecord): boolean {
  return comparison?.verdict === 'slower' || missedText(objectives) !== null
}

/** The one table of what changed and what was asked for. */
export function judgementTable(record: RunRecord, left: LeftOut): string[] {
  const table = left.has('table') ? null : changeTable(record)
  return table === null ? [] : [table]
}

/** What it was compared with and why that, how, and how sure the figures are; why there was no other baseline. */
export function baselineLine(record: RunRecord, options: { readonly isTrusted: boolean }): string[] {
  const { baseline, baselineNote, comparison } = record
  const note = baselineNote === null ? [] : [escapeMarkdown(baselineNote, 600)]
  if (baseline === null) return note.length === 0 ? [] : note
  const description = escapeMarkdown(baseline.description, 200)
  // The address in a stranger's record is a stranger's.
  const name = options.isTrusted ? link(description, baseline.url) : description
  return [[`Compared with ${name}${comparison === null ? '' : howCompared(comparison, record)}.`, ...note].join(' ')]
}

function howCompared(comparison: Comparison, { host }: RunRecord): string {
  const { generations, spentMs, reason, metrics } = comparison
  if (reason === 'recorded') return ', by what both recorded when they were measured'
  if (generations === 0) return ''
  const level = metrics.find((metric) => metric.level !== null)?.level ?? null
  const sure = level === null ? '' : `; intervals hold at ${formatPercent(level)}`
  const machine = escapeMarkdown(machineText(host), 120)
  return `: both in turn on **${machine}**, ${counted(generations, 'round')} of fresh processes in ${formatDuration(spentMs)}${sure}`
}
