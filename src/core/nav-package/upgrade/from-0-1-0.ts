import { isTree, listOf, type Tree, treeOf, without } from './tree.js'

/** The defaults of the real Navigator 0.14.0 for how a package is profiled. */
const DEFAULT_PROFILE: Tree = {
  max_batch_size: null,
  batch_sizes: null,
  window_size: 25,
  stability_percentage: 10,
  stabilization_windows: 3,
  min_trials: 3,
  max_trials: 10,
  throughput_cutoff_threshold: 0.05,
  throughput_backoff_limit: 2,
}

/**
 * 0.1.0 has one latency per batch size, the mean, and no settings of profiling.
 *
 * The percentiles are not known. The original says null, at which every strategy of Navigator 0.14.0 fails with
 * TypeError, and with it `nav.package.save`. As NaN they win no comparison: MaxThroughputStrategy works, and strategies
 * by latency find no match, which `nav.package.save` allows. Of a PyTorch package the original fails here, at a field
 * that is none; of any, it drops `avg_gpu_clock`.
 */
export function measurementsWithPercentiles(status: Tree): Tree {
  const exportConfig = treeOf(status['export_config'])
  const profile = exportConfig['optimization_profile'] ?? DEFAULT_PROFILE
  return {
    ...status,
    export_config: { ...exportConfig, optimization_profile: profile },
    model_status: listOf(status['model_status']).map(withRows),
  }
}

function withRows(model: unknown): unknown {
  const results = listOf(treeOf(model)['runtime_results']).map((one) => {
    const result = treeOf(one)
    return Array.isArray(result['performance'])
      ? {
          ...result,
          performance: result['performance'].map((row: unknown) => (isTree(row) ? withPercentiles(row) : row)),
        }
      : result
  })
  return { ...treeOf(model), runtime_results: results }
}

function withPercentiles(row: Tree): Tree {
  const { batch_size: batchSize = null, latency, throughput, avg_gpu_clock: clock = null } = row
  return {
    batch_size: batchSize,
    avg_latency: latency,
    std_latency: NaN,
    p50_latency: NaN,
    p90_latency: NaN,
    p95_latency: NaN,
    p99_latency: NaN,
    throughput,
    avg_gpu_clock: clock,
    request_count: null,
    ...without(row, 'batch_size', 'latency', 'throughput', 'avg_gpu_clock'),
  }
}
