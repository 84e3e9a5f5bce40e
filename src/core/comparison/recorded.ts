import { rankShift } from '../measurement/rank-shift.js'
import { FALSE_ALARM, FEWEST_GENERATIONS, type Judgement } from './sequential.js'
import { verdictOf } from './verdict.js'

/** What two records know of one metric. */
export interface RecordedEvidence<Name extends string = string> {
  readonly name: Name
  /** The change that is still tolerated: 0.05 for 5 %. */
  readonly tolerance: number
  /** Metrics whose figures come from the same measurements share it, and count once. */
  readonly pairId: string
  /** Milliseconds per request, one of each generation; the two sides need not have as many. */
  readonly baseMs: readonly number[]
  readonly headMs: readonly number[]
}

export interface RecordedJudgement<Name extends string = string> extends Judgement<Name> {
  /** Why nothing could be claimed; null where something was. */
  readonly reason: string | null
}

/**
 * By how much two runs of the same files on one machine are taken to differ when they were measured at different
 * moments, either way: what a shared machine's other guests, its clocks and its temperature make of an hour. Generations
 * within a run do not see it, so no interval over them covers it; it widens theirs at both ends.
 */
export const RUN_TO_RUN = 0.1

/**
 * What records of different moments say of every metric. Each is judged once, at an equal share of `falseAlarm`, by the
 * shift between the logarithms of its times, with {@link RUN_TO_RUN} on top: only a difference beyond tolerance and
 * allowance together is called, and `same` takes a tolerance wider than the allowance.
 */
export function judgeRecorded<Name extends string>(
  evidence: readonly RecordedEvidence<Name>[],
  falseAlarm = FALSE_ALARM,
): RecordedJudgement<Name>[] {
  const pairs = new Set(evidence.map(({ pairId }) => pairId)).size
  return evidence.map((metric) => judgeMetric(metric, falseAlarm / pairs))
}

function judgeMetric<Name extends string>(metric: RecordedEvidence<Name>, tail: number): RecordedJudgement<Name> {
  const { name, tolerance, baseMs, headMs } = metric
  const { center, interval: shift, level } = rankShift(baseMs.map(Math.log), headMs.map(Math.log), tail)
  const interval = shift === null ? null : widened(shift)
  const generations = Math.min(baseMs.length, headMs.length)
  const verdict = generations < FEWEST_GENERATIONS ? 'inconclusive' : verdictOf(interval, tolerance)
  const reason = verdict === 'inconclusive' ? reasonOf(metric) : null
  return { name, verdict, ratio: Math.exp(center), interval, level, tolerance, generations, reason }
}

const widened = ([low, high]: readonly [number, number]): [number, number] => [
  Math.exp(low) / (1 + RUN_TO_RUN),
  Math.exp(high) * (1 + RUN_TO_RUN),
]

function reasonOf({ baseMs, headMs, tolerance }: RecordedEvidence): string {
  const [base, head] = [baseMs.length, headMs.length]
  if (Math.min(base, head) < FEWEST_GENERATIONS) {
    return `The base was measured over ${base} generations and the head over ${head}; recorded figures need at least ${FEWEST_GENERATIONS} of each.`
  }
  const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`
  return (
    `Runs of one machine at different moments may differ by ${percent(RUN_TO_RUN)} on their own, so recorded figures ` +
    `do not settle a tolerance of ${percent(tolerance)} here; measure both sides together.`
  )
}
