import { trtProfileFromDynamicAxes } from './from-0-1-2.js'
import { oldModelKey, oldRunner } from './old-status.js'
import { listOf, present, type Tree, treeOf } from './tree.js'

/**
 * 0.2.0 has models and runners by name where 0.1.4 has lists, and a config of today's fields.
 *
 * `export_config` and `model_status` stay as they are: nobody reads them any more, and they hold what has no place in
 * the new shape. The original drops them, and with them `dataloader_trt_profile`, which is kept here. A runtime that it
 * does not know, at which it fails with KeyError, has no row.
 */
export function modelsByName({ trt_profile: profile, ...status }: Tree): Tree {
  const exportConfig = treeOf(status['export_config'])
  const models = listOf(status['model_status']).flatMap((one): [string, Tree][] => {
    const model = treeOf(one)
    const key = oldModelKey(model)
    return key === null ? [] : [[key, modelOf(model, key)]]
  })
  return {
    ...status,
    config: configOf(exportConfig),
    models_status: Object.fromEntries(models),
    dataloader_trt_profile: status['dataloader_trt_profile'] ?? profile ?? {},
    dataloader_max_batch_size: largestBatchSize(models.map(([, model]) => model)),
    timestamp: exportConfig['timestamp'],
  }
}

function modelOf(model: Tree, key: string): Tree {
  const { path, format, precision, torch_jit: jitType, enable_xla: enableXla, jit_compile: jitCompile } = model
  const runners = listOf(model['runtime_results']).flatMap((row): [string, Tree][] => {
    const runner = oldRunner(format, treeOf(row)['runtime'])
    return runner === null ? [] : [[runner, runnerOf(runner, treeOf(row))]]
  })
  const optional = present({ precision, jit_type: jitType, enable_xla: enableXla, jit_compile: jitCompile })
  return {
    model_config: { key, path, format, parent_path: null, parent_key: null, log_path: null, ...optional },
    runners_status: Object.fromEntries(runners),
  }
}

/** What a runner achieved is told by what it left: tolerances, then measurements, then a verification. */
function runnerOf(runner: string, { tolerance, performance, verified }: Tree): Tree {
  const isCorrect = listOf(tolerance).length > 0
  const isMeasured = listOf(performance).length > 0
  return {
    runner_name: runner,
    status: {
      Correctness: isCorrect ? 'OK' : 'FAIL',
      Performance: !isCorrect ? 'SKIPPED' : isMeasured ? 'OK' : 'FAIL',
      VerifyModel: isCorrect && isMeasured && Boolean(verified) ? 'OK' : 'SKIPPED',
    },
    result: {
      ...(isCorrect ? { Correctness: { per_output_tolerance: tolerance } } : {}),
      ...(isMeasured ? { Performance: { profiling_results: performance } } : {}),
    },
  }
}

/** The largest batch size that was measured, at least 1: what the dataloader had is not known. */
function largestBatchSize(models: readonly Tree[]): number {
  const runners = models.flatMap((model) => Object.values(treeOf(model['runners_status'])))
  const rows = runners.flatMap((runner) => {
    const { Performance: performance } = treeOf(treeOf(runner)['result'])
    return listOf(treeOf(performance)['profiling_results'])
  })
  return rows.reduce<number>((largest, row) => {
    const size = treeOf(row)['batch_size']
    return typeof size === 'number' && size > largest ? size : largest
  }, 1)
}

const FRAMEWORKS: ReadonlyMap<unknown, string> = new Map([
  ['pytorch', 'torch'],
  ['tensorflow2', 'tensorflow'],
])
const KEPT_FIELDS: ReadonlySet<string> = new Set([
  ...['target_formats', 'sample_count', 'batch_dim', '_input_names', '_output_names', 'optimization_profile'],
  ...['forward_kw_names', 'target_device'],
])

/** As the original has it: `runner_names` are left the names of execution providers, which it passes over. */
function configOf(exportConfig: Tree): Tree {
  const { framework, dynamic_axes: dynamicAxes, opset, runtimes } = exportConfig
  const onnx = present({ dynamic_axes: dynamicAxes, opset })
  const hasProfile = 'trt_dynamic_axes' in exportConfig
  return {
    framework: FRAMEWORKS.get(framework) ?? framework,
    ...Object.fromEntries(Object.entries(exportConfig).filter(([name]) => KEPT_FIELDS.has(name))),
    custom_configs: {
      ...(Object.keys(onnx).length > 0 ? { Onnx: onnx } : {}),
      ...(hasProfile ? { TensorRT: { trt_profile: trtProfileFromDynamicAxes(exportConfig['trt_dynamic_axes']) } } : {}),
    },
    ...present({ runner_names: runtimes }),
  }
}
