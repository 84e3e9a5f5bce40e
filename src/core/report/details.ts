import { codeSpan, escapeMarkdown } from './escape.js'
import { figuresOf, ranked, typicalLatencyMs, winnerOf } from './figures.js'
import { formatDuration, formatMs, formatRatio } from './format.js'
import { counted, findingOf, machineText, tiesOf } from './headline.js'
import { machineStateParts, outlierText, quietMedianText, quietParts } from './noise.js'
import type { LeftOut } from './room.js'
import type { CandidateRecord, RunRecord } from './run-record.js'

/** Rows of a folded table, and notes; the rest are counted. Keeps a summary far below GitHub's 1 MiB. */
const MAX_ROWS = 100
const MAX_NOTES = 20

/** Every candidate that did not win, and why; folded unless that is all there is to say. Empty when there is none. */
export function triedDetails(record: RunRecord): string[] {
  const winner = winnerOf(record)
  const measured = ranked(record).filter((candidate) => candidate !== winner)
  const others = [...measured, ...record.candidates.filter(({ status }) => status !== 'measured')]
  if (others.length === 0) return []
  const rows = others.slice(0, MAX_ROWS).map((one) => `| ${codeSpan(one.id)} | ${whyNot(one, winner, record)} |`)
  const rest = others.length - rows.length
  const failed = others.filter(({ status }) => status === 'failed').length
  const count = `${others.length}${failed === 0 ? '' : `, ${failed} failed`}`
  const title = findingOf(record) === 'dry-run' ? 'What would be tried' : 'What was tried'
  return [
    winner === null
      ? `<details open><summary>${title} (${count})</summary>`
      : `<details><summary>${title}, and why it did not win (${count})</summary>`,
    ['| candidate | result |', '|---|---|', ...rows].join('\n'),
    ...(rest > 0 ? [`and ${rest} more, in the record`] : []),
    '</details>',
  ]
}

/** The part of a record that says what it was made with. */
interface SampledRecord {
  readonly samples: Pick<RunRecord['samples'], 'origin' | 'count'>
}

/** What a run was made with: `32 samples of yours`, `5 random samples`. */
export function samplesText({ samples: { origin, count } }: SampledRecord): string {
  switch (origin) {
    case 'user':
      return `${counted(count, 'sample')} of yours`
    case 'package':
      return `${counted(count, 'sample')} of the package`
    case 'random':
      return counted(count, 'random sample')
  }
}

/** Folded: where and how the figures were taken, how quiet the machine was, and the run's notes. */
export function methodDetails(record: RunRecord, left: LeftOut): string[] {
  const measured = record.candidates.some(({ measurements }) => measurements.length > 0)
  const notes = (left.has('notes') ? [] : record.notes.slice(0, MAX_NOTES)).map((note) => `- ${escapeMarkdown(note)}`)
  const rest = record.notes.length - notes.length
  return [
    `<details><summary>${measured ? 'Machine, method, noise' : 'Machine and method'}</summary>`,
    machineParts(record).join(' · '),
    methodParts(record, measured).join(' · '),
    ...(measured ? noiseLines(record) : []),
    ...(notes.length > 0
      ? [[...notes, ...(rest > 0 ? [`- and ${rest} more notes, in the record`] : [])].join('\n')]
      : []),
    '</details>',
  ]
}

function machineParts({ host, settings: { runtime }, target }: RunRecord): string[] {
  return [
    escapeMarkdown(machineText(host), 120),
    ...(runtime === null ? [] : [escapeMarkdown(`${runtime.name} ${runtime.version}`, 100)]),
    escapeMarkdown(`${host.platform} ${host.release}`, 100),
    escapeMarkdown(`Node ${host.node}`, 60),
    ...(target === null ? [] : [`target ${codeSpan(target)}`]),
  ]
}

function methodParts(record: RunRecord, measured: boolean): string[] {
  const { settings, tool, speedUp } = record
  const measuring = [
    `strategy \`${settings.strategy}\``,
    ...(settings.latencyBudgetMs === null ? [] : [`latency budget ${formatMs(settings.latencyBudgetMs)}`]),
    `${settings.windowSize}-request windows, stable within ${settings.stabilityPercentage} %`,
    ...(speedUp === null || speedUp.generations === 0
      ? []
      : [`${counted(speedUp.generations, 'process generation')}, order shuffled`]),
  ]
  return [
    ...(measured ? measuring : []),
    samplesText(record),
    `seed ${settings.seed}`,
    `${formatDuration(record.durationMs)} in all`,
    escapeMarkdown(`${tool.name} ${tool.version}`, 100),
  ]
}

/** How quiet it was, what disturbed, and which requests show it. */
function noiseLines(record: RunRecord): string[] {
  const outliers = [outlierText(record), quietMedianText(record)].filter((text) => text !== null)
  return [
    quietParts(record).join(' · '),
    ...(record.environment?.warnings ?? []).slice(0, MAX_NOTES).map((warning) => escapeMarkdown(warning, 300)),
    machineStateParts(record)
      .map((part) => escapeMarkdown(part, 100))
      .join(' · '),
    outliers.join(' · '),
  ].filter((line) => line !== '')
}

function whyNot(candidate: CandidateRecord, winner: CandidateRecord | null, record: RunRecord): string {
  const reason = candidate.reason === null ? null : escapeMarkdown(candidate.reason)
  if (candidate.status !== 'measured')
    return `${candidate.failureClass ?? candidate.status}: ${reason ?? 'no reason kept'}`
  if (candidate.offer !== null) return `offer: ${escapeMarkdown(candidate.offer)}`
  if (candidate.correctness.status === 'FAIL') return 'outputs differ by more than the accuracy budget'
  if (winner === null) return reason ?? 'measured'
  const figures = compared(candidate, winner, record)
  const tie = tiesOf(record).includes(candidate.id) ? 'tied with the best, which is simpler: ' : ''
  return `${tie}${figures}${reason === null ? '' : ` · ${reason}`}`
}

/** How a candidate's latency at the smallest batch and its best throughput relate to the winner's. */
function compared(candidate: CandidateRecord, winner: CandidateRecord, record: RunRecord): string {
  const [own, best] = [figuresOf(candidate, record), figuresOf(winner, record)]
  if (own.latency === null || best.latency === null || own.throughput === null || best.throughput === null) return ''
  const latency = typicalLatencyMs(own.latency) / typicalLatencyMs(best.latency)
  const throughput = own.throughput.throughputPerSecond / best.throughput.throughputPerSecond
  return `${formatRatio(latency)} the latency, ${formatRatio(throughput)} the throughput of the best`
}
