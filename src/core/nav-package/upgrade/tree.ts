/** A map of an old status, whose fields are known by its version alone. */
export type Tree = Readonly<Record<string, unknown>>

/** The same object when it is a map, so that what it holds keeps its spelling; an empty one otherwise. */
export function treeOf(value: unknown): Tree {
  return isTree(value) ? value : {}
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The fields that are there, and are not `undefined`. */
export function present(fields: Tree): Tree {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** A map without some of its fields. */
export function without(tree: Tree, ...names: readonly string[]): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !names.includes(name)))
}

/** The status with its `config.custom_configs` changed one by one; `change` gives an untouched one back as it is. */
export function withCustomConfigs(status: Tree, change: (name: string, custom: Tree) => [string, Tree]): Tree {
  const config = treeOf(status['config'])
  const customs = Object.entries(treeOf(config['custom_configs'])).map(([name, custom]): [string, unknown] =>
    isTree(custom) ? change(name, custom) : [name, custom],
  )
  return { ...status, config: { ...config, custom_configs: Object.fromEntries(customs) } }
}
