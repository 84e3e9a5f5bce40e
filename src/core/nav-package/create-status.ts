import { factsOf } from './model-formats.js'
import { keyOf, modelConfigOf, type SerializedModel } from './serialized-model.js'
import { FORMAT_VERSION, type ModelStatus, type RunnerStatus, type Status } from './status.js'

export interface TensorMetadata {
  readonly name: string
  /** -1 stands for a dynamic size. */
  readonly shape: readonly number[]
  /** NumPy's name of the dtype. */
  readonly dtype: string
}

/** One row of `profiling_results`; times in milliseconds. */
export interface ProfilingRow {
  readonly sampleId: number
  readonly batchSize: number | null
  readonly avgLatency: number
  readonly stdLatency: number
  readonly p50Latency: number
  readonly p90Latency: number
  readonly p95Latency: number
  readonly p99Latency: number
  readonly throughput: number
  readonly requestCount: number
}

type RowStatus = 'OK' | 'FAIL' | 'SKIPPED'

/** What one runner gave for one model. */
export interface RunnerRow {
  readonly runner: string
  readonly correctness: RowStatus
  readonly tolerances: readonly { readonly outputName: string; readonly atol: number; readonly rtol: number }[]
  readonly correctnessSeconds: number
  readonly performance: RowStatus
  readonly performanceSeconds: number
  readonly profilingResults: readonly ProfilingRow[]
}

export interface ModelRow {
  readonly model: SerializedModel
  readonly customArgs: Record<string, unknown>
  readonly runners: readonly RunnerRow[]
}

/** The real Navigator's `OptimizationProfile`: how the rows were measured. */
export interface OptimizationProfile {
  readonly maxBatchSize: number | null
  readonly batchSizes: readonly number[] | null
  readonly windowSize: number
  readonly stabilityPercentage: number
  readonly stabilizationWindows: number
  readonly minTrials: number
  readonly maxTrials: number
  readonly throughputCutoffThreshold: number | null
  readonly throughputBackoffLimit: number
}

/** When, where and how the rows of a status were measured. */
export interface StatusOrigin {
  readonly uuid: string
  readonly timestamp: string
  readonly environment: Record<string, unknown>
  readonly targetDevice: 'cpu' | 'cuda'
  readonly optimizationProfile: OptimizationProfile
}

export interface StatusContent extends StatusOrigin {
  readonly batchDim: 0 | null
  readonly sampleCount: number
  readonly seed: number
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
  readonly trtProfile: ReadonlyMap<string, { readonly min: number[]; readonly opt: number[]; readonly max: number[] }>
  readonly dataloaderMaxBatchSize: number
  /** The first one says what framework the package is of. */
  readonly models: readonly [ModelRow, ...ModelRow[]]
}

/** The version of the real Navigator whose files these are; its package updater reads it. */
const NAVIGATOR_VERSION = '0.14.0'

/** A new status, with every field that the real Navigator 0.14.0 needs to load and use it. */
export function createStatus(content: StatusContent): Status {
  const formats = [...new Set(content.models.map(({ model }) => model.format))]
  const { framework, tensorType } = factsOf(content.models[0].model.format)
  return {
    format_version: FORMAT_VERSION,
    model_navigator_version: NAVIGATOR_VERSION,
    uuid: content.uuid,
    environment: content.environment,
    config: {
      framework,
      target_formats: formats,
      target_device: content.targetDevice,
      sample_count: content.sampleCount,
      optimization_profile: profileMap(content.optimizationProfile),
      runner_names: formats.flatMap((format) => factsOf(format).runners[content.targetDevice]),
      batch_dim: content.batchDim,
      seed: content.seed,
      _input_names: null,
      _output_names: null,
      from_source: true,
      custom_configs: {},
      model_precision: null,
      verbose: false,
      debug: false,
    },
    models_status: Object.fromEntries(content.models.map((row) => [keyOf(row.model), modelStatus(row)])),
    input_metadata: metadataOf(content.inputs, tensorType),
    output_metadata: metadataOf(content.outputs, tensorType),
    dataloader_trt_profile: Object.fromEntries(content.trtProfile),
    dataloader_max_batch_size: content.dataloaderMaxBatchSize,
    status: {},
    result: {},
    timestamp: content.timestamp,
  }
}

