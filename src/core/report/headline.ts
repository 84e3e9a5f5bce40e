import { METRIC_TEXT } from './change.js'
import { plainText } from './escape.js'
import { figuresOf, ranked, winnerOf } from './figures.js'
import { formatRatio, formatThroughput } from './format.js'
import type { MeasurementRecord, RunRecord } from './run-record.js'
import { verdictHeadline } from './verdict-headline.js'

/** The one thing to say of a run. */
export type Finding =
  | 'faster'
  /** A faster candidate won, but the confirmation could not tell its speed-up from none. */
  | 'unconfirmed'
  | 'tie'
  | 'as-given-best'
  /** No other candidate was measured, so nothing is known of them. */
  | 'as-given-alone'
  | 'built'
  | 'dry-run'
  | 'gate-failed'
  | 'bad-input'
  | 'no-candidate'
  | 'machine-failed'
  | 'interrupted'

export function findingOf(record: RunRecord): Finding {
  if (record.outcome !== 'done') return record.outcome
  if (record.selection === null) return record.command === 'build' ? 'built' : 'dry-run'
  if (record.selection.best.candidateId === record.reference?.candidateId) {
    if (ranked(record).length === 1) return 'as-given-alone'
    return tiesOf(record).length > 0 ? 'tie' : 'as-given-best'
  }
  const { speedUp } = record
  return speedUp !== null && speedUp.ratio > 1 && (speedUp.interval?.[0] ?? 0) > 1 ? 'faster' : 'unconfirmed'
}

/** One plain sentence on what the run found: how it compares with its baseline, or the best way to serve the model. */
export function headline(record: RunRecord): string {
  const plain = (text: string): string => plainText(text, 80)
  return headlineWith(record, plain, plain)
}

/** The headline with names written by `show` and other words by `say`, which must make them safe for where it goes. */
export function headlineWith(
  record: RunRecord,
  show: (name: string) => string,
  say: (words: string) => string,
): string {
  return verdictHeadline(record, show, say) ?? findingHeadline(record, show)
}

/** What the run found of ways to serve the model, whatever it was compared with. */
export function findingHeadline(record: RunRecord, show: (name: string) => string): string {
  const name = show(record.name)
  const best = show(winnerOf(record)?.id ?? '')
  switch (findingOf(record)) {
    case 'faster':
      return tradeOff(record) === null
        ? `${name} is ${formatRatio(record.speedUp?.ratio ?? null)} faster to serve on this runner`
        : `${name} answers ${formatRatio(record.speedUp?.ratio ?? null)} faster on this runner`
    case 'unconfirmed':
      return `${best} looks best for ${name}, but its speed-up could not be confirmed`
    case 'tie':
      return `Nothing beat ${name} as given: ${counted(tiesOf(record).length, 'candidate')} tied with it`
    case 'as-given-best':
      return `Nothing beat ${name} as given`
    case 'as-given-alone':
      return `Only ${name} as given was measured`
    case 'built':
      return `${name} is built into a package; nothing was measured`
    case 'dry-run':
      return `Dry run of ${name}: ${counted(record.candidates.length, 'candidate')} planned, nothing measured`
    case 'gate-failed':
      return `${name} is not what was asked for`
    case 'bad-input':
      return `${name} could not be used`
    case 'no-candidate':
      return `No way to serve ${name} worked`
    case 'machine-failed':
      return `The machine could not finish ${name}`
    case 'interrupted':
      return `Interrupted: ${name} has ${counted(ranked(record).length, 'measured candidate')} so far`
  }
}

/** What serves so many times as much as a winner by latency is worth a change of strategy; less may be noise. */
const MORE_THROUGHPUT = 1.1

/** The candidate that serves most per second, where the winner was chosen by its latency and serves clearly less. */
function tradeOff(record: RunRecord): { id: string; throughput: MeasurementRecord } | null {
  const winner = winnerOf(record)
  const wasChosen = winner !== null && winner.id !== record.reference?.candidateId
  if (!wasChosen || record.settings.strategy !== 'max-throughput-and-min-latency') return null
  const own = figuresOf(winner, record).throughput?.throughputPerSecond ?? Infinity
  const others = ranked(record).flatMap((candidate) => {
    const { throughput } = figuresOf(candidate, record)
    return throughput === null || candidate.correctness.status === 'FAIL' ? [] : [{ id: candidate.id, throughput }]
  })
  const [most] = others.sort((a, b) => b.throughput.throughputPerSecond - a.throughput.throughputPerSecond)
  return most !== undefined && most.throughput.throughputPerSecond > own * MORE_THROUGHPUT ? most : null
}

/** Says what the winner is not best at, and how to have that instead; null when it is best at all that was asked. */
export function tradeOffText(
  record: RunRecord,
  show: (name: string) => string = (name) => plainText(name, 80),
): string | null {
  const most = tradeOff(record)
  if (most === null) return null
  const { throughputPerSecond, batchSize } = most.throughput
  const at = batchSize === null ? '' : ` at batch ${batchSize}`
  return (
    `${show(most.id)} serves more, ${formatThroughput(throughputPerSecond)}${at}, but is not the first to answer, which decides here; ` +
    'the strategy max-throughput is for serving most.'
  )
}

/** By how much the best is faster, `1.90 × the speed of the model as given …`; null when there is no such figure. */
export function speedUpText(
  { speedUp, selection, reference }: RunRecord,
  show: (ratio: string) => string = (ratio) => ratio,
): string | null {
  if (speedUp === null || selection?.best.candidateId === reference?.candidateId) return null
  const interval =
    speedUp.interval === null
      ? 'no interval: too few runs'
      : `95 % interval ${speedUp.interval.map((end) => formatRatio(end).replace(' ×', '')).join('–')}`
  const runs = counted(speedUp.generations, 'alternating run')
  return `${show(formatRatio(speedUp.ratio))} the speed of the model as given by ${METRIC_TEXT[speedUp.metric]} (${interval}, ${runs})`
}

/** Why the best is the best, where `speedUpText` has nothing to say; null when there is no best, or it says so already. */
export function reasonText(record: RunRecord): string | null {
  return findingOf(record) === 'as-given-alone' ? null : (record.selection?.reason ?? null)
}

/** The machine in a few words: `AMD EPYC 7B13, 2 of 8 cores`. */
export function machineText({ cpu, allowedCores, logicalCores }: RunRecord['host']): string {
  const cores = counted(logicalCores, 'core')
  return `${cpu}, ${allowedCores === logicalCores ? cores : `${allowedCores} of ${cores}`}`
}

/** The other candidates within the tie margin of the best. */
export function tiesOf({ selection }: RunRecord): readonly string[] {
  return selection === null ? [] : selection.ties.filter((id) => id !== selection.best.candidateId)
}

/** `1 candidate`, `2 candidates`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
