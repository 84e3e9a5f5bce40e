import { isDeployableFormat } from './nav-package/model-formats.js'
import { recomputedKey } from './nav-package/model-keys.js'
import { type ProfilingFigures, profilingFigures } from './nav-package/profiling-figures.js'
import type { Status } from './nav-package/status.js'
import type { Strategy } from './plan/candidate.js'
import { chooseRuntime } from './selection/strategies.js'

/** The figures of a runtime: of the one row that a strategy chose it for. */
export interface Runtime extends ProfilingFigures {
  /** The model's row in status.yaml. */
  readonly key: string
  /** The key that the real Navigator gives that model, and names it by. */
  readonly recomputedKey: string
  readonly runner: string
}

/** What one strategy deploys. */
export interface BestRuntime {
  readonly strategy: Strategy
  /** Whether models that exist as code alone were considered. */
  readonly includeSource: boolean
  /** For the strategy with a latency budget. */
  readonly latencyBudgetMs: number | null
  readonly runtime: Runtime | null
  /** Why there is no such runtime. */
  readonly reason: string | null
}

const STRATEGIES_WITHOUT_BUDGET = ['max-throughput-and-min-latency', 'max-throughput', 'min-latency'] as const

/**
 * The runtime of every strategy, by the real Navigator's rule (0.14.0, `runtime_analyzer/analyzer.py`): over every row of
 * what is correct and measured, first without and then with source models. The strategy with a latency budget is among
 * them where a budget is given.
 */
export function bestRuntimes(status: Status, latencyBudgetMs: number | null): BestRuntime[] {
  const withBudget = latencyBudgetMs === null ? [] : (['max-throughput-with-latency-budget'] as const)
  return [false, true].flatMap((includeSource) => {
    const runtimes = eligibleRuntimes(status, includeSource)
    return [...STRATEGIES_WITHOUT_BUDGET, ...withBudget].map((strategy) => {
      const budget = strategy === 'max-throughput-with-latency-budget' ? latencyBudgetMs : null
      const runtime = bestRuntime(runtimes, strategy, budget)
      const reason = runtime === null ? reasonOf(runtimes, includeSource, budget) : null
      return { strategy, includeSource, latencyBudgetMs: budget, runtime, reason }
    })
  })
}

/** One for every row of figures of what is correct and measured, in the order in which the real one compares them. */
export function eligibleRuntimes(status: Status, includeSource: boolean): Runtime[] {
  return Object.entries(status.models_status).flatMap(([key, model]) => {
    if (!includeSource && !isDeployableFormat(model.model_config.format)) return []
    const names = { key, recomputedKey: recomputedKey(status, key) }
    const runners = Object.values(model.runners_status).filter(
      (runner) => runner.status['Correctness'] === 'OK' && runner.status['Performance'] === 'OK',
    )
    return runners.flatMap(({ runner_name: runner, result }) =>
      profilingFigures(result).map((figures) => ({ ...names, runner, ...figures })),
    )
  })
}

/** The one of `runtimes` that the real Navigator chooses; null when none is both, or none is there. */
export function bestRuntime(
  runtimes: readonly Runtime[],
  strategy: Strategy,
  latencyBudgetMs: number | null,
): Runtime | null {
  const rows = runtimes.map((one, index) => ({
    candidateId: String(index),
    // Models that the real one reads under one key are one model to it.
    key: one.recomputedKey,
    runner: one.runner,
    results: [{ batchSize: one.batchSize, p50Latency: one.p50LatencyMs, throughput: one.throughputPerSecond }],
  }))
  const choice = chooseRuntime(rows, strategy, latencyBudgetMs)
  return choice === null ? null : (runtimes[Number(choice.candidateId)] ?? null)
}

function reasonOf(runtimes: readonly Runtime[], includeSource: boolean, latencyBudgetMs: number | null): string {
  const first = bestRuntime(runtimes, 'min-latency', null)
  const most = bestRuntime(runtimes, 'max-throughput', null)
  if (first === null || most === null) {
    return `no runtime${includeSource ? '' : ' of a serialized model'} is both correct and measured`
  }
  if (latencyBudgetMs !== null) return `no runtime answers within ${latencyBudgetMs} ms`
  return `no single runtime is both: ${nameOf(first)} has the least latency, ${nameOf(most)} the most throughput`
}

function nameOf({ key, runner }: Runtime): string {
  return `${key} on ${runner}`
}
