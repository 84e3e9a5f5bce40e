/**
 * What a YAML text says by spelling alone and a JavaScript value cannot hold, by path: that `10.0` is a float, that `0`
 * is a whole number as a key, that the key `10` comes before `9`. A path is a JSON pointer (RFC 6901) to a value; with
 * `~k` behind it, it names the spelling of that value's key, and with `~o` the order of a map's keys, as a JSON list.
 */
export type Spellings = ReadonlyMap<string, string>

/** Of a value that was not read from YAML. */
export const NO_SPELLINGS: Spellings = new Map()

/** Spellings as a tree, so that a walk over a value need not build the path of everything in it. */
export interface SpellingTree {
  value?: string
  key?: string
  order?: string
  children?: Map<string, SpellingTree>
}

export function spellingTree(spellings: Spellings): SpellingTree {
  const root: SpellingTree = {}
  for (const [path, spelling] of spellings) {
    const [, pointer = '', mark] = /^(.*?)(~k|~o)?$/s.exec(path) ?? []
    const node = nodeAt(root, pointer)
    if (mark === '~k') node.key = spelling
    else if (mark === '~o') node.order = spelling
    else node.value = spelling
  }
  return root
}

/** The path of the field `name` of what is at `path`. */
export function fieldPath(path: string, name: string): string {
  return `${path}/${/[~/]/.test(name) ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name}`
}

function nodeAt(root: SpellingTree, pointer: string): SpellingTree {
  let node = root
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    node.children ??= new Map()
    let child = node.children.get(name)
    if (child === undefined) {
      child = {}
      node.children.set(name, child)
    }
    node = child
  }
  return node
}
