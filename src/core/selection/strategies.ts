import type { ProfilingResult } from '../measurement/outcome.js'
import type { Strategy } from '../plan/candidate.js'
import type { Choice } from './selection.js'

/** A runtime as the real Navigator sees it: one row of status.yaml with its results. */
export interface RuntimeRow {
  readonly candidateId: string
  readonly key: string
  readonly runner: string
  readonly results: readonly Pick<ProfilingResult, 'batchSize' | 'p50Latency' | 'throughput'>[]
}

/**
 * The real Navigator's own choice (0.14.0, `runtime_analyzer/analyzer.py`): strict comparison, the first row wins ties.
 * null when no row qualifies, or when one row does not win both for `max-throughput-and-min-latency`.
 */
export function chooseRuntime(
  rows: readonly RuntimeRow[],
  strategy: Strategy,
  latencyBudgetMs: number | null,
): Choice | null {
  switch (strategy) {
    case 'min-latency':
      return best(rows, (result) => -result.p50Latency)
    case 'max-throughput':
      return best(rows, (result) => result.throughput)
    case 'max-throughput-with-latency-budget': {
      const within = (result: RuntimeRow['results'][number]): boolean =>
        result.p50Latency <= (latencyBudgetMs ?? Infinity)
      const rowsWithin = rows.map((row) => ({ ...row, results: row.results.filter(within) }))
      return best(rowsWithin, (result) => result.throughput)
    }
    case 'max-throughput-and-min-latency': {
      const latency = chooseRuntime(rows, 'min-latency', null)
      const throughput = chooseRuntime(rows, 'max-throughput', null)
      return latency?.key === throughput?.key && latency?.runner === throughput?.runner ? latency : null
    }
  }
}

function best(rows: readonly RuntimeRow[], score: (result: RuntimeRow['results'][number]) => number): Choice | null {
  let choice: Choice | null = null
  let highest = -Infinity
  for (const { candidateId, key, runner, results } of rows) {
    for (const result of results) {
      // NaN is above nothing.
      if (!(score(result) > highest)) continue
      highest = score(result)
      choice = { candidateId, key, runner, batchSize: result.batchSize }
    }
  }
  return choice
}
