import { rankShift } from '../measurement/rank-shift.js'
import type { Fingerprint } from './fingerprint.js'
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
 * moments, either way. Generations within a run do not see it, so no interval over them covers it; it widens theirs at
 * both ends. The share of a virtual machine is measured (docs/measurement.md): its host may put two of its cores on one
 * of its own for minutes. That of a machine of one's own is an allowance for its clocks and its temperature.
 */
export const RUN_TO_RUN = { physical: 0.1, virtual: 1.2 }

/** The one of {@link RUN_TO_RUN} that holds for the machine that both records are of; a virtual one's when none tells. */
export function runToRunOf(fingerprint: Fingerprint): number {
  return fingerprint.virtualMachine === 'no' ? RUN_TO_RUN.physical : RUN_TO_RUN.virtual
}

/**
 * What records of different moments say of every metric. Each is judged once, at an equal share of `falseAlarm`, by the
 * shift between the logarithms of its times, with `runToRun` on top: only a difference beyond both, tolerance and
 * `runToRun`, is called, and `same` takes a tolerance wider than `runToRun`.
 */
export function judgeRecorded<Name extends string>(
  evidence: readonly RecordedEvidence<Name>[],
  runToRun: number,
  falseAlarm = FALSE_ALARM,
): RecordedJudgement<Name>[] {
  const pairs = new Set(evidence.map(({ pairId }) => pairId)).size
  return evidence.map((metric) => judgeMetric(metric, runToRun, falseAlarm / pairs))
}

function judgeMetric<Name extends string>(
  metric: RecordedEvidence<Name>,
  runToRun: number,
  tail: number,
): RecordedJudgement<Name> {
  const { name, tolerance, baseMs, headMs } = metric
  const { center, interval: shift, level } = rankShift(baseMs.map(Math.log), headMs.map(Math.log), tail)
  const interval = shift === null ? null : widened(shift, runToRun)
  const generations = Math.min(baseMs.length, headMs.length)
  const verdict = generations < FEWEST_GENERATIONS ? 'inconclusive' : verdictOf(interval, tolerance)
  const reason = verdict === 'inconclusive' ? reasonOf(metric, runToRun) : null
  return { name, verdict, ratio: Math.exp(center), interval, level, tolerance, generations, reason }
}

const widened = ([low, high]: readonly [number, number], runToRun: number): [number, number] => [
  Math.exp(low) / (1 + runToRun),
  Math.exp(high) * (1 + runToRun),
]

function reasonOf({ baseMs, headMs, tolerance }: RecordedEvidence, runToRun: number): string {
  const [base, head] = [baseMs.length, headMs.length]
  if (Math.min(base, head) < FEWEST_GENERATIONS) {
    return `The base was measured over ${base} generations and the head over ${head}; recorded figures need at least ${FEWEST_GENERATIONS} of each.`
  }
  const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`
  return (
    `Two runs of such a machine at different moments may differ by ${percent(runToRun)} on their own, so recorded figures ` +
    `do not settle a tolerance of ${percent(tolerance)} here; measure both sides together.`
  )
}
