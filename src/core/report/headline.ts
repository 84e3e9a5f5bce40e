import { plainText } from './escape.js'
import { ranked, winnerOf } from './figures.js'
import { formatRatio } from './format.js'
import type { RunRecord } from './run-record.js'

/** The one thing to say of a run. */
export type Finding =
  | 'faster'
  /** A faster candidate won, but the confirmation could not tell its speed-up from none. */
  | 'unconfirmed'
  | 'tie'
  | 'as-given-best'
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
    return tiesOf(record).length > 0 ? 'tie' : 'as-given-best'
  }
  const { speedUp } = record
  return speedUp !== null && speedUp.ratio > 1 && (speedUp.interval?.[0] ?? 0) > 1 ? 'faster' : 'unconfirmed'
}

/** One plain sentence on what the run found. */
export function headline(record: RunRecord): string {
  return headlineWith(record, (name) => plainText(name, 80))
}

/** The headline with names written by `show`, which must make them safe for where the sentence goes. */
export function headlineWith(record: RunRecord, show: (name: string) => string): string {
  const name = show(record.name)
  const best = show(winnerOf(record)?.id ?? '')
  switch (findingOf(record)) {
    case 'faster':
      return `${name} is ${formatRatio(record.speedUp?.ratio ?? null)} faster to serve on this runner`
    case 'unconfirmed':
      return `${best} looks best for ${name}, but its speed-up could not be confirmed`
    case 'tie':
      return `Nothing beat ${name} as given: ${counted(tiesOf(record).length, 'candidate')} tied with it`
    case 'as-given-best':
      return `Nothing beat ${name} as given`
    case 'built':
      return `${name} is built into a package; nothing was measured`
    case 'dry-run':
      return `Dry run of ${name}: ${counted(record.candidates.length, 'candidate')} planned, nothing measured`
    case 'gate-failed':
      return `${name} missed an objective`
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

/** The other candidates within the tie margin of the best. */
export function tiesOf({ selection }: RunRecord): readonly string[] {
  return selection === null ? [] : selection.ties.filter((id) => id !== selection.best.candidateId)
}

/** `1 candidate`, `2 candidates`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