/**
 * A loaded package's status with this run's rows. A row that was not measured now becomes `Performance: SKIPPED`,
 * whatever machine it came from, so that nobody ranks figures of different machines; all else is kept.
 */
export function updateStatus(
  status: Status,
  update: StatusOrigin & {
    readonly rows: ReadonlyMap<string, readonly RunnerRow[]>
    readonly customArgs: ReadonlyMap<string, Record<string, unknown>>
  },
): Status {
  const models = Object.entries(status.models_status).map(([key, model]): [string, ModelStatus] => {
    const runners = new Map(Object.entries(model.runners_status).map(([name, runner]) => [name, notMeasured(runner)]))
    for (const row of update.rows.get(key) ?? []) runners.set(row.runner, mergeRunner(runners.get(row.runner), row))
    const { custom_args: old } = model.model_config
    // An earlier run's winner is none of this one's.
    const kept = Object.entries(old ?? {}).filter(([name]) => name !== 'navpkg')
    const customArgs = { ...Object.fromEntries(kept), ...update.customArgs.get(key) }
    const isSame = old == null && !update.customArgs.has(key)
    const model_config = { ...model.model_config, ...(isSame ? {} : { custom_args: customArgs }) }
    return [key, { ...model, model_config, runners_status: Object.fromEntries(runners) }]
  })
  return { ...status, ...originOf(status, update), models_status: Object.fromEntries(models) }
}

/** What was measured of one model with one runner; its correctness was not judged. */
export interface PerformanceRow {
  readonly runner: string
  readonly performanceSeconds: number
  readonly profilingResults: readonly ProfilingRow[]
}

/**
 * A loaded package's status with new figures and all else as it was, but for rows that were not measured now: they
 * become `Performance: SKIPPED`, as in {@link updateStatus}.
 */
export function updatePerformance(
  status: Status,
  update: StatusOrigin & { readonly rows: ReadonlyMap<string, readonly PerformanceRow[]> },
): Status {
  const models = Object.entries(status.models_status).map(([key, model]): [string, ModelStatus] => {
    const runners = new Map(Object.entries(model.runners_status).map(([name, runner]) => [name, notMeasured(runner)]))
    for (const row of update.rows.get(key) ?? []) runners.set(row.runner, withPerformance(runners.get(row.runner), row))
    return [key, { ...model, runners_status: Object.fromEntries(runners) }]
  })
  return { ...status, ...originOf(status, update), models_status: Object.fromEntries(models) }
}

function withPerformance(old: RunnerStatus | undefined, row: PerformanceRow): RunnerStatus {
  const unknown = { runner_name: row.runner, status: { Correctness: 'SKIPPED' }, result: {} }
  const known = old ?? unknown
  return {
    ...known,
    status: { ...known.status, Performance: 'OK' },
    result: { ...known.result, Performance: performanceResult(row) },
  }
}

function originOf(status: Status, origin: StatusOrigin): Pick<Status, 'uuid' | 'timestamp' | 'environment' | 'config'> {
  const { uuid, timestamp, environment, targetDevice, optimizationProfile } = origin
  const config = {
    ...status.config,
    target_device: targetDevice,
    optimization_profile: profileMap(optimizationProfile),
  }
  return { uuid, timestamp, environment, config }
}

function performanceResult({ performanceSeconds, profilingResults }: PerformanceRow): Record<string, unknown> {
  return { execution_time: performanceSeconds, profiling_results: profilingResults.map(profilingRow) }
}

function notMeasured(runner: RunnerStatus): RunnerStatus {
  if (!('Performance' in runner.status)) return runner
  return {
    ...runner,
    status: { ...runner.status, Performance: 'SKIPPED' },
    result: without('Performance', runner.result),
  }
}

