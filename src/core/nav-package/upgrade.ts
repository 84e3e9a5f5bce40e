type Tree = Record<string, unknown>

/**
 * The real Navigator's upgrade steps from 0.2.0 on (0.14.0, `package/status.py`), oldest first: every step whose
 * version is not older than the file's runs. Each takes the parsed tree and gives a new one.
 */
const STEPS: readonly [version: string, step: (status: Tree) => Tree][] = [
  ['0.2.1', profilerConfigToOptimizationProfile],
  ['0.2.2', trtProfileToProfiles],
  ['0.2.3', wrapMetadata],
  ['0.3.0', torchToTorchScript],
]

/** Brings a status of format 0.2.0 or later to the newest shape; unknown and newer ones are returned as they are. */
export function upgradeStatus(status: Tree, version: string): Tree {
  return STEPS.filter(([step]) => compareVersions(version, step) <= 0).reduce((tree, [, step]) => step(tree), status)
}

/** Negative when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function profilerConfigToOptimizationProfile(status: Tree): Tree {
  const { profiler_config: old, ...config } = treeOf(status['config'])
  if (old === undefined) return status
  const profiler = treeOf(old)
  const optimizationProfile = {
    batch_sizes: profiler['batch_sizes'] ?? null,
    window_size: profiler['measurement_request_count'] ?? 50,
    stability_percentage: profiler['stability_percentage'] ?? 10.0,
    max_trials: profiler['max_trials'] ?? 10,
    throughput_cutoff_threshold: profiler['throughput_cutoff_threshold'] ?? null,
  }
  return { ...status, config: { ...config, optimization_profile: optimizationProfile } }
}

function trtProfileToProfiles(status: Tree): Tree {
  return withCustomConfigs(status, (name, custom) => {
    const { trt_profile: profile, ...rest } = custom
    return [name, 'trt_profile' in custom ? { ...rest, trt_profiles: profile == null ? null : [profile] } : custom]
  })
}

function wrapMetadata(status: Tree): Tree {
  const { forward_kw_names: keywordNames, ...config } = treeOf(status['config'])
  const wrap = (list: unknown, legacy: boolean): unknown => {
    if (!Array.isArray(list)) return list
    const names = list.map((one) => treeOf(one)['name'])
    const byKeyword =
      Array.isArray(keywordNames) && !legacy
        ? Object.fromEntries(keywordNames.map((key, index) => [String(key), names[index]]))
        : null
    const structure = byKeyword ?? (names.length === 1 ? names[0] : names)
    return { metadata: list, pytree_metadata: { metadata: structure, tensor_type: 'numpy' }, is_legacy: legacy }
  }
  return {
    ...status,
    config,
    input_metadata: wrap(status['input_metadata'], false),
    output_metadata: wrap(status['output_metadata'], true),
  }
}

function torchToTorchScript(status: Tree): Tree {
  return withCustomConfigs(status, (name, custom) => [name === 'Torch' ? 'TorchScript' : name, custom])
}

function withCustomConfigs(status: Tree, change: (name: string, custom: Tree) => [string, Tree]): Tree {
  const config = treeOf(status['config'])
  const customs = Object.entries(treeOf(config['custom_configs'])).map(([name, custom]) => change(name, treeOf(custom)))
  return { ...status, config: { ...config, custom_configs: Object.fromEntries(customs) } }
}

function treeOf(value: unknown): Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
