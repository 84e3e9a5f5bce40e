import { isTree, type Tree, treeOf } from './tree.js'

/** Up to 0.3.0 the custom config of TorchScript is named `Torch`. */
export function torchToTorchScript(status: Tree): Tree {
  const config = treeOf(status['config'])
  const { Torch: torchScript, ...customs } = treeOf(config['custom_configs'])
  if (!isTree(torchScript)) return status
  return { ...status, config: { ...config, custom_configs: { ...customs, TorchScript: torchScript } } }
}
