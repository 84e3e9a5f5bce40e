import { NavigatorError } from '../../errors.js'
import type { YamlMap, YamlNode, YamlScalar } from './node.js'
import { MOST_LEVELS, MOST_VALUES, parseYaml, tooManyValues } from './parser.js'
import { hasSpelling, isScalarType, keyName, plainScalar, resolveScalar, resolveTagged, type Scalar } from './scalar.js'
import { fieldPath, type Spellings } from './spellings.js'

const CORE_TAG = 'tag:yaml.org,2002:'
/** Python refuses to read integers of more decimal digits. */
const MOST_DIGITS = 4300
/** Characters of the paths of all spellings together: 100 each for every one of some 300,000 unusual scalars. */
const LONGEST_PATHS = 32 * 2 ** 20

/** The spelling of each scalar of a list or map that has one, by its field; of its keys; and the order of the keys. */
interface Marks {
  readonly values: Map<string, string>
  readonly keys: Map<string, string>
  order: string | null
}

/** A tree of plain JavaScript values, and how its source spelled them, which survives a rebuilding of the tree. */
export interface YamlTree {
  readonly value: unknown
  /** The spellings of what is still in `tree`, by path: of every list and map that is the same object as in `value`. */
  readonly spellingsIn: (tree: unknown) => Spellings
}

/**
 * Reads YAML as PyYAML's `safe_load` does: aliases and merge keys are followed, keys are text, dates stay text. A map
 * with a key twice is refused, where PyYAML takes the last. `isFloat` says which fields are printed as floats anyway.
 * Throws `package-invalid`, or `package-too-large`.
 */
export function readYaml(text: string, isFloat: (field: string) => boolean): YamlTree {
  const reader = new Reader(isFloat)
  const value = reader.value(parseYaml(text), null, 0)
  return { value, spellingsIn: (tree) => spellingsIn(tree, reader.marks) }
}

class Reader {
  readonly marks = new Map<object, Marks>()
  readonly #isFloat: (field: string) => boolean
  readonly #flattened = new Map<YamlMap, readonly (readonly [YamlNode, YamlNode])[]>()
  #values = 0

  constructor(isFloat: (field: string) => boolean) {
    this.#isFloat = isFloat
  }

  /** `place` is told the field's spelling where printing the value would not give it. */
  value(node: YamlNode, place: { field: string; marks: Marks } | null, depth: number): unknown {
    this.#count()
    if (depth > MOST_LEVELS) {
      throw failure(node, `lists and maps are nested more than ${String(MOST_LEVELS)} levels deep, aliases followed`)
    }
    switch (node.kind) {
      case 'scalar':
        return this.#scalar(node, place)
      case 'list':
        return this.#list(node, depth)
      case 'map':
        return this.#map(node, depth)
    }
  }

  #scalar(node: YamlScalar, place: { field: string; marks: Marks } | null): unknown {
    const scalar = scalarOf(node)
    const spelling = spellingOf(node, scalar)
    if (place !== null && spelling !== null) {
      const printed = plainScalar(scalar.value, this.#isFloat(place.field))
      const again = printed === null ? null : resolveScalar(printed)
      if (again?.type !== scalar.type || !Object.is(again.value, scalar.value)) {
        place.marks.values.set(place.field, spelling)
      }
    }
    return scalar.value
  }

  #list(node: YamlNode & { kind: 'list' }, depth: number): unknown[] {
    requireTag(node, 'seq')
    const marks: Marks = { values: new Map(), keys: new Map(), order: null }
    const list = node.items.map((item, index) => this.value(item, { field: String(index), marks }, depth + 1))
    if (marks.values.size > 0) this.marks.set(list, marks)
    return list
  }

  #map(node: YamlMap, depth: number): Record<string, unknown> {
    requireTag(node, 'map')
    const marks: Marks = { values: new Map(), keys: new Map(), order: null }
    const fields = new Map<string, unknown>()
    for (const [keyNode, valueNode] of this.#pairs(node)) {
      const key = keyOf(keyNode)
      marks.values.delete(key.name)
      marks.keys.delete(key.name)
      if (key.spelling !== null) marks.keys.set(key.name, key.spelling)
      fields.set(key.name, this.value(valueNode, { field: key.name, marks }, depth + 1))
    }
    const map = Object.fromEntries(fields)
    marks.order = orderOf(fields, map)
    if (marks.order !== null || marks.values.size + marks.keys.size > 0) this.marks.set(map, marks)
    return map
  }

  /** The pairs of a map, before them those that it merges (`<<`): what comes later counts. */
  #pairs(node: YamlMap): readonly (readonly [YamlNode, YamlNode])[] {
    const known = this.#flattened.get(node)
    if (known !== undefined) return known
    requireDistinctKeys(node)
    const merged = node.pairs.filter(([key]) => isMerge(key)).flatMap(([, value]) => this.#merged(value))
    const own = node.pairs.filter(([key]) => !isMerge(key))
    if (merged.length === 0 && own.length === node.pairs.length) return node.pairs
    const pairs = [...merged, ...own]
    this.#count(pairs.length)
    this.#flattened.set(node, pairs)
    return pairs
  }

  #merged(value: YamlNode): (readonly [YamlNode, YamlNode])[] {
    const sources = value.kind === 'list' ? value.items.toReversed() : [value]
    return sources.flatMap((source) => {
      if (source.kind === 'map') return [...this.#pairs(source)]
      throw failure(source, '<< merges something that is no map')
    })
  }

  #count(added = 1): void {
    this.#values += added
    if (this.#values > MOST_VALUES) throw tooManyValues()
  }
}

