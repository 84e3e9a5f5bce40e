import { charts } from './chart.js'
import { methodDetails, triedDetails } from './details.js'
import { codeSpan, escapeMarkdown } from './escape.js'
import { figuresOf, outputDifference, ranked, referenceOf, winnerOf } from './figures.js'
import { formatBytes, formatPercent, formatRatio, formatThroughput } from './format.js'
import { counted, findingOf, type Finding, headlineWith } from './headline.js'
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
    ...candidateTable(record),
    ...speedUpLine(record),
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
  const served = throughput === null ? '' : ` serves **${formatThroughput(throughput.throughputPerSecond)}**`
  return [`**${parts.join(' · ')}**${served}. ${accuracySentence(winner, record)}`]
}

function accuracySentence(winner: CandidateRecord, record: RunRecord): string {
  if (winner.id === record.reference?.candidateId) return 'It is the model as given.'
  if (winner.correctness.status === 'NOT-JUDGED')
    return 'The model is not deterministic, so its accuracy was not judged.'
  const difference = outputDifference(winner)
  if (difference === null) return 'How far its outputs are from those of the model as given is not known.'
  if (difference === 0) return 'Outputs equal those of the model as given.'
  const budget = formatPercent(record.settings.accuracyBudget)
  return `Outputs differ from the model as given by ${formatPercent(difference)} (budget ${budget}).`
}

function candidateTable(record: RunRecord): string[] {
  const measured = ranked(record)
  if (measured.length === 0) return []
  const reference = referenceOf(record)
  const shown = measured.filter((candidate, index) => index < MAX_ROWS || candidate === reference)
  const rest = measured.length - shown.length
  return [
    [
      `| | latency${smallestBatch(record)} (p50 · p99) | best throughput | accuracy cost | size |`,
      '|---|---:|---:|---:|---:|',
      ...shown.map((candidate) => tableRow(candidate, record)),
    ].join('\n'),
    ...(rest > 0 ? [`and ${rest} more, below`] : []),
  ]
}

function tableRow(candidate: CandidateRecord, record: RunRecord): string {
  const [p50, p99, throughput, accuracy, size] = figureCells(candidate, record)
  const wins = candidate.id === record.selection?.best.candidateId
  const strong = (text: string): string => (wins ? `**${text}**` : text)
  const unstable = candidate.measurements.some(({ stable }) => !stable) ? ' (unstable)' : ''
  const asGiven = candidate.id === record.reference?.candidateId ? 'model as given · ' : ''
  const name = `${strong(asGiven + codeSpan(candidate.id))}${wins ? ' 🏆' : ''}${unstable}`
  return `| ${name} | ${strong(p50)} · ${p99} | ${strong(throughput)} | ${accuracy} | ${size} |`
}

const METRIC = { 'latency-p50': 'p50 latency', throughput: 'throughput' } as const

function speedUpLine(record: RunRecord): string[] {
  const { speedUp, selection, reference } = record
  if (speedUp === null || selection === null || selection.best.candidateId === reference?.candidateId) {
    return selection === null ? [] : [escapeMarkdown(selection.reason)]
  }
  const interval =
    speedUp.interval === null
      ? 'no interval: too few runs'
      : `95 % interval ${speedUp.interval.map((end) => formatRatio(end).replace(' ×', '')).join('–')}`
  const runs = counted(speedUp.generations, 'alternating run')
  return [
    `Speed-up over the model as given (${METRIC[speedUp.metric]}): **${formatRatio(speedUp.ratio)}** (${interval}, ${runs}). ` +
      escapeMarkdown(selection.reason),
  ]
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
