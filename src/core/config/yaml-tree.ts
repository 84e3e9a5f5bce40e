import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'

/** A node of a YAML file with all that a configuration needs to know of it; a key may be called anything. */
export type Tree =
  | { readonly kind: 'empty'; readonly offset: number }
  | { readonly kind: 'text'; readonly text: string; readonly offset: number }
  | { readonly kind: 'list'; readonly items: () => readonly Tree[]; readonly offset: number }
  | { readonly kind: 'map'; readonly entries: () => readonly Entry[]; readonly offset: number }

export interface Entry {
  readonly key: string
  readonly value: Tree
  /** Of the key. */
  readonly offset: number
}

/** Says what is wrong at an offset of the text, in words that go on after the place. */
export type Complain = (offset: number, why: string) => void

/** Aliases are looked up one by one, each in time by the length of the file; nobody needs as many. */
const MOST_ALIASES = 200

/**
 * Reads one YAML document as texts, lists and maps: every scalar is what is written, so `010`, `yes` and `1e3` stay so,
 * and tags are refused. What is below a node is looked at when it is asked for. `place` gives line and column, from 1.
 */
export function parseYaml(text: string, complain: Complain): { tree: Tree; place: (offset: number) => string } {
  const lines = new LineCounter()
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${Math.max(line, 1)}:${Math.max(col, 1)}`
  }
  // With `silent` a second document would be left out without a word.
  const options = { schema: 'failsafe', lineCounter: lines, prettyErrors: false, logLevel: 'error' } as const
  const document = parseDocument(text, options)
  for (const { pos, message } of document.errors) complain(pos[0], `cannot be read: ${message}`)
  if (document.errors.length > 0) return { tree: { kind: 'empty', offset: 0 }, place }
  return { tree: new TreeReader(document, complain).read(document.contents, 0), place }
}

class TreeReader {
  readonly #document: Document.Parsed
  readonly #complain: Complain
  #aliases = 0

  constructor(document: Document.Parsed, complain: Complain) {
    this.#document = document
    this.#complain = complain
  }

  read(given: unknown, above: number): Tree {
    const offset = isNode(given) ? (given.range?.[0] ?? above) : above
    const node = isAlias(given) ? this.#target(given, offset) : given
    if (isNode(node) && node.tag !== undefined) this.#complain(offset, 'has a tag; tags are not used here')
    if (isMap(node)) {
      const items = node.items
      return { kind: 'map', offset, entries: () => items.flatMap(({ key, value }) => this.#entry(key, value, offset)) }
    }
    if (isSeq(node)) {
      const items = node.items
      return { kind: 'list', offset, items: () => items.map((item) => this.read(item, offset)) }
    }
    if (!isScalar(node)) return { kind: 'empty', offset }
    const text = String(node.value)
    const isEmpty = node.type === 'PLAIN' && /^(?:~|null)?$/i.test(text)
    return isEmpty ? { kind: 'empty', offset } : { kind: 'text', text, offset }
  }

  #entry(key: unknown, value: unknown, above: number): Entry[] {
    const read = this.read(key, above)
    if (read.kind === 'text') return [{ key: read.text, value: this.read(value, read.offset), offset: read.offset }]
    this.#complain(read.offset, 'is no name of anything')
    return []
  }

  #target(alias: { readonly source: string; resolve: (document: Document) => unknown }, offset: number): unknown {
    this.#aliases++
    if (this.#aliases > MOST_ALIASES) {
      if (this.#aliases === MOST_ALIASES + 1)
        this.#complain(offset, `is one alias more than the ${MOST_ALIASES} that are read`)
      return null
    }
    const target = alias.resolve(this.#document)
    if (target === undefined) this.#complain(offset, `is an alias of nothing that was named before`)
    return target
  }
}
