import { codeSpan, escapeMarkdown } from './escape.js'
import { figuresOf, ranked, typicalLatencyMs, winnerOf } from './figures.js'
import { formatDuration, formatMs, formatRatio } from './format.js'
import { counted, tiesOf } from './headline.js'
import type { CandidateRecord, RunRecord } from './run-record.js'

/** Rows of a folded table, and notes; the rest are counted. Keeps a summary far below GitHub's 1 MiB. */
const MAX_ROWS = 100
const MAX_NOTES = 20

/** Folded: every candidate that did not win, and why. Empty when there is none. */
export function triedDetails(record: RunRecord): string[] {
  const winner = winnerOf(record)
  const measured = ranked(record).filter((candidate) => candidate !== winner)
  const others = [...measured, ...record.candidates.filter(({ status }) => status !== 'measured')]
  if (others.length === 0) return []
  const rows = others.slice(0, MAX_ROWS).map((one) => `| ${codeSpan(one.id)} | ${whyNot(one, winner, record)} |`)
  const rest = others.length - rows.length
  return [
    `<details><summary>What was tried, and why it did not win (${others.length})</summary>`,
    ['| candidate | result |', '|---|---|', ...rows].join('\n'),
    ...(rest > 0 ? [`and ${rest} more, in the record`] : []),
    '</details>',
  ]
}

/** Folded: where and how the figures were taken, how quiet the machine was, and the run's notes. */
export function methodDetails(record: RunRecord): string[] {
  const { host, settings, samples, tool } = record
  const { runtime } = settings
  const machine = [
    `${escapeMarkdown(host.cpu, 100)}, ${host.allowedCores} of ${counted(host.logicalCores, 'core')} allowed`,
    escapeMarkdown(`${runtime.name} ${runtime.version}`, 100),
    escapeMarkdown(`${host.platform} ${host.release}`, 100),
    escapeMarkdown(`Node ${host.node}`, 60),
    ...(record.target === null ? [] : [`target ${codeSpan(record.target)}`]),
  ]
  const method = [
    `strategy \`${settings.strategy}\``,
    settings.latencyBudgetMs === null ? null : `latency budget ${formatMs(settings.latencyBudgetMs)}`,
    `${counted(samples.count, 'sample')} (${SAMPLE_ORIGIN[samples.origin]})`,
    `${settings.windowSize}-request windows, stable within ${settings.stabilityPercentage} %`,
    record.speedUp === null ? null : `${counted(record.speedUp.generations, 'process generation')}, order shuffled`,
    `seed ${settings.seed}`,
    `${formatDuration(record.durationMs)} in all`,
    escapeMarkdown(`${tool.name} ${tool.version}`, 100),
  ]
  const notes = record.notes.slice(0, MAX_NOTES).map((note) => `- ${escapeMarkdown(note)}`)
  const rest = record.notes.length - notes.length
  return [
    '<details><summary>Machine, method, noise</summary>',
    machine.join(' · '),
    method.filter((part) => part !== null).join(' · '),
    noiseLine(record),
    ...(notes.length > 0
      ? [[...notes, ...(rest > 0 ? [`- and ${rest} more notes, in the record`] : [])].join('\n')]
      : []),
    '</details>',
  ]
}

const SAMPLE_ORIGIN = { user: 'yours', package: "the package's", random: 'random' } as const

/** CPU pressure above this, in percent, makes small differences hard to see. */
const QUIET_PERCENT = 10

function noiseLine(record: RunRecord): string {
  const noise = record.candidates.flatMap(({ measurements }) => measurements.map((one) => one.noise))
  const pressure = largest(noise.map(({ cpuPressurePercent }) => cpuPressurePercent))
  const waiting = largest(noise.map(({ runQueueShare }) => runQueueShare))
  const quiet = pressure !== null && pressure < QUIET_PERCENT ? ' (quiet)' : ' (busy: small differences may be noise)'
  return [
    pressure === null ? 'CPU pressure unknown' : `CPU pressure at most ${Number(pressure.toFixed(1))} %${quiet}`,
    waiting === null ? null : `waiting for a core at most ${Number((waiting * 100).toPrecision(2))} % of the time`,
    record.harness === null ? null : `harness ${formatMs(record.harness.perRequestMs)} per call`,
  ]
    .filter((part) => part !== null)
    .join(' · ')
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

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((a, b) => Math.max(a, b))
}