/** What others found out about the same model, such as `VerifyModel`, stays. */
function mergeRunner(old: RunnerStatus | undefined, row: RunnerRow): RunnerStatus {
  const now = runnerStatus(row)
  if (old === undefined) return now
  return {
    ...old,
    status: { ...now.status, ...old.status, Correctness: row.correctness, Performance: row.performance },
    result: { ...without('Correctness', old.result), ...now.result },
  }
}

function without(command: string, results: RunnerStatus['result']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(results ?? {}).filter(([name]) => name !== command))
}

function profileMap(profile: OptimizationProfile): Record<string, unknown> {
  return {
    max_batch_size: profile.maxBatchSize,
    batch_sizes: profile.batchSizes === null ? null : [...profile.batchSizes],
    window_size: profile.windowSize,
    stability_percentage: profile.stabilityPercentage,
    stabilization_windows: profile.stabilizationWindows,
    min_trials: profile.minTrials,
    max_trials: profile.maxTrials,
    throughput_cutoff_threshold: profile.throughputCutoffThreshold,
    throughput_backoff_limit: profile.throughputBackoffLimit,
  }
}

function modelStatus({ model, customArgs, runners }: ModelRow): ModelStatus {
  return {
    model_config: modelConfigOf(model, customArgs),
    runners_status: Object.fromEntries(runners.map((row) => [row.runner, runnerStatus(row)])),
    status: { CopyModel: 'OK' },
    result: { CopyModel: { execution_time: 0.0 } },
  }
}

function runnerStatus(row: RunnerRow): RunnerStatus {
  const correctness = row.tolerances.map(({ outputName, atol, rtol }) => ({ output_name: outputName, atol, rtol }))
  return {
    runner_name: row.runner,
    status: { Correctness: row.correctness, Performance: row.performance, VerifyModel: 'SKIPPED' },
    result: {
      ...(row.correctness === 'OK'
        ? { Correctness: { execution_time: row.correctnessSeconds, per_output_tolerance: correctness } }
        : {}),
      ...(row.performance === 'OK' ? { Performance: performanceResult(row) } : {}),
    },
  }
}

/** The figures of a row as the real Navigator names and orders them, in all that it writes. */
export function figureFields(row: ProfilingRow): Record<string, unknown> {
  return {
    batch_size: row.batchSize,
    avg_latency: row.avgLatency,
    std_latency: row.stdLatency,
    p50_latency: row.p50Latency,
    p90_latency: row.p90Latency,
    p95_latency: row.p95Latency,
    p99_latency: row.p99Latency,
    throughput: row.throughput,
  }
}

function profilingRow(row: ProfilingRow): Record<string, unknown> {
  return {
    sample_id: row.sampleId,
    ...figureFields(row),
    request_count: row.requestCount,
    avg_gpu_clock: NaN,
    detailed_results: {
      total: {
        avg_time: row.avgLatency,
        std_time: row.stdLatency,
        p50_time: row.p50Latency,
        p90_time: row.p90Latency,
        p95_time: row.p95Latency,
        p99_time: row.p99Latency,
      },
    },
  }
}

function metadataOf(tensors: readonly TensorMetadata[], tensorType: string): Status['input_metadata'] {
  const names = tensors.map(({ name }) => name)
  return {
    metadata: tensors.map(({ name, shape, dtype }) => ({ name, shape: [...shape], dtype })),
    pytree_metadata: {
      metadata: tensorType === 'torch' ? positional(names) : Object.fromEntries(names.map((name) => [name, name])),
      tensor_type: tensorType,
    },
    is_legacy: false,
  }
}

/** Models of PyTorch take tensors by position; a lone name stands for one tensor. */
function positional(names: readonly string[]): string | string[] {
  const [only, ...others] = names
  return only === undefined || others.length > 0 ? [...names] : only
}
