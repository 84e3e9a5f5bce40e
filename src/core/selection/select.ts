import type { MeasuredOutcome, Outcome } from '../measurement/outcome.js'
import { ratioInterval } from '../measurement/rank-interval.js'
import type { Strategy } from '../plan/candidate.js'
import type { Choice } from './selection.js'
import { chooseRuntime, type RuntimeRow } from './strategies.js'

/** What one process generation gave for one finalist. */
export interface GenerationFigures {
  /** Median latency at its smallest batch size, milliseconds. */
  readonly latencyMs: number
  /** Items per second at its best batch size. */
  readonly throughput: number
}

export interface Selection {
  readonly best: Choice
  readonly maxThroughput: Choice | null
  readonly minLatency: Choice | null
  readonly reason: string
  readonly ties: string[]
  /** The metric `best` was chosen by. */
  readonly decidedBy: Metric
}

/** A challenger takes the win only when it is surely faster than this. */
const TIE_MARGIN = 1.03

/** Latency at the smallest batch size, or items per second at the best one. */
export type Metric = 'latency' | 'throughput'

/**
 * The winner among what was settled. Candidates come in plan order, simplest first; a later one must beat the one that
 * leads with an interval wholly above 1.03, else it is a tie and the simpler one stays. `maxThroughput` and
 * `minLatency` follow the real Navigator's strict rule over status.yaml's rows. null when nothing was measured.
 */
export function select(facts: {
  readonly outcomes: readonly Outcome[]
  readonly referenceId: string
  readonly strategy: Strategy
  readonly latencyBudgetMs: number | null
  readonly settled: ReadonlyMap<string, readonly GenerationFigures[]>
}): Selection | null {
  const { outcomes, strategy, latencyBudgetMs, settled } = facts
  const eligible = outcomes.filter((outcome) => isEligible(outcome, strategy, latencyBudgetMs))
  const [first] = eligible
  if (first === undefined) return null
  const reference = eligible.find(({ candidate }) => candidate.id === facts.referenceId)
  // Without figures of the model as given to compare with, nothing beats it.
  const isLost = reference !== undefined && settled.size > 0 && !settled.has(facts.referenceId)
  const finalists = isLost ? [] : eligible.filter((outcome) => settled.has(outcome.candidate.id))
  const contests = metricsOf(strategy).flatMap((metric) => contest(finalists, metric, settled) ?? [])
  const decisive = decisiveOf(contests)
  const best = decisive?.leader ?? reference ?? first
  const ties = decisive?.ties ?? []
  const rows = rowsOf(outcomes)
  return {
    best: choiceOf(best, latencyBudgetMs),
    maxThroughput: chooseRuntime(rows, 'max-throughput', null),
    minLatency: chooseRuntime(rows, 'min-latency', null),
    reason: isLost
      ? 'The model as given failed while the finalists were measured again, so nothing can be said to beat it.'
      : reasonOf(best, { eligible, contests, referenceId: facts.referenceId }),
    ties: ties.map((tie) => tie.candidate.id),
    decidedBy: decisive?.metric ?? metricsOf(strategy)[0],
  }
}

/**
 * Whether more generations could hardly change who wins: each finalist is surely faster than the leader, which it then is
 * itself, or surely not by more than the tie margin.
 */
export function isChoiceClear(
  finalists: readonly MeasuredOutcome[],
  strategy: Strategy,
  settled: ReadonlyMap<string, readonly GenerationFigures[]>,
): boolean {
  return metricsOf(strategy).every((metric) => contest(finalists, metric, settled)?.isClear !== false)
}

interface Contest {
  readonly metric: Metric
  readonly leader: MeasuredOutcome
  /** Those not surely beaten by the leader. */
  readonly ties: readonly MeasuredOutcome[]
  /** Whether no other could still turn out to be faster than the leader by more than the tie margin. */
  readonly isClear: boolean
  /** How many times as long as the leader this one takes, at the middle of the generations. */
  readonly behind: (outcome: MeasuredOutcome) => number
}

function contest(
  finalists: readonly MeasuredOutcome[],
  metric: Metric,
  settled: ReadonlyMap<string, readonly GenerationFigures[]>,
): Contest | null {
  const [first, ...challengers] = finalists
  if (first === undefined) return null
  const times = ({ candidate }: MeasuredOutcome): number[] => settledTimes(settled.get(candidate.id) ?? [], metric)
  let leader = first
  for (const challenger of challengers) {
    const { interval } = ratioInterval(times(leader), times(challenger))
    if (interval !== null && interval[0] > TIE_MARGIN) leader = challenger
  }
  const leads = times(leader)
  return {
    metric,
    leader,
    ties: finalists.filter((other) => other !== leader && isTie(leads, times(other))),
    isClear: finalists.every((other) => other === leader || !couldLead(times(other), leads)),
    behind: (outcome) => ratioInterval(times(outcome), leads).ratio,
  }
}

