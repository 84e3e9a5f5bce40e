import { NavigatorError } from '../../errors.js'
import { readBlockScalar } from './block-scalar.js'
import { Cursor, isWhite } from './cursor.js'
import { canStartPlain, readDoubleQuoted, readPlain, readSingleQuoted } from './flow-scalar.js'
import type { YamlNode, YamlScalar } from './node.js'

/** Lists and maps within each other; a package of the real Navigator has some twelve, a model's pytree may add a few. */
export const MOST_LEVELS = 100
/** Scalars, lists and maps of a text; a status of 2 MiB has some 200,000, and 500,000 take about 200 MB. */
export const MOST_VALUES = 500_000

const CORE_TAG = 'tag:yaml.org,2002:'
/** PyYAML looks for the colon of a key on the line of the key and no further than this. */
const LONGEST_KEY = 1024
const UNPRINTABLE = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\uffff]|[\ufffe\uffff]/

interface Properties {
  readonly anchor: string | null
  readonly tag: string | null
}

interface Place {
  /** A list or a map may begin on the line of what introduces it, as behind `- `. */
  readonly isCompact: boolean
  /** A list may stand in the column of its parent, as behind `key:`. */
  readonly isListFlush: boolean
}

const VALUE: Place = { isCompact: false, isListFlush: true }
const EXPLICIT: Place = { isCompact: true, isListFlush: true }
const ITEM: Place = { isCompact: true, isListFlush: false }
const DOCUMENT: Place = { isCompact: true, isListFlush: false }
const BEHIND_MARKER: Place = { isCompact: false, isListFlush: false }

/**
 * Reads one YAML 1.1 document as PyYAML does. An alias gives the same node again. Stops at the first problem and
 * throws `package-invalid`, or `package-too-large` above `MOST_VALUES`.
 */
export function parseYaml(text: string): YamlNode {
  const unprintable = UNPRINTABLE.exec(text)
  const cursor = new Cursor(text.replace(/^\ufeff/, '').replace(/\r\n?|\u0085/g, '\n'))
  if (unprintable !== null) {
    const line = text.slice(0, unprintable.index).split(/\r\n?|[\n\u0085]/).length
    throw cursor.failure(`${JSON.stringify(unprintable[0])} is a character that YAML allows as an escape only`, line)
  }
  return new Parser(cursor).document()
}

class Parser {
  readonly #cursor: Cursor
  readonly #anchors = new Map<string, YamlNode>()
  readonly #open = new Set<string>()
  #depth = 0
  #values = 0

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  document(): YamlNode {
    const cursor = this.#cursor
    cursor.skipToContent()
    const hasDirectives = this.#skipDirectives()
    const isMarked = cursor.isAtMarker() && cursor.peek() === '-'
    if (hasDirectives && !isMarked) throw cursor.failure('--- is missing behind the directives')
    if (isMarked) cursor.at += 3
    const root = this.#block(-1, isMarked ? BEHIND_MARKER : DOCUMENT)
    cursor.skipToContent()
    if (cursor.isAtMarker() && cursor.peek() === '.') {
      cursor.at += 3
      cursor.skipToContent()
    }
    if (cursor.peek() !== '') throw cursor.failure('there is more behind the end of the first value')
    return root
  }

