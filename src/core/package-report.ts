import { z } from 'zod'

import { bestRuntimes, type BestRuntime } from './best-runtimes.js'
import { isSourceFormat } from './nav-package/model-formats.js'
import { recomputedKey, recomputedPath } from './nav-package/model-keys.js'
import { EntrySizes } from './nav-package/entry-sizes.js'
import { type PackageSummary, sampleEntries, type SampleSet } from './nav-package/nav-package.js'
import { type ProfilingFigures, profilingFigures } from './nav-package/profiling-figures.js'
import type { ModelStatus, RunnerStatus, Status } from './nav-package/status.js'
import { counted, headline, machineText } from './report/headline.js'
import type { RunRecord } from './report/run-record.js'

/** What is in a package, for people and as JSON, where figures that are no finite numbers are null. */
export interface PackageReport {
  readonly formatVersion: string
  /** The tool that wrote the package, and its version. */
  readonly madeBy: string
  /** When and on what machine the figures were taken, as the package says; machine null when it does not. */
  readonly measuredAt: string
  readonly machine: string | null
  /** What the run that made it found, in a sentence; null without a record of ours that fits the status. */
  readonly finding: string | null
  readonly framework: string
  readonly batching: boolean
  readonly inputs: readonly TensorReport[]
  readonly outputs: readonly TensorReport[]
  /** Every model of status.yaml, in its order. */
  readonly models: readonly ModelReport[]
  /** Whether the real Navigator's `is_empty` holds: no saved model was found correct. */
  readonly isEmpty: boolean
  /** What every strategy deploys, first without source models and then with them. */
  readonly best: readonly BestRuntime[]
  readonly samples: readonly SampleSetReport[]
  readonly scripts: number
  readonly logs: number
  readonly entries: number
  readonly bytes: number
  readonly warnings: readonly string[]
}

export interface TensorReport {
  readonly name: string
  readonly dtype: string
  /** -1 stands for a dynamic size. */
  readonly shape: readonly number[]
}

export interface ModelReport {
  readonly key: string
  /** The key and the path that the real Navigator gives the model when it loads the package, whatever status.yaml says. */
  readonly recomputedKey: string
  readonly recomputedPath: string
  /** Whether there is a file or folder at that path. */
  readonly isFound: boolean
  readonly format: string
  /** Whether it exists as code alone, which no package holds. */
  readonly isSource: boolean
  readonly parentKey: string | null
  /** The file or folder that status.yaml names; null when it names none. */
  readonly path: string | null
  /** Size of what lies there; null when it was not saved. */
  readonly bytes: number | null
  readonly runners: readonly RunnerReport[]
}

export interface RunnerReport {
  readonly runner: string
  readonly status: Readonly<Record<string, string>>
  /** What was measured, at default session options. */
  readonly results: readonly ProfilingFigures[]
}

/** How many samples of a set are stored. */
export interface SampleSetReport {
  readonly set: SampleSet
  readonly inputs: number
  readonly outputs: number
}

const SAMPLE_SETS = ['profiling', 'correctness', 'conversion'] as const

/** What a report is made of. */
export type ReportedPackage = Pick<PackageSummary, 'status' | 'warnings' | 'sizes'>

/** Says what is in a package; `record` is that of the run that made it, where it is known to fit. */
export function reportOf(
  reported: ReportedPackage,
  record: RunRecord | null,
  latencyBudgetMs: number | null,
): PackageReport {
  const { status, sizes, warnings } = reported
  const names = [...sizes.keys()]
  const files = new EntrySizes(sizes)
  return {
    formatVersion: status.format_version,
    madeBy: record === null ? makerOf(status) : `${record.tool.name} ${record.tool.version}`,
    measuredAt: status.timestamp,
    machine: record === null ? machineOf(status) : machineText(record.host),
    finding: record === null ? null : headline(record),
    framework: status.config.framework ?? 'unknown',
    batching: status.config.batch_dim === 0,
    inputs: status.input_metadata.metadata.map(tensorReport),
    outputs: status.output_metadata.metadata.map(tensorReport),
    models: Object.entries(status.models_status).map(([key, model]) => modelReport(key, model, status, files)),
    isEmpty: isEmpty(reported),
    best: bestRuntimes(status, latencyBudgetMs),
    samples: SAMPLE_SETS.map((set) => ({
      set,
      inputs: sampleEntries({ entries: sizes }, 'input', set).length,
      outputs: sampleEntries({ entries: sizes }, 'output', set).length,
    })),
    scripts: names.filter((name) => /\.(py|sh)$/.test(name)).length,
    logs: names.filter((name) => name.endsWith('.log')).length,
    entries: names.filter((name) => !name.endsWith('/')).length + 1,
    bytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
    warnings,
  }
}

function makerOf(status: Status): string {
  const { data } = z.string().safeParse(status['model_navigator_version'])
  return `Model Navigator ${data ?? '?'}`
}

const cpuSchema = z.object({ name: z.string(), logical_cores: z.number().nullish() })
const gpuSchema = z.object({ name: z.string() })

function machineOf({ environment }: Status): string | null {
  const cpu = cpuSchema.safeParse(environment['cpu']).data
  const gpu = gpuSchema.safeParse(environment['gpu']).data
  const parts = [
    ...(cpu === undefined ? [] : [cpu.name]),
    ...(cpu?.logical_cores == null ? [] : [counted(cpu.logical_cores, 'core')]),
    // The real Navigator's word for a machine without one.
    ...(gpu === undefined || gpu.name === 'n/a' ? [] : [gpu.name]),
  ]
  return parts.length === 0 ? null : parts.join(', ')
}

const tensorReport = ({ name, dtype, shape }: TensorReport): TensorReport => ({ name, dtype, shape })

function modelReport(key: string, model: ModelStatus, status: Status, files: EntrySizes): ModelReport {
  const { format, parent_key: parentKey, path = null } = model.model_config
  const expectedPath = recomputedPath(status, key)
  return {
    key,
    recomputedKey: recomputedKey(status, key),
    recomputedPath: expectedPath,
    isFound: files.bytesAt(expectedPath) !== null,
    format,
    isSource: isSourceFormat(format),
    parentKey,
    path,
    bytes: path === null ? null : files.bytesAt(path),
    runners: Object.entries(model.runners_status).map(([runner, one]) => runnerReport(runner, one)),
  }
}

function runnerReport(runner: string, { status, result }: RunnerStatus): RunnerReport {
  return { runner, status, results: status['Performance'] === 'OK' ? profilingFigures(result) : [] }
}

/** The real Navigator's rule (0.14.0, `package/package.py`): it looks for the model's folder, whatever is in it. */
function isEmpty({ status, sizes }: ReportedPackage): boolean {
  // Loading leaves out its own texts, so that a folder of nothing else is not there.
  const unpacked = [...sizes.keys()].filter((name) => !/\.(log|sh|py)$/.test(name))
  const folders = new Set(unpacked.filter((name) => name.includes('/')).map((name) => name.slice(0, name.indexOf('/'))))
  const hasFolder = (key: string): boolean => folders.has(recomputedKey(status, key))
  return !Object.entries(status.models_status).some(
    ([key, { model_config: config, runners_status: runners }]) =>
      !isSourceFormat(config.format) &&
      Object.values(runners).some(
        (one) => one.status['Correctness'] === 'OK' && one.status['Performance'] !== 'FAIL',
      ) &&
      hasFolder(key),
  )
}