/** As {@link screenedTime}, of every generation. */
export function settledTimes(figures: readonly GenerationFigures[], metric: Metric): number[] {
  return figures.map(({ latencyMs, throughput }) => (metric === 'latency' ? latencyMs : 1 / throughput))
}

function couldLead(challenger: readonly number[], leader: readonly number[]): boolean {
  const { interval } = ratioInterval(leader, challenger)
  return interval === null || interval[1] > TIE_MARGIN
}

function isTie(leader: readonly number[], other: readonly number[]): boolean {
  const { interval } = ratioInterval(other, leader)
  return interval === null || interval[0] <= TIE_MARGIN
}

/**
 * Where a strategy asks for both metrics, the first decides, as the real Navigator falls back to the latency, unless the
 * leader of the second is as good in the first.
 */
function decisiveOf([first, second]: readonly Contest[]): Contest | null {
  if (first === undefined) return null
  if (second === undefined || second.leader === first.leader) return first
  return first.ties.includes(second.leader) && first.behind(second.leader) <= TIE_MARGIN ? second : first
}

export function metricsOf(strategy: Strategy): readonly [Metric, ...Metric[]] {
  switch (strategy) {
    case 'max-throughput-and-min-latency':
      return ['latency', 'throughput']
    case 'min-latency':
      return ['latency']
    case 'max-throughput':
    case 'max-throughput-with-latency-budget':
      return ['throughput']
  }
}

export function isEligible(
  outcome: Outcome,
  strategy: Strategy,
  latencyBudgetMs: number | null,
): outcome is MeasuredOutcome {
  if (outcome.status !== 'measured' || outcome.correctness.status === 'FAIL') return false
  if (strategy !== 'max-throughput-with-latency-budget') return true
  return measurementsWithin(outcome, latencyBudgetMs).length > 0
}

/** What was measured at batch sizes within the latency budget. */
export function measurementsWithin(
  outcome: MeasuredOutcome,
  latencyBudgetMs: number | null,
): MeasuredOutcome['measurements'] {
  return outcome.measurements.filter(
    ({ latencyMs }) => (latencyMs.p50 ?? latencyMs.mean).value <= (latencyBudgetMs ?? Infinity),
  )
}

/** Of one request at the smallest batch size (ms), or of one item at the best (s), as it was screened. */
export function screenedTime(outcome: MeasuredOutcome, metric: Metric, latencyBudgetMs: number | null): number {
  const [smallest] = outcome.measurements
  if (metric === 'latency') return (smallest?.latencyMs.p50 ?? smallest?.latencyMs.mean)?.value ?? Infinity
  const within = measurementsWithin(outcome, latencyBudgetMs)
  return 1 / Math.max(...within.map((measurement) => measurement.throughputPerSecond))
}

/** `batchSize` is the one that serves most per second, within the latency budget where there is one. */
function choiceOf(outcome: MeasuredOutcome, latencyBudgetMs: number | null): Choice {
  const { id, key, modelKey, runner } = outcome.candidate
  const within = measurementsWithin(outcome, latencyBudgetMs)
  const [fastest] = [...within].sort((a, b) => b.throughputPerSecond - a.throughputPerSecond)
  return { candidateId: id, key: key ?? modelKey, runner, batchSize: fastest?.batchSize ?? null }
}

function rowsOf(outcomes: readonly Outcome[]): RuntimeRow[] {
  return outcomes.flatMap((outcome) => {
    const { id, key, runner } = outcome.candidate
    if (outcome.status !== 'measured' || key === null) return []
    return [{ candidateId: id, key, runner, results: outcome.profilingResults }]
  })
}

const MARGIN_TEXT = `${Math.round((TIE_MARGIN - 1) * 100)} %`

function reasonOf(
  best: MeasuredOutcome,
  facts: { eligible: readonly MeasuredOutcome[]; contests: readonly Contest[]; referenceId: string },
): string {
  const { eligible, contests, referenceId } = facts
  if (eligible.length === 1) return 'Nothing else could be chosen.'
  if (!eligible.some(({ candidate }) => candidate.id === referenceId)) return 'It is the best that meets the strategy.'
  const decisive = contests.find(({ leader }) => leader === best)
  const [first, second] = contests
  const why =
    best.candidate.id !== referenceId
      ? `It is more than ${MARGIN_TEXT} faster than the model as given, beyond the noise`
      : decisive === undefined || decisive.ties.length === 0
        ? 'No candidate came close to the model as given'
        : `No candidate is more than ${MARGIN_TEXT} faster than the model as given, beyond the noise`
  if (first === undefined || second === undefined || second.leader === first.leader) return `${why}.`
  return decisive === first
    ? `${why}, in latency, which decides where no candidate leads in both: ${second.leader.candidate.id} has more throughput.`
    : `${why}, in throughput, at a latency as low as that of ${first.leader.candidate.id}.`
}