  #skipDirectives(): boolean {
    const cursor = this.#cursor
    const start = cursor.at
    while (cursor.peek() === '%' && cursor.column === 0) {
      const from = cursor.at
      cursor.skipToLineEnd()
      const directive = cursor.since(from)
      if (directive.startsWith('%TAG')) throw cursor.failure('%TAG is not allowed, as a status has no tags of its own')
      if (directive.startsWith('%YAML') && !/^%YAML +1\./.test(directive)) throw cursor.failure('this is not YAML 1')
      cursor.skipToContent()
    }
    return cursor.at > start
  }

  /** What belongs to a parent in the column `parent`; null as text where nothing does. */
  #block(parent: number, place: Place): YamlNode {
    const hasBroken = this.#cursor.skipToContent()
    if (!this.#belongs(parent, place)) return this.#scalar('', true)
    return this.#content(parent, place, hasBroken || place.isCompact, false)
  }

  #belongs(parent: number, place: Place): boolean {
    const cursor = this.#cursor
    if (cursor.peek() === '' || cursor.isAtMarker()) return false
    return cursor.column > parent || (place.isListFlush && cursor.column === parent && cursor.isAtIndicator('-'))
  }

  #content(parent: number, place: Place, mayNest: boolean, hasProperties: boolean): YamlNode {
    const cursor = this.#cursor
    const { at, line, column } = cursor
    if (cursor.isAtIndicator('-') || cursor.isAtIndicator('?')) {
      if (!mayNest) throw cursor.failure('a list or map begins on a line where it may not')
      return cursor.peek() === '-' ? this.#blockList(column) : this.#blockMap(column, null)
    }
    const properties = this.#properties()
    if (properties !== null && cursor.isAtLineEnd()) {
      if (hasProperties) throw cursor.failure('a value has two anchors or tags')
      cursor.skipToContent()
      return this.#finish(properties, () =>
        this.#belongs(parent, place) ? this.#content(parent, place, true, true) : this.#scalar('', true),
      )
    }
    const isAlias = cursor.peek() === '*'
    const node = this.#inline(parent, properties)
    if (this.#isAtValue(at, line, parent)) {
      if (!mayNest) throw cursor.failure('a map begins on a line where it may not')
      return this.#blockMap(column, node)
    }
    if (hasProperties && (properties !== null || isAlias)) throw cursor.failure('a value has two anchors or tags')
    return node
  }

  #blockList(column: number): YamlNode {
    return this.#nest(() => {
      const cursor = this.#cursor
      const { line } = cursor
      const items: YamlNode[] = []
      while (cursor.column === column && cursor.isAtIndicator('-') && !cursor.isAtMarker()) {
        cursor.at++
        items.push(this.#block(column, ITEM))
        cursor.skipToContent()
      }
      return { kind: 'list', items, tag: null, line }
    })
  }

  /** From behind its first key, or from the `?` before it. */
  #blockMap(column: number, firstKey: YamlNode | null): YamlNode {
    return this.#nest(() => {
      const cursor = this.#cursor
      const { line } = cursor
      const pairs: [YamlNode, YamlNode][] = []
      for (let key = firstKey; ; key = null) {
        pairs.push(key === null ? this.#blockPair(column) : this.#implicitPair(column, key))
        cursor.skipToContent()
        if (cursor.peek() === '' || cursor.isAtMarker() || cursor.column < column) break
        if (cursor.column > column) throw cursor.failure('the indentation fits nothing above')
      }
      return { kind: 'map', pairs, tag: null, line }
    })
  }

  #implicitPair(column: number, key: YamlNode): [YamlNode, YamlNode] {
    this.#cursor.at++
    return [key, this.#block(column, VALUE)]
  }

  #blockPair(column: number): [YamlNode, YamlNode] {
    const cursor = this.#cursor
    if (!cursor.isAtIndicator('?')) return this.#implicitPair(column, this.#implicitKey(column))
    cursor.at++
    const key = this.#block(column, EXPLICIT)
    cursor.skipToContent()
    if (cursor.column !== column || !cursor.isAtIndicator(':')) return [key, this.#scalar('', true)]
    cursor.at++
    return [key, this.#block(column, EXPLICIT)]
  }

  #implicitKey(column: number): YamlNode {
    const { at, line } = this.#cursor
    if (this.#cursor.isAtIndicator('-')) throw this.#cursor.failure('a list begins where a key is expected')
    const node = this.#inline(column, this.#properties())
    if (!this.#isAtValue(at, line, column - 1))
      throw this.#cursor.failure('a key is not followed by a colon and a space', line)
    return node
  }

  /** At the colon behind a key that began at `start`; a colon in the column `parent` belongs to a `?` above. */
  #isAtValue(start: number, line: number, parent: number): boolean {
    const cursor = this.#cursor
    if (!cursor.isAtLineEnd()) cursor.skip(' ')
    if (!cursor.isAtIndicator(':') || cursor.column <= parent) return false
    if (cursor.line !== line || cursor.at - start > LONGEST_KEY) {
      throw cursor.failure(`a key is longer than a line or ${String(LONGEST_KEY)} characters`, line)
    }
    return true
  }

  /** A scalar, an alias or a list or map in brackets, on this line or beginning on it. */
  #inline(parent: number, properties: Properties | null): YamlNode {
    const cursor = this.#cursor
    if (cursor.peek() === '|' || cursor.peek() === '>') {
      return this.#finish(properties, () => this.#scalarOf(() => readBlockScalar(cursor, parent), false))
    }
    if (properties !== null && cursor.isAtIndicator(':')) return this.#finish(properties, () => this.#scalar('', true))
    return this.#flowNode(properties, parent, false)
  }

  #flowNode(properties: Properties | null, parent: number, isInFlow: boolean): YamlNode {
    const cursor = this.#cursor
    switch (cursor.peek()) {
      case '*':
        if (properties !== null) throw cursor.failure('an alias has an anchor or a tag')
        return this.#alias()
      case '[':
        return this.#finish(properties, () => this.#flowList())
      case '{':
        return this.#finish(properties, () => this.#flowMap())
      case '"':
        return this.#finish(properties, () => this.#scalarOf(() => readDoubleQuoted(cursor), false))
      case "'":
        return this.#finish(properties, () => this.#scalarOf(() => readSingleQuoted(cursor), false))
      default:
        if (cursor.isAtMarker() || !canStartPlain(cursor, isInFlow)) {
          throw cursor.failure(
            `a value is expected, not ${cursor.peek() === '' ? 'the end' : JSON.stringify(cursor.peek())}`,
          )
        }
        return this.#finish(properties, () => this.#scalarOf(() => readPlain(cursor, parent, isInFlow), true))
    }
  }

  #flowList(): YamlNode {
    return this.#nest(() => {
      const cursor = this.#cursor
      const { line } = cursor
      const items: YamlNode[] = []
      for (const pair of this.#flowEntries(']')) {
        if (pair.length === 1) items.push(pair[0])
        else items.push(this.#count({ kind: 'map', pairs: [pair], tag: null, line: pair[0].line }))
      }
      return { kind: 'list', items, tag: null, line }
    })
  }

  #flowMap(): YamlNode {
    return this.#nest(() => {
      const { line } = this.#cursor
      const pairs: [YamlNode, YamlNode][] = []
      for (const pair of this.#flowEntries('}')) {
        pairs.push(pair.length === 2 ? pair : [pair[0], this.#scalar('', true)])
      }
      return { kind: 'map', pairs, tag: null, line }
    })
  }

  /** What stands between brackets: values, and keys with a value. */
  *#flowEntries(end: string): Generator<[YamlNode] | [YamlNode, YamlNode]> {
    const cursor = this.#cursor
    const { line } = cursor
    cursor.at++
    for (;;) {
      cursor.skipToContent()
      if (cursor.peek() === end) break
      yield this.#flowEntry()
      cursor.skipToContent()
      if (cursor.peek() === end) break
      if (cursor.peek() !== ',') throw cursor.failure(`, or ${end} is expected in the brackets of line ${String(line)}`)
      cursor.at++
    }
    cursor.at++
  }

  #flowEntry(): [YamlNode] | [YamlNode, YamlNode] {
    const cursor = this.#cursor
    if (cursor.peek() === '?') {
      cursor.at++
      const key = this.#flowValue(':,]}')
      cursor.skipToContent()
      return cursor.peek() === ':' ? [key, this.#flowBehindColon()] : [key, this.#scalar('', true)]
    }
    const { at, line } = cursor
    const node = this.#flowValue('')
    cursor.skip(' ')
    if (cursor.peek() !== ':') return [node]
    if (cursor.line !== line || cursor.at - at > LONGEST_KEY) {
      throw cursor.failure(`a key is longer than a line or ${String(LONGEST_KEY)} characters`, line)
    }
    return [node, this.#flowBehindColon()]
  }

  #flowBehindColon(): YamlNode {
    this.#cursor.at++
    return this.#flowValue(',]}')
  }

  /** A value in brackets; null as text before one of `ends`. */
  #flowValue(ends: string): YamlNode {
    const cursor = this.#cursor
    cursor.skipToContent()
    const properties = this.#properties()
    if (properties !== null) cursor.skipToContent()
    const isEmpty = cursor.peek() !== '' && (properties === null ? ends : ':,]}').includes(cursor.peek())
    if (isEmpty) return this.#finish(properties, () => this.#scalar('', true))
    return this.#flowNode(properties, -1, true)
  }

  #alias(): YamlNode {
    const name = this.#anchorName()
    const node = this.#anchors.get(name)
    if (node !== undefined) return node
    throw this.#cursor.failure(
      this.#open.has(name) ? `the alias ${name} contains itself` : `the alias ${name} has no anchor before it`,
    )
  }

  /** The anchor and the tag here, and the spaces behind them; null where there is neither. */
  #properties(): Properties | null {
    const cursor = this.#cursor
    const start = cursor.at
    let anchor: string | null = null
    let tag: string | null = null
    for (;;) {
      if (cursor.peek() === '&' && anchor === null) anchor = this.#anchorName()
      else if (cursor.peek() === '!' && tag === null) tag = this.#tag()
      else break
      cursor.skip(' ')
    }
    return cursor.at === start ? null : { anchor, tag }
  }

  #anchorName(): string {
    const cursor = this.#cursor
    cursor.at++
    const start = cursor.at
    while (/[\w-]/.test(cursor.peek())) cursor.at++
    const name = cursor.since(start)
    const isEnded = isWhite(cursor.peek()) || '?:,]}%@`'.includes(cursor.peek())
    if (name === '' || !isEnded) throw cursor.failure('an anchor or alias has no name of letters and digits')
    return name
  }

  #tag(): string {
    const cursor = this.#cursor
    const start = cursor.at
    while (!isWhite(cursor.peek())) cursor.at++
    const source = cursor.since(start)
    const [, short, long] = /^(?:!!([a-z]+)|!<tag:yaml\.org,2002:([a-z]+)>)$/.exec(source) ?? []
    const name = short ?? long
    if (source === '!') return '!'
    if (name !== undefined && /^(?:str|int|float|bool|null|timestamp|map|seq)$/.test(name)) return CORE_TAG + name
    throw cursor.failure(
      `the tag ${JSON.stringify(source.slice(0, 100))} is not read; a status has plain text, numbers, lists and maps`,
    )
  }

  /** Makes a node, gives it its tag and keeps it under its anchor. */
  #finish(properties: Properties | null, make: () => YamlNode): YamlNode {
    if (properties === null) return make()
    const { anchor, tag } = properties
    if (anchor !== null) {
      if (this.#anchors.has(anchor) || this.#open.has(anchor))
        throw this.#cursor.failure(`two anchors are named ${anchor}`)
      this.#open.add(anchor)
    }
    const made = make()
    const node = tag === null ? made : { ...made, tag }
    if (anchor !== null) {
      this.#open.delete(anchor)
      this.#anchors.set(anchor, node)
    }
    return node
  }

  #nest(make: () => YamlNode): YamlNode {
    this.#depth++
    if (this.#depth > MOST_LEVELS) {
      throw this.#cursor.failure(`lists and maps are nested more than ${String(MOST_LEVELS)} levels deep`)
    }
    const node = this.#count(make())
    this.#depth--
    return node
  }

  #scalarOf(read: () => string, isPlain: boolean): YamlScalar {
    const { line } = this.#cursor
    return this.#count({ kind: 'scalar', text: read(), isPlain, tag: null, line })
  }

  #scalar(text: string, isPlain: boolean): YamlScalar {
    return this.#scalarOf(() => text, isPlain)
  }

  #count<T extends YamlNode>(node: T): T {
    this.#values++
    if (this.#values > MOST_VALUES) throw tooManyValues()
    return node
  }
}

/** The error of a status with more than `MOST_VALUES` scalars, lists and maps. */
export function tooManyValues(): NavigatorError {
  return new NavigatorError(
    'package-too-large',
    `status.yaml holds more than ${MOST_VALUES.toLocaleString('en')} values, aliases followed. Save fewer models or figures.`,
  )
}
