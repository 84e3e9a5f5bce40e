import { type Tree, treeOf } from './tree.js'

/**
 * Up to 0.2.3 the metadata is a list of tensors; from 0.3.0 on it also says how they make up the arguments of a call:
 * by the keywords of `forward_kw_names`, or one after the other.
 */
export function metadataWithStructure(status: Tree): Tree {
  const { forward_kw_names: keywords, ...config } = treeOf(status['config'])
  const { input_metadata: inputs, output_metadata: outputs } = status
  return {
    ...status,
    config,
    input_metadata: Array.isArray(inputs) ? wrapped(inputs, keywords) : inputs,
    output_metadata: Array.isArray(outputs) ? { ...wrapped(outputs, null), is_legacy: true } : outputs,
  }
}

function wrapped(tensors: readonly unknown[], keywords: unknown): Tree {
  const names = tensors.map((tensor) => treeOf(tensor)['name'])
  return { metadata: tensors, pytree_metadata: { metadata: structureOf(names, keywords), tensor_type: 'numpy' } }
}

function structureOf(names: readonly unknown[], keywords: unknown): unknown {
  if (!Array.isArray(keywords)) return names.length === 1 ? names[0] : names
  const pairs = keywords
    .slice(0, names.length)
    .map((keyword: unknown, index) => [String(keyword), names[index]] as const)
  return Object.fromEntries(pairs)
}
