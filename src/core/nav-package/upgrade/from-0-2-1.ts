import { present, type Tree, treeOf } from './tree.js'

/**
 * Up to 0.2.1 the settings of profiling are `profiler_config`. Those that have no place today stay beside the others,
 * where the real Navigator passes over them; what is missing takes its default there, where the original fails.
 */
export function profilerConfigToOptimizationProfile(status: Tree): Tree {
  const { profiler_config: old, ...config } = treeOf(status['config'])
  if (old === undefined) return status
  const {
    batch_sizes: batchSizes,
    measurement_request_count: windowSize,
    stability_percentage: stabilityPercentage,
    max_trials: maxTrials,
    throughput_cutoff_threshold: throughputCutoffThreshold,
    ...rest
  } = treeOf(old)
  const optimizationProfile = present({
    batch_sizes: batchSizes,
    window_size: windowSize,
    stability_percentage: stabilityPercentage,
    max_trials: maxTrials,
    throughput_cutoff_threshold: throughputCutoffThreshold,
    ...rest,
  })
  return { ...status, config: { ...config, optimization_profile: optimizationProfile } }
}
