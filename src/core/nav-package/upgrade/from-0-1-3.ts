import { type Tree, treeOf } from './tree.js'

/** 0.1.3 has runtimes of ONNX alone. (What the original also fills in, `precision_mode`, it drops in the next step.) */
export function runtimesOfAllFormats(status: Tree): Tree {
  const exportConfig = treeOf(status['export_config'])
  if (!('onnx_runtimes' in exportConfig)) return status
  const { onnx_runtimes: runtimes, ...rest } = exportConfig
  return { ...status, export_config: { ...rest, runtimes } }
}
