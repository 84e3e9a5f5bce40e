import type { MeasuredOutcome, Outcome } from '../measurement/outcome.js'
import { median } from '../measurement/statistics.js'
import { UNSTEADY, unsteadySpeed } from '../measurement/steadiness.js'
import type { Strategy } from '../plan/candidate.js'
import { type GenerationFigures, isEligible, metricsOf, screenedTime, settledTimes } from './select.js'

/** What a candidate has to be good at. */
interface Aim {
  readonly strategy: Strategy
  /** Batch sizes with a higher p50 latency (ms) are left out; null for no limit. */
  readonly latencyBudgetMs: number | null
}

/**
 * How many times the leader's time a finalist may have been screened at. Where the machine runs at changing speeds, by
 * as much as they change on hosts that lend one physical core to two.
 */
export const NEAR = { steady: 1.1, unsteady: 2 } as const
/** Screening alone decides nothing: there is always a runner-up, if any is within reach. */
const FEWEST_FINALISTS = 2
const MOST_FINALISTS = 4

/** Candidates whose screening came near the leader's in a metric the strategy asks about, best first. */
export function finalistsOf(
  outcomes: readonly Outcome[],
  { strategy, latencyBudgetMs }: Aim,
  near: number = NEAR.steady,
): string[] {
  const eligible = outcomes.filter((outcome) => isEligible(outcome, strategy, latencyBudgetMs))
  const lags = new Map<string, number>()
  for (const metric of metricsOf(strategy)) {
    const times = eligible.map((outcome) => screenedTime(outcome, metric, latencyBudgetMs))
    eligible.forEach(({ candidate: { id } }, at) => {
      const lag = (times[at] ?? NaN) / Math.min(...times)
      lags.set(id, Math.min(lag, lags.get(id) ?? Infinity))
    })
  }
  const order = [...lags].sort(([, one], [, other]) => one - other)
  const isFinalist = (lag: number, place: number): boolean =>
    lag <= near || (place < FEWEST_FINALISTS && lag <= NEAR.unsteady)
  return order
    .slice(0, MOST_FINALISTS)
    .filter(([, lag], place) => isFinalist(lag, place))
    .map(([id]) => id)
}

/**
 * Whether screening, where every candidate has one stretch of time, can be believed to have found those near the leader:
 * the machine ran every finalist at a steady speed, and at the one that it was screened at.
 */
export function isScreeningSound(
  finalists: readonly MeasuredOutcome[],
  { strategy, latencyBudgetMs }: Aim,
  settled: ReadonlyMap<string, readonly GenerationFigures[]>,
): boolean {
  return finalists.every((finalist) => {
    const figures = settled.get(finalist.candidate.id) ?? []
    return metricsOf(strategy).every((metric) => {
      const times = settledTimes(figures, metric)
      const change = median(times) / screenedTime(finalist, metric, latencyBudgetMs)
      return times.length === 0 || (unsteadySpeed(times) === null && Math.max(change, 1 / change) <= UNSTEADY)
    })
  })
}
