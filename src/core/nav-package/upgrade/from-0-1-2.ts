import { listOf, type Tree, treeOf } from './tree.js'

/** Up to 0.1.2 the TensorRT profile is that of `trt_dynamic_axes`, and Torch-TensorRT has one precision. */
export function profileOfDynamicAxes(status: Tree): Tree {
  const models = listOf(status['model_status']).map((one) => {
    const model = treeOf(one)
    const isUnsaid = model['format'] === 'torch-trt' && model['precision'] == null
    return isUnsaid ? { ...model, precision: 'fp32' } : one
  })
  const axes = treeOf(status['export_config'])['trt_dynamic_axes']
  return { ...status, trt_profile: trtProfileFromDynamicAxes(axes), model_status: models }
}

/**
 * `{x: {0: [1, 4, 8]}}` is `{x: {min: [1], opt: [4], max: [8]}}`: one number for each axis that is listed, in ascending
 * order, and nothing for an input without axes.
 */
export function trtProfileFromDynamicAxes(dynamicAxes: unknown): Tree {
  const profiles = Object.entries(treeOf(dynamicAxes)).flatMap(([name, axes]): [string, Tree][] => {
    const ranges = Object.values(treeOf(axes)).map(listOf)
    const at = (index: number): unknown[] => ranges.map((range) => range[index])
    return ranges.length === 0 ? [] : [[name, { min: at(0), opt: at(1), max: at(2) }]]
  })
  return Object.fromEntries(profiles)
}
