import type { MeasuredOutcome, Outcome } from '../measurement/outcome.js'
import { ratioInterval } from '../measurement/settle.js'
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
}

/** A challenger takes the win only when it is surely faster than this. */
const TIE_MARGIN = 1.03
const NEAR_LEADER = 1.1
const MOST_FINALISTS = 4

type Metric = 'latency' | 'throughput'

/** Candidates whose screening came within 10 % of the leader's in a metric the strategy asks about, best first. */
export function finalistsOf(
  outcomes: readonly Outcome[],
  strategy: Strategy,
  latencyBudgetMs: number | null,
): string[] {
  const eligible = outcomes.filter((outcome) => isEligible(outcome, strategy, latencyBudgetMs))
  const near = metricsOf(strategy).flatMap((metric) => {
    const scored = eligible.map((outcome) => ({
      id: outcome.candidate.id,
      time: screenedTime(outcome, metric, latencyBudgetMs),
    }))
    const leader = Math.min(...scored.map(({ time }) => time))
    return scored.filter(({ time }) => time <= leader * NEAR_LEADER).map(({ id, time }) => ({ id, lag: time / leader }))
  })
  const order = near.sort((a, b) => a.lag - b.lag).map(({ id }) => id)
  return [...new Set(order)].slice(0, MOST_FINALISTS)
}

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
  readonly random: () => number
}): Selection | null {
  const { outcomes, strategy, latencyBudgetMs, settled, random } = facts
  const eligible = outcomes.filter((outcome) => isEligible(outcome, strategy, latencyBudgetMs))
  const [first] = eligible
  if (first === undefined) return null
  const metrics = metricsOf(strategy)
  const finalists = eligible.filter((outcome) => settled.has(outcome.candidate.id))
  const contests = metrics.map((metric) => contest(finalists, metric, settled, random))
  const [byLatency = null] = contests
  const winner = contests.every((one) => one?.winner === byLatency?.winner) ? byLatency : (contests[0] ?? null)
  const outcome = winner?.winner ?? first
  const rows = rowsOf(outcomes)
  return {
    best: choiceOf(outcome, latencyBudgetMs),
    maxThroughput: chooseRuntime(rows, 'max-throughput', null),
    minLatency: chooseRuntime(rows, 'min-latency', null),
    reason: reasonOf(outcome, facts.referenceId, winner?.ties ?? []),
    ties: (winner?.ties ?? []).map((tie) => tie.candidate.id),
  }
}

interface Contest {
  readonly winner: MeasuredOutcome
  readonly ties: readonly MeasuredOutcome[]
}

function contest(
  finalists: readonly MeasuredOutcome[],
  metric: Metric,
  settled: ReadonlyMap<string, readonly GenerationFigures[]>,
  random: () => number,
): Contest | null {
  const [first, ...challengers] = finalists
  if (first === undefined) return null
  const times = (outcome: MeasuredOutcome): number[] =>
    (settled.get(outcome.candidate.id) ?? []).map((one) => (metric === 'latency' ? one.latencyMs : 1 / one.throughput))
  let leader = first
  for (const challenger of challengers) {
    const { interval } = ratioInterval(times(leader), times(challenger), random)
    if (interval !== null && interval[0] > TIE_MARGIN) leader = challenger
  }
  const ties = finalists.filter((other) => other !== leader && isTie(times(leader), times(other), random))
  return { winner: leader, ties }
}

function isTie(leader: readonly number[], other: readonly number[], random: () => number): boolean {
  const { interval } = ratioInterval(other, leader, random)
  return interval === null || interval[0] <= TIE_MARGIN
}

/** The default strategy asks for both; where no candidate leads both, latency decides, as the real one falls back. */
function metricsOf(strategy: Strategy): readonly Metric[] {
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

function isEligible(outcome: Outcome, strategy: Strategy, latencyBudgetMs: number | null): outcome is MeasuredOutcome {
  if (outcome.status !== 'measured' || outcome.correctness.status === 'FAIL') return false
  if (strategy !== 'max-throughput-with-latency-budget') return true
  return measurementsWithin(outcome, latencyBudgetMs).length > 0
}

function measurementsWithin(outcome: MeasuredOutcome, latencyBudgetMs: number | null): MeasuredOutcome['measurements'] {
  return outcome.measurements.filter(
    ({ latencyMs }) => (latencyMs.p50 ?? latencyMs.mean).value <= (latencyBudgetMs ?? Infinity),
  )
}

function screenedTime(outcome: MeasuredOutcome, metric: Metric, latencyBudgetMs: number | null): number {
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

function reasonOf(winner: MeasuredOutcome, referenceId: string, ties: readonly MeasuredOutcome[]): string {
  const beyond = `${Math.round((TIE_MARGIN - 1) * 100)} %`
  if (winner.candidate.id !== referenceId)
    return `It is more than ${beyond} faster than every simpler candidate, beyond the noise.`
  return ties.length === 0
    ? 'No candidate came close to the model as given.'
    : `No candidate is more than ${beyond} faster than the model as given, beyond the noise.`
}