function scalarOf(node: YamlScalar): Scalar {
  const { text, tag, isPlain } = node
  if (tag === null) return isPlain ? checked(resolveScalar(text), node) : { type: 'str', value: text }
  // To PyYAML `!` says the opposite of what YAML says: that a scalar in quotes is read as if it had none.
  if (tag === '!') return checked(resolveScalar(text), node)
  const name = tag.slice(CORE_TAG.length)
  const scalar = isScalarType(name) ? resolveTagged(text, name) : null
  if (scalar === null) throw failure(node, `${JSON.stringify(text.slice(0, 100))} is no ${name}`)
  return checked(scalar, node)
}

function checked(scalar: Scalar, node: YamlScalar): Scalar {
  if (scalar.type !== 'int' || node.text.length <= MOST_DIGITS) return scalar
  throw failure(node, `a whole number has more than ${String(MOST_DIGITS)} digits`)
}

/** The plain text that PyYAML reads as the scalar: as it stands in the source, where that is plain. */
function spellingOf({ text, tag, isPlain }: YamlScalar, scalar: Scalar): string | null {
  if (!hasSpelling(scalar)) return null
  const isItsOwn = (tag === null && isPlain && text !== '') || scalar.type === 'int' || scalar.type === 'timestamp'
  return isItsOwn ? text : plainScalar(scalar.value, scalar.type === 'float')
}

/** Keys are text here; `1` and `true` are whole numbers and booleans to Python, which their spellings keep. */
function keyOf(node: YamlNode): { name: string; spelling: string | null } {
  if (node.kind !== 'scalar') throw failure(node, 'a list or a map is a key')
  const scalar = scalarOf(node)
  const spelling = spellingOf(node, scalar)
  return { name: keyName(scalar, spelling ?? node.text), spelling }
}

function isMerge(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.isPlain && key.tag === null && key.text === '<<'
}

function requireDistinctKeys(node: YamlMap): void {
  const seen = new Set<string>()
  for (const [key] of node.pairs) {
    if (isMerge(key)) continue
    const { name } = keyOf(key)
    if (seen.has(name)) throw failure(key, `the key ${JSON.stringify(name.slice(0, 100))} is there twice`)
    seen.add(name)
  }
}

function requireTag(node: YamlNode, name: 'seq' | 'map'): void {
  if (node.tag === null || node.tag === '!' || node.tag === CORE_TAG + name) return
  throw failure(node, `a ${node.kind} has the tag of something else`)
}

/** JavaScript lists whole numbers first; null where that is the order of the source anyway. */
function orderOf(fields: ReadonlyMap<string, unknown>, map: Record<string, unknown>): string | null {
  const names = [...fields.keys()]
  if (!names.some((name) => /^\d/.test(name))) return null
  const listed = Object.keys(map)
  return names.every((name, index) => name === listed[index]) ? null : JSON.stringify(names)
}

function spellingsIn(tree: unknown, marks: ReadonlyMap<object, Marks>): Spellings {
  const spellings = new Map<string, string>()
  let characters = 0
  const note = (path: string, spelling: string): void => {
    characters += path.length + spelling.length
    if (characters > LONGEST_PATHS) {
      throw new NavigatorError('package-too-large', 'status.yaml has too many unusual numbers under long names.')
    }
    spellings.set(path, spelling)
  }
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return
    const own = marks.get(value)
    if (own !== undefined) {
      for (const [field, spelling] of own.values) note(fieldPath(path, field), spelling)
      for (const [field, spelling] of own.keys) note(`${fieldPath(path, field)}~k`, spelling)
      if (own.order !== null) note(`${path}~o`, own.order)
    }
    for (const [field, child] of Object.entries(value)) {
      if (typeof child === 'object') walk(child, fieldPath(path, field))
    }
  }
  if (marks.size > 0) walk(tree, '')
  return spellings
}

function failure(node: YamlNode, problem: string): NavigatorError {
  return new NavigatorError('package-invalid', `status.yaml cannot be read: line ${String(node.line)}: ${problem}.`)
}
