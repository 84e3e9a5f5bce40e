import pc from 'picocolors'

import { plainText } from '../core/report/escape.js'
import { headline } from '../core/report/headline.js'
import type { RunRecord } from '../core/report/run-record.js'
import { comparisonText } from './compare-text.js'
import { wrapped } from './wrapped.js'

/** What became of a run beside what it measured, for a terminal of that width; empty when nothing was asked. */
export function gateText(record: RunRecord, width: number): string {
  const { comparison, baseline, baselineNote } = record
  const parts = [
    ...(comparison === null || baseline === null
      ? []
      : [`Compared with ${plainText(baseline.description, 300)}:`, ...comparisonText(comparison, width)]),
    ...(baselineNote === null ? [] : [pc.dim(wrapped(plainText(baselineNote, 600), width))]),
    ...decisionLines(record, width),
  ]
  return parts.length === 0 ? '' : `\n${parts.join('\n')}\n`
}

function decisionLines(record: RunRecord, width: number): string[] {
  const { gate, objectives } = record
  if (gate === null) return []
  if (gate.reasons.length === 0) return objectives.length === 0 ? [] : [pc.green('Every objective is met.')]
  const [mark, colour] = gate.failed ? ['✗', pc.red] : ['!', pc.yellow]
  const said = headline(record)
  // The headline of the result has most of it already.
  const others = gate.reasons.filter((reason) => !said.startsWith(reason.replace(/\.$/, '')))
  const decided = gate.failed ? 'So this run fails.' : 'This is only reported; the run does not fail.'
  return [...others.map((reason) => plainText(reason, 2000)), decided].map((text) =>
    colour(wrapped(`${mark} ${text}`, width)),
  )
}
