import { charts } from './chart.js'
import { methodDetails, samplesText, triedDetails } from './details.js'
import { codeSpan, escapeMarkdown } from './escape.js'
import { figuresOf, isRounding, isUnstable, outputDifference, ranked, referenceOf, winnerOf } from './figures.js'
import { formatBytes, formatPercent, formatRate } from './format.js'
import {
  counted,
  findingOf,
  type Finding,
  headlineWith,
  machineText,
  reasonText,
  speedUpText,
  tradeOffText,
} from './headline.js'
import { disturbanceText } from './noise.js'
import type { CandidateRecord, RunRecord } from './run-record.js'
import { figureCells, smallestBatch } from './table.js'

/** Rows of the table in sight. */
const MAX_ROWS = 12

/**
 * The job summary in GitHub's markdown: what won and by how much, the candidates, charts over batch size, and folded
 * what was tried and how it was measured. Below 1 MiB whatever the record holds; every name and reason is escaped.
 * `packageUrl` is where the package can be downloaded.
 */
export function renderSummary(record: RunRecord, links: { packageUrl?: string } = {}): string {
  const blocks = [
    `## ${ICON[findingOf(record)]} ${headlineWith(record, codeSpan)}`,
    ...reasonLine(record),
    ...winnerLine(record),
    ...machineLine(record),
    ...disturbanceLine(record),
    ...tradeOffLine(record),
    ...candidateTable(record),
    ...charts(record),
    ...triedDetails(record),
    ...methodDetails(record),
    ...packageLine(record, links.packageUrl),
  ]
  return `${blocks.join('\n\n')}\n`
}

const ICON: Readonly<Record<Finding, string>> = {
  faster: '✅',
  unconfirmed: '➖',
  tie: '➖',
  'as-given-best': '➖',
  'as-given-alone': '➖',
  built: '📦',
  'dry-run': '📝',
  'gate-failed': '❌',
  'bad-input': '❌',
  'no-candidate': '❌',
  'machine-failed': '⚠️',
  interrupted: '⏹️',
}

function reasonLine({ outcomeReason }: RunRecord): string[] {
  return outcomeReason === null ? [] : [escapeMarkdown(outcomeReason, 600)]
}

function winnerLine(record: RunRecord): string[] {
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
function machineLine(record: RunRecord): string[] {
  const measured = record.candidates.some(({ status }) => status === 'measured')
  if (!measured && record.candidates.every(({ status }) => status !== 'failed')) return []
  const where = `${measured ? 'Measured' : 'Tried'} on **${escapeMarkdown(machineText(record.host), 120)}**`
  const speedUp = speedUpText(record, (ratio) => `**${ratio}**`)
  if (speedUp !== null) return [`${where}: ${speedUp}.`]
  const reason = reasonText(record)
  return [reason === null ? `${where}.` : `${where}. ${escapeMarkdown(reason)}`]
}

function disturbanceLine(record: RunRecord): string[] {
  const text = disturbanceText(record)
  return text === null ? [] : [`⚠️ ${escapeMarkdown(text, 300)}`]
}

function tradeOffLine(record: RunRecord): string[] {
  const text = tradeOffText(record, codeSpan)
  return text === null ? [] : [text]
}

function candidateTable(record: RunRecord): string[] {
  const measured = ranked(record)
  if (measured.length === 0) return []
  const reference = referenceOf(record)
  const shown = measured.filter((candidate, index) => index < MAX_ROWS || candidate === reference)
  const rest = measured.length - shown.length
  const withP99 = shown.some((candidate) => figuresOf(candidate, record).latency?.latencyMs.p99 != null)
  return [
    [
      `| | latency${smallestBatch(record)} (p50${withP99 ? ' · p99' : ''}) | best throughput | accuracy cost | size |`,
      '|---|---:|---:|---:|---:|',
      ...shown.map((candidate) => tableRow(candidate, record, withP99)),
    ].join('\n'),
    ...(rest > 0 ? [`and ${rest} more, below`] : []),
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

function packageLine({ package: file }: RunRecord, url: string | undefined): string[] {
  if (file === null) return []
  const name = file.path.split(/[/\\]/).at(-1) ?? file.path
  const link =
    url === undefined || !/^https?:\/\//.test(url)
      ? codeSpan(name)
      : `[${codeSpan(name)}](<${url.replaceAll(/[<>\s]/g, encodeURIComponent)}>)`
  const parts = [
    link,
    formatBytes(file.bytes),
    `sha256 \`${file.sha256.slice(0, 12)}…\``,
    codeSpan(`navpkg inspect ${name}`, 120),
  ]
  return [`📦 ${parts.join(' · ')}`]
}
