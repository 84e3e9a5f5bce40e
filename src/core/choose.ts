import { BackendFailure } from './backends/backend.js'
import type { MeasuredOutcome, Outcome } from './measurement/outcome.js'
import { ratioInterval } from './measurement/rank-interval.js'
import { mulberry32 } from './plan/random-samples.js'
import type { RunRecord } from './report/run-record.js'
import type { Run, Tools } from './run.js'
import { finalistsOf, isScreeningSound, NEAR } from './selection/finalists.js'
import { type GenerationFigures, isChoiceClear, type Metric, select, settledTimes } from './selection/select.js'
import { settle, type Settling } from './settle.js'
import { outOfTime, SETTLE_SHARE } from './time-budget.js'

/** Generations after which the finalists may be settled, the last of which ends it. */
const SETTLE_LOOKS = [8, 12] as const
/** Generations of the confirmation of the winner's speed-up. */
const CONFIRM_GENERATIONS = 10

/** Settles the finalists, selects the winner and confirms its speed-up; the results go into `run`. */
export async function choose(run: Run, tools: Tools): Promise<void> {
  const { request, outcomes, reference, referenceId } = run
  if (reference === null || referenceId === null) {
    run.outcome = 'no-candidate'
    run.outcomeReason = whyNothingRan(outcomes)
    return
  }
  const random = mulberry32(request.seed + 2)
  const measured = new Map(outcomes.flatMap((one) => (one.status === 'measured' ? [[one.candidate.id, one]] : [])))
  const pick = (ids: readonly string[]): MeasuredOutcome[] => ids.flatMap((id) => measured.get(id) ?? [])
  const { strategy, latencyBudgetMs } = request
  const finalistsWithin = (near: number): MeasuredOutcome[] =>
    pick([...new Set([referenceId, ...finalistsOf(outcomes, request, near)])])
  const finalists = finalistsWithin(NEAR.steady)
  const settling: Settling = {
    backend: tools.backend,
    reference,
    limits: tools.limits,
    environment: tools.environment,
    generations: Math.max(...SETTLE_LOOKS),
    isDecided: (figures, generations) =>
      SETTLE_LOOKS.some((look) => look === generations) && isChoiceClear(alive(outcomes, figures), strategy, figures),
    random,
    latencyBudgetMs,
    onDropout: (id, reason) => run.notes.push(`${id} failed while the finalists were measured again: ${reason}`),
    outOfTime: outOfTime(run, SETTLE_SHARE),
  }
  if (finalists.length > 1) tools.environment.onProgress({ kind: 'stage', stage: 'settle' })
  const found = await settle(finalists, settling)
  const settled = isScreeningSound(finalists, request, found)
    ? found
    : await settleMore(found, finalistsWithin(NEAR.unsteady), settling)
  run.settled = settled
  tools.watch.sawGenerations(settledTimes(settled.get(referenceId) ?? [], 'latency'))
  const selection = select({ outcomes, referenceId, strategy, latencyBudgetMs, settled })
  if (selection === null) {
    run.outcome = 'no-candidate'
    run.outcomeReason = 'No candidate meets the strategy; see the reasons of the candidates.'
    return
  }
  const { decidedBy, ...choice } = selection
  run.selection = choice
  const pair = pick([...new Set([referenceId, selection.best.candidateId])])
  if (pair.length > 1) tools.environment.onProgress({ kind: 'stage', stage: 'confirm' })
  const confirming = {
    ...settling,
    generations: CONFIRM_GENERATIONS,
    isDecided: () => false,
    outOfTime: outOfTime(run, 1),
  }
  run.speedUp = await confirm(pair, decidedBy, confirming)
  run.harness = await measureHarness(tools)
}

/** Those that are settled and have not failed. */
function alive(outcomes: readonly Outcome[], figures: ReadonlyMap<string, unknown>): MeasuredOutcome[] {
  return outcomes.flatMap((one) => (one.status === 'measured' && figures.has(one.candidate.id) ? [one] : []))
}

type Settled = ReadonlyMap<string, readonly GenerationFigures[]>

/**
 * Settles again with candidates that screening may have been wrong to leave out, all in the same generations. What was
 * found stays when there are no such candidates, or not the time for as many generations as a choice takes.
 */
async function settleMore(found: Settled, finalists: readonly MeasuredOutcome[], settling: Settling): Promise<Settled> {
  if (settling.outOfTime() || finalists.every(({ candidate }) => found.has(candidate.id))) return found
  const again = await settle(finalists, settling)
  const made = Math.max(0, ...[...again.values()].map((figures) => figures.length))
  return made >= SETTLE_LOOKS[0] ? again : found
}

/** The first failure in a sentence, or the first reason why a candidate was not even tried. */
function whyNothingRan(outcomes: readonly Outcome[]): string {
  const failed = outcomes.find((outcome) => outcome.status === 'failed')
  if (failed !== undefined)
    return `The model ${failed.candidate.modelKey} does not run: ${failed.reason.replace(/\.$/, '')}.`
  const skipped = outcomes.find((outcome) => outcome.status === 'skipped')
  return `Nothing was tried: ${skipped?.reason ?? 'there is no model to try'}.`
}

/** The headline: winner against reference in fresh processes, after the choice, so that the choice cannot flatter it. */
async function confirm(
  pair: readonly MeasuredOutcome[],
  decidedBy: Metric,
  settling: Settling,
): Promise<RunRecord['speedUp']> {
  const metric = decidedBy === 'latency' ? 'latency-p50' : 'throughput'
  const [reference, winner] = pair
  if (reference === undefined || winner === undefined) return { ratio: 1, interval: null, metric, generations: 0 }
  const figures = await settle(pair, settling)
  const timesOf = ({ candidate }: MeasuredOutcome): number[] => settledTimes(figures.get(candidate.id) ?? [], decidedBy)
  const [base, head] = [timesOf(reference), timesOf(winner)]
  if (base.length === 0 || base.length !== head.length) return null
  return { ...ratioInterval(base, head), metric, generations: head.length }
}

/** null when its process did not live: a missing figure of ours does not end the run. */
async function measureHarness({ backend, environment }: Tools): Promise<RunRecord['harness']> {
  const rule = { kind: 'block', warmupRequests: 100, minRequests: 1000, minDurationMs: 0 } as const
  try {
    await using session = await backend.loadNull(environment.signal)
    const raw = await session.measure({ request: new Map(), batchAxes: new Map(), batchSize: null, rule })
    const total = raw.samples.latencyNs.reduce((sum, latency) => sum + latency, 0)
    return { perRequestMs: total / raw.samples.latencyNs.length / 1e6 }
  } catch (error) {
    if (error instanceof BackendFailure) return null
    throw error
  }
}
