import type { PackageReport } from '../../src/core/package-report.js'
import type { NavigatorAnswer } from './navigator-answer.js'

/** What a report of ours and the real Navigator's answer both say of a package, in the same words. */
interface Comparable {
  readonly framework: string
  readonly batching: boolean
  readonly isEmpty: boolean
  readonly inputs: PackageReport['inputs']
  readonly outputs: PackageReport['outputs']
  readonly models: readonly unknown[]
  /** By strategy, with the sources considered or not. */
  readonly best: ReadonlyMap<string, unknown>
}

/** The report must be for the latency budget of the answer. */
export function fromReport(report: PackageReport): Comparable {
  const { framework, batching, isEmpty, inputs, outputs } = report
  return {
    ...{ framework, batching, isEmpty, inputs, outputs },
    models: report.models.map(({ key, format, recomputedKey, parentKey, recomputedPath, isFound, runners }) => ({
      ...{ key, format, recomputedKey, path: recomputedPath, isFound },
      // The real Navigator names a parent by the key it gives it.
      parentKey: report.models.find((one) => one.key === parentKey)?.recomputedKey ?? null,
      runners: runners.map(({ status, ...one }) => ({ ...one, status: Object.entries(status) })),
    })),
    best: new Map(
      report.best.map(({ strategy, includeSource, runtime }) => [
        `${strategy}, ${includeSource ? 'with' : 'without'} source`,
        runtime && {
          key: runtime.recomputedKey,
          runner: runtime.runner,
          p50LatencyMs: runtime.p50LatencyMs,
          throughputPerSecond: runtime.throughputPerSecond,
        },
      ]),
    ),
  }
}

export function fromAnswer(answer: NavigatorAnswer): Comparable {
  const { framework, batchDim, isEmpty, inputs, outputs } = answer
  const side = (name: string, best: NavigatorAnswer['best']['withSource']): [string, unknown][] =>
    Object.entries(best).map(([strategy, runtime]) => [`${strategy}, ${name} source`, runtime])
  return {
    ...{ framework, batching: batchDim === 0, isEmpty, inputs, outputs },
    models: answer.models.map(({ isSaved: isFound, runners, ...model }) => ({
      ...{ ...model, isFound },
      runners: runners.map(({ runner, status, results }) => ({
        ...{ runner, status },
        results: results.map((row) => ({
          batchSize: row['batch_size'] ?? null,
          p50LatencyMs: row['p50_latency'] ?? NaN,
          throughputPerSecond: row['throughput'] ?? NaN,
        })),
      })),
    })),
    best: new Map([...side('without', answer.best.withoutSource), ...side('with', answer.best.withSource)]),
  }
}
