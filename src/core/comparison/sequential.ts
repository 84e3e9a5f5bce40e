import { rankInterval } from '../measurement/rank-interval.js'
import { type MetricVerdict, verdictOf } from './verdict.js'

/** What was measured of one metric. */
export interface Evidence<Name extends string = string> {
  readonly name: Name
  /** The change that is still tolerated: 0.05 for 5 %. */
  readonly tolerance: number
  /** The two lanes that were measured; metrics of one pair share their measurements and count once. */
  readonly pairId: string
  /** ln(head ÷ base) of times, one of each generation, in the order they were measured. */
  readonly logRatios: readonly number[]
}

/** What is known of one metric at a look. */
export interface Judgement<Name extends string = string> {
  readonly name: Name
  readonly verdict: MetricVerdict
  /** Head ÷ base of times; NaN without generations. */
  readonly ratio: number
  readonly interval: readonly [low: number, high: number] | null
  /** Two-sided confidence of the interval. */
  readonly level: number
  readonly tolerance: number
  /** Of which the figures are; a metric once decided keeps those of that look. */
  readonly generations: number
}

/** The probability that a comparison calls anything slower that is not, over all its looks and metrics. */
export const FALSE_ALARM = 0.01

/** No verdict but inconclusive below this many. */
export const FEWEST_GENERATIONS = 8
const MOST_LOOKS = 5
/** Looks closer together would share the level among the same evidence. */
const LEAST_GROWTH = 1.25

/** The fewest generations at which the exact test can decide one of `pairs` at one of `looks` looks. */
export function fewestGenerations(pairs = 1, looks = 1, falseAlarm = FALSE_ALARM): number {
  // All n values on one side of the bound have the probability 2⁻ⁿ.
  return Math.max(FEWEST_GENERATIONS, Math.ceil(Math.log2((pairs * looks) / falseAlarm)))
}

/**
 * After how many generations to look, growing geometrically; the last is `mostGenerations`, which may depend on time but
 * on no ratio. None when `mostGenerations` are too few to decide anything.
 */
export function lookSchedule(mostGenerations: number, pairs = 1): number[] {
  const most = Math.floor(mostGenerations)
  for (let looks = MOST_LOOKS; looks > 1; looks--) {
    const first = fewestGenerations(pairs, looks)
    const growth = (most / first) ** (1 / (looks - 1))
    if (growth >= LEAST_GROWTH) return Array.from({ length: looks }, (_, at) => Math.round(first * growth ** at))
  }
  return most < fewestGenerations(pairs) ? [] : [most]
}

/**
 * What every metric is at look number `look` (from 0) of `looks`, by the evidence up to each look so far. A look spends
 * an equal share of `falseAlarm`, whose sum bounds the error whatever the looks have in common (Bonferroni; the frame is
 * that of Lan and DeMets, Biometrika 70, 1983), and divides it among the pairs that are not yet slower (Holm,
 * Scandinavian Journal of Statistics 6, 1979). What is decided stays. When time runs out before a look is due, it may be
 * taken at what there is, as long as no ratio had a say in the time.
 */
export function judge<Name extends string>(
  evidence: readonly Evidence<Name>[],
  look: number,
  looks: readonly number[],
  falseAlarm = FALSE_ALARM,
): Judgement<Name>[] {
  let judgements = evidence.map((metric) => judgeAt(metric, 0, 0))
  for (const generations of looks.slice(0, look + 1)) {
    judgements = lookAt(evidence, judgements, generations, falseAlarm / looks.length)
  }
  return judgements
}

/** One look: judges again whenever another pair turns slower, which leaves more of the level to the rest. */
function lookAt<Name extends string>(
  evidence: readonly Evidence<Name>[],
  before: readonly Judgement<Name>[],
  generations: number,
  level: number,
): Judgement<Name>[] {
  const open = openPairs(evidence, before)
  const after = evidence.map((metric, at) => {
    const known = before[at]
    return known !== undefined && known.verdict !== 'inconclusive'
      ? known
      : judgeAt(metric, generations, level / Math.max(1, open))
  })
  return openPairs(evidence, after) < open ? lookAt(evidence, after, generations, level) : after
}

/** How many pairs have a metric that is not slower. */
function openPairs(evidence: readonly Evidence[], judgements: readonly Judgement[]): number {
  return new Set(evidence.filter((_, at) => judgements[at]?.verdict !== 'slower').map(({ pairId }) => pairId)).size
}

function judgeAt<Name extends string>(
  { name, tolerance, logRatios }: Evidence<Name>,
  most: number,
  tail: number,
): Judgement<Name> {
  const generations = Math.min(most, logRatios.length)
  const { center, interval: logs, level } = rankInterval(logRatios.slice(0, generations), tail)
  const interval = logs === null ? null : ([Math.exp(logs[0]), Math.exp(logs[1])] as const)
  const verdict = generations < FEWEST_GENERATIONS ? 'inconclusive' : verdictOf(interval, tolerance)
  return { name, verdict, ratio: Math.exp(center), interval, level, tolerance, generations }
}
