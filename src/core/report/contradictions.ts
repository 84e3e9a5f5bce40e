import { isMet } from '../comparison/objectives.js'
import { FEWEST_GENERATIONS } from '../comparison/sequential.js'
import { overallVerdict, type MetricVerdict, type Verdict, verdictOf } from '../comparison/verdict.js'
import type { Comparison, MetricComparison } from './comparison.js'
import type { Objective, RunRecord } from './run-record.js'

/**
 * What in a record cannot be true together, a phrase each. Everything it claims is worked out again from the figures it
 * gives for it: a record that was made by this program has no contradiction, one that was made up may well have.
 */
export function contradictionsOf(record: RunRecord): string[] {
  return [
    ...(record.comparison === null ? [] : comparisonContradictions(record.comparison)),
    ...record.objectives.flatMap(objectiveContradictions),
    ...gateContradictions(record),
    ...speedUpContradictions(record),
    ...candidateContradictions(record),
  ]
}

function comparisonContradictions(comparison: Comparison): string[] {
  const { metrics, verdict } = comparison
  const names = metrics.map(({ name }) => name)
  const expected = verdictByReason(comparison)
  return [
    ...(new Set(names).size === names.length ? [] : ['it compares one metric twice']),
    ...metrics.flatMap((metric) => metricContradictions(metric, comparison)),
    ...(verdict === expected ? [] : [`it says ${verdict}, and its figures say ${expected}`]),
  ]
}

/** What the whole comparison has to be, by what its metrics are and why it ended. */
function verdictByReason({ reason, metrics }: Comparison): Verdict {
  switch (reason) {
    case 'measured':
    case 'recorded':
    case 'time-budget':
      return overallVerdict(metrics.map(({ verdict }) => verdict).filter(isOfMetric))
    case 'identical':
      return metrics.every(({ verdict }) => verdict === 'same') ? 'same' : 'inconclusive'
    case 'model-failed':
    case 'interrupted':
    case 'failed':
      return 'inconclusive'
    case 'different-inputs':
    case 'different-fingerprint':
    case 'no-common-model':
    case 'not-recorded':
      return 'not-comparable'
  }
}

const isOfMetric = (verdict: Verdict): verdict is MetricVerdict => verdict !== 'not-comparable' && verdict !== 'none'

function metricContradictions(metric: MetricComparison, comparison: Comparison): string[] {
  const { name, verdict, ratio, interval, tolerance } = metric
  const claim = tooFew(comparison) ? 'inconclusive' : verdictOf(interval, tolerance)
  // Records of several moments do not tell how many generations they have, and too few make any interval inconclusive.
  const mayBeOpen = comparison.reason === 'recorded' && verdict === 'inconclusive'
  return [
    ...(interval === null || isWithin(ratio, interval) ? [] : [`its ${name} lies outside its own interval`]),
    ...(verdict === claim || mayBeOpen ? [] : [`its ${name} is called ${verdict}, and its figures say ${claim}`]),
  ]
}

/** Whether nothing may be claimed from what was measured, whatever it shows. */
function tooFew({ reason, generations }: Comparison): boolean {
  return reason !== 'identical' && reason !== 'recorded' && generations < FEWEST_GENERATIONS
}

/** Numbers pass through text, so the last digits may differ. */
const ROUNDING = 1 + 1e-9

function isWithin(value: number | null, [low, high]: readonly [number, number]): boolean {
  return value !== null && low > 0 && value * ROUNDING >= low && value <= high * ROUNDING
}

function objectiveContradictions({ name, limit, value, met }: Objective): string[] {
  return met === (value === null ? null : isMet(name, value, limit))
    ? []
    : [`its ${name} of ${value ?? 'an unknown size'} is not what it says of it`]
}

function gateContradictions({ gate, outcome }: RunRecord): string[] {
  if (gate?.failed === true) {
    // A run may be interrupted in what it was to be judged by.
    return outcome === 'gate-failed' || outcome === 'interrupted' ? [] : [`its gate failed, and it ended ${outcome}`]
  }
  return outcome === 'gate-failed' ? ['it ended gate-failed, and its gate did not fail'] : []
}

function speedUpContradictions({ speedUp }: RunRecord): string[] {
  if (speedUp === null || speedUp.interval === null || isWithin(speedUp.ratio, speedUp.interval)) return []
  return ['its speed-up lies outside its own interval']
}

function candidateContradictions({ candidates, selection }: RunRecord): string[] {
  const ids = new Set(candidates.map(({ id }) => id))
  const chosen = selection === null ? [] : [selection.best, selection.maxThroughput, selection.minLatency]
  const isUnknown = chosen.some((choice) => choice !== null && !ids.has(choice.candidateId))
  return [
    ...(ids.size === candidates.length ? [] : ['two of its candidates have one id']),
    ...(isUnknown ? ['it chose a candidate that it does not have'] : []),
  ]
}
