import { samplesText } from './details.js'
import { codeSpan, escapeMarkdown } from './escape.js'
import { figuresOf, isRounding, isUnstable, outputDifference, ranked, referenceOf, winnerOf } from './figures.js'
import { formatPercent, formatRate } from './format.js'
import { counted, machineText, reasonText, speedUpText, tradeOffText } from './headline.js'
import type { LeftOut } from './room.js'
import type { CandidateRecord, RunRecord } from './run-record.js'
import { figureCells, smallestBatch } from './table.js'

/** Rows of the table in sight, and where there is little room. */
const MOST_ROWS = 12
const FIRST_ROWS = 3

/** The best way to serve the model and what it costs in accuracy; empty without one. */
export function winnerLine(record: RunRecord): string[] {
  const winner = winnerOf(record)
  if (winner === null) return []
  const { throughput } = figuresOf(winner, record)
  const batch = throughput?.batchSize ?? null
  const parts = [
    codeSpan(winner.id),
    escapeMarkdown(winner.runner, 60),
    counted(winner.settings.intraOpThreads, 'thread'),
    ...(batch === null ? [] : [`batch ${batch}`]),
  ]
  const unit = batch === null ? 'requests/s' : 'items/s'
  const served = throughput === null ? '' : ` serves **${formatRate(throughput.throughputPerSecond)} ${unit}**`
  return [`**${parts.join(' · ')}**${served}. ${accuracySentence(winner, record)}`]
}

function accuracySentence(winner: CandidateRecord, record: RunRecord): string {
  if (winner.id === record.reference?.candidateId) return 'It is the model as given.'
  if (winner.correctness.status === 'NOT-JUDGED')
    return 'The model is not deterministic, so its accuracy was not judged.'
  const difference = outputDifference(winner)
  if (difference === null) return 'How far its outputs are from those of the model as given is not known.'
  const on = samplesText(record)
  if (difference === 0) return `Outputs equal those of the model as given (${on}).`
  const shown = formatPercent(difference)
  if (isRounding(difference, record))
    return `Outputs differ from the model as given by ${shown}, no more than its own rounding does (${on}).`
  const budget = formatPercent(record.settings.accuracyBudget)
  return `Outputs differ from the model as given by ${shown} (budget ${budget}, ${on}).`
}

/** Where it ran, and how much faster the best is there; nothing when nothing ran. */
export function machineLine(record: RunRecord): string[] {
  const measured = record.candidates.some(({ status }) => status === 'measured')
  if (!measured && record.candidates.every(({ status }) => status !== 'failed')) return []
  const where = `${measured ? 'Measured' : 'Tried'} on **${escapeMarkdown(machineText(record.host), 120)}**`
  const speedUp = speedUpText(record, (ratio) => `**${ratio}**`)
  if (speedUp !== null) return [`${where}: ${speedUp}.`]
  const reason = reasonText(record)
  return [reason === null ? `${where}.` : `${where}. ${escapeMarkdown(reason)}`]
}

/** What the winner is not best at. */
export function tradeOffLine(record: RunRecord): string[] {
  const text = tradeOffText(record, codeSpan)
  return text === null ? [] : [text]
}

/** Measured candidates, best first, the first of them and the model as given; empty when nothing was measured. */
export function candidateTable(record: RunRecord, left: LeftOut): string[] {
  const most = left.has('rows') ? FIRST_ROWS : MOST_ROWS
  const measured = ranked(record)
  if (measured.length === 0) return []
  const reference = referenceOf(record)
  const shown = measured.filter((candidate, index) => index < most || candidate === reference)
  const rest = measured.length - shown.length
  const withP99 = shown.some((candidate) => figuresOf(candidate, record).latency?.latencyMs.p99 != null)
  return [
    [
      `| | latency${smallestBatch(record)} (p50${withP99 ? ' · p99' : ''}) | best throughput | accuracy cost | size |`,
      '|---|---:|---:|---:|---:|',
      ...shown.map((candidate) => tableRow(candidate, record, withP99)),
    ].join('\n'),
    ...(rest > 0 ? [`and ${rest} more, ${left.has('tried') ? 'in the record' : 'below'}`] : []),
    ...(shown.some(isUnstable)
      ? [`⚠️ did not settle within ${record.settings.stabilityPercentage} % from window to window`]
      : []),
  ]
}

function tableRow(candidate: CandidateRecord, record: RunRecord, withP99: boolean): string {
  const [p50, p99, throughput, accuracy, size] = figureCells(candidate, record)
  const wins = candidate.id === record.selection?.best.candidateId
  const strong = (text: string): string => (wins ? `**${text}**` : text)
  const asGiven = candidate.id === record.reference?.candidateId ? 'model as given · ' : ''
  const marks = `${wins ? ' 🏆' : ''}${isUnstable(candidate) ? ' ⚠️' : ''}`
  const latency = `${strong(p50)}${withP99 ? ` · ${p99}` : ''}`
  return `| ${strong(asGiven + codeSpan(candidate.id))}${marks} | ${latency} | ${strong(throughput)} | ${accuracy} | ${size} |`
}
