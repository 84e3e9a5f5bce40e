import type { PackageFile } from '../nav-package/nav-package.js'
import type { ModelStatus, RunnerStatus } from '../nav-package/status.js'
import type { GraphSummary } from '../onnx/graph-summary.js'
import { isUnchanged, type NameChanges, nameChanges, type ValueChange, valueChanges, without } from './changes.js'
import { type GraphDifference, graphDifference, hasSameWeights } from './graph-difference.js'

/** One model of one package. */
export interface ModelSide {
  readonly model: ModelStatus
  /** Its files by entry name; empty when it was not saved. */
  readonly files: ReadonlyMap<string, PackageFile>
  /** null for what is no ONNX model, cannot be read, or need not be as its files are the same. */
  readonly graph: GraphSummary | null
}

/** How the files of a model compare; `same-model` are the same graph and weights in other bytes. */
export type FileRelation =
  'same-bytes' | 'same-model' | 'other-weights' | 'other-graph' | 'other-files' | 'only-a' | 'only-b' | 'not-saved'

export interface ModelDifference {
  readonly key: string
  readonly format: string
  /** Whether the key is in one package or in both. */
  readonly change: 'added' | 'removed' | 'changed'
  readonly files: FileRelation
  readonly bytes: { readonly a: number | null; readonly b: number | null }
  readonly fileChanges: NameChanges
  readonly graph: GraphDifference | null
  /** Of its `model_config`. */
  readonly config: readonly ValueChange[]
  /** Statuses of commands, of the model and of its runners (`OnnxCPU.Performance`). */
  readonly statuses: readonly ValueChange[]
  /** Results of commands other than measurements: tolerances, limits, times. */
  readonly results: readonly ValueChange[]
}

/** How a model that at least one package has differs; null when it does not. Measurements are compared elsewhere. */
export function modelDifference(
  key: string,
  a: ModelSide | undefined,
  b: ModelSide | undefined,
): ModelDifference | null {
  const graph = a?.graph != null && b?.graph != null ? graphDifference(a.graph, b.graph) : null
  const fileChanges = nameChanges(
    a?.files ?? NO_FILES,
    b?.files ?? NO_FILES,
    (one, other) => one.sha256 === other.sha256,
  )
  const difference: ModelDifference = {
    key,
    format: (b ?? a)?.model.model_config.format ?? '',
    change: a === undefined ? 'added' : b === undefined ? 'removed' : 'changed',
    files: relationOf(a?.files ?? NO_FILES, b?.files ?? NO_FILES, graph),
    bytes: { a: sizeOf(a), b: sizeOf(b) },
    fileChanges,
    graph,
    config: changesOf(a, b, ({ model }) => model.model_config),
    statuses: changesOf(a, b, ({ model }) => statusesOf(model)),
    results: changesOf(a, b, ({ model }) => resultsOf(model, commonRunners(a, b))),
  }
  const { config, statuses, results } = difference
  const isSame = isUnchanged(fileChanges) && config.length + statuses.length + results.length === 0
  return difference.change === 'changed' && isSame ? null : difference
}

const NO_FILES: ReadonlyMap<string, PackageFile> = new Map()

function relationOf(a: ModelSide['files'], b: ModelSide['files'], graph: GraphDifference | null): FileRelation {
  if (a.size + b.size === 0) return 'not-saved'
  if (b.size === 0) return 'only-a'
  if (a.size === 0) return 'only-b'
  if (isUnchanged(nameChanges(a, b, (one, other) => one.sha256 === other.sha256))) return 'same-bytes'
  if (graph === null) return 'other-files'
  if (!graph.isSameGraph) return 'other-graph'
  return hasSameWeights(graph.weights) ? 'same-model' : 'other-weights'
}

/** A model that only one side has is one change, not one for each of its fields. */
function changesOf(
  a: ModelSide | undefined,
  b: ModelSide | undefined,
  part: (side: ModelSide) => unknown,
): ValueChange[] {
  return a === undefined || b === undefined ? [] : valueChanges(part(a), part(b))
}

function statusesOf(model: ModelStatus): Record<string, unknown> {
  const runners = Object.entries(model.runners_status).map(([name, { status }]) => [name, status] as const)
  return { ...without(model['status'], []), ...Object.fromEntries(runners) }
}

function commonRunners(a: ModelSide | undefined, b: ModelSide | undefined): ReadonlySet<string> {
  const others = new Set(Object.keys(b?.model.runners_status ?? {}))
  return new Set(Object.keys(a?.model.runners_status ?? {}).filter((name) => others.has(name)))
}

/** That a runner is in one package only is said by its statuses. */
function resultsOf(model: ModelStatus, wanted: ReadonlySet<string>): Record<string, unknown> {
  const runners = Object.entries(model.runners_status)
    .filter(([name]) => wanted.has(name))
    .map(([name, runner]) => [name, resultsOfRunner(runner)] as const)
  return { ...without(model, ['model_config', 'runners_status', 'status']), ...Object.fromEntries(runners) }
}

/** All but the figures, which are compared side by side. */
function resultsOfRunner(runner: RunnerStatus): Record<string, unknown> {
  const { Performance: performance, ...others } = runner.result ?? {}
  const times = performance === undefined ? {} : { Performance: without(performance, ['profiling_results']) }
  return { ...without(runner, ['status', 'result']), ...others, ...times }
}

function sizeOf(side: ModelSide | undefined): number | null {
  if (side === undefined || side.files.size === 0) return null
  return [...side.files.values()].reduce((sum, { bytes }) => sum + bytes, 0)
}
