import { hasSpelling, keyName, plainScalar, resolveScalar } from './scalar.js'
import { type Spellings, type SpellingTree, spellingTree } from './spellings.js'

/** PyYAML's own limit for writing a key without `?`; it reads keys of up to 1024 characters so. */
const LONGEST_PLAIN_KEY = 120
const NOT_ASCII = /[^\u0020-\u007e]/
/** What is syntax when unquoted, in a list or map that is not in brackets. */
const SYNTAX = /^[?:,[\]{}#&*!|>'"%@`]|^-(?:$| )|^(?:---|\.\.\.)|: |:$| #|^ | $/

/**
 * Prints maps, lists, text, numbers, booleans and null so that PyYAML's `safe_load` gives the same values back, in the
 * layout of its `safe_dump`, without its line folding and aliases; everything outside of ASCII is escaped. Numbers of
 * the fields that `isFloat` names are printed as floats. A value that `spellings` has a spelling for is printed so, when
 * the spelling still means this value.
 */
export function printYaml(value: unknown, spellings: Spellings, isFloat: (field: string) => boolean): string {
  const lines: string[] = []
  const printer = new Printer(lines, isFloat)
  printer.block(
    value,
    { head: '', indent: '', isInMap: false },
    '',
    spellings.size === 0 ? undefined : spellingTree(spellings),
  )
  return `${lines.join('\n')}\n`
}

/** What stands before a value: on its first line, and on the others. */
interface Position {
  readonly head: string
  readonly indent: string
  /** Behind a key, where lists stand in the column of the key and maps on lines of their own. */
  readonly isInMap: boolean
}

class Printer {
  readonly #lines: string[]
  readonly #isFloat: (field: string) => boolean

  constructor(lines: string[], isFloat: (field: string) => boolean) {
    this.#lines = lines
    this.#isFloat = isFloat
  }

  block(value: unknown, position: Position, field: string, spelled: SpellingTree | undefined): void {
    if (Array.isArray(value)) this.#list(value, position, spelled)
    else if (typeof value === 'object' && value !== null) this.#map(value, position, spelled)
    else this.#lines.push(position.head + this.#scalar(value, field, spelled?.value))
  }

  #list(list: readonly unknown[], position: Position, spelled: SpellingTree | undefined): void {
    if (list.length === 0) {
      this.#lines.push(`${position.head}[]`)
      return
    }
    let { head } = position
    if (position.isInMap) {
      this.#lines.push(head.trimEnd())
      head = position.indent
    }
    list.forEach((item: unknown, index) => {
      const inner = { head: `${head}- `, indent: `${position.indent}  `, isInMap: false }
      this.block(item, inner, String(index), spelled?.children?.get(String(index)))
      head = position.indent
    })
  }

  #map(map: object, position: Position, spelled: SpellingTree | undefined): void {
    const present = Object.entries(map).filter(([, value]) => value !== undefined)
    const fields = inOrder(present, spelled?.order)
    if (fields.length === 0) {
      this.#lines.push(`${position.head}{}`)
      return
    }
    let { head } = position
    let { indent } = position
    if (position.isInMap) {
      this.#lines.push(head.trimEnd())
      indent += '  '
      head = indent
    }
    for (const [name, value] of fields) {
      const child = spelled?.children?.get(name)
      const key = keyText(name, child?.key)
      if (key.length > LONGEST_PLAIN_KEY) {
        this.#lines.push(`${head}? ${key}`)
        head = `${indent}: `
      } else head += `${key}: `
      this.block(value, { head, indent, isInMap: true }, name, child)
      head = indent
    }
  }

  #scalar(value: unknown, field: string, spelling: string | undefined): string {
    const meant = spelling === undefined ? undefined : resolveScalar(spelling)
    const isSame = meant !== undefined && hasSpelling(meant) && Object.is(meant.value, value)
    if (spelling !== undefined && isSame) return spelling
    return plainScalar(value, this.#isFloat(field)) ?? text(String(value))
  }
}

/** A key by its spelling, when that still means the key. */
function keyText(name: string, spelling: string | undefined): string {
  if (spelling === undefined) return text(name)
  const meant = resolveScalar(spelling)
  return hasSpelling(meant) && keyName(meant, spelling) === name ? spelling : text(name)
}

function text(value: string): string {
  if (NOT_ASCII.test(value)) return doubleQuoted(value)
  if (resolveScalar(value).type === 'str' && !SYNTAX.test(value)) return value
  return `'${value.replaceAll("'", "''")}'`
}

function doubleQuoted(value: string): string {
  const escaped = value.replace(/["\\]|[^\u0020-\u007e]/gu, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    const point = character.codePointAt(0) ?? 0
    const [mark, length] =
      point > 0xffff ? (['U', 8] as const) : point > 0xff ? (['u', 4] as const) : (['x', 2] as const)
    return `\\${mark}${point.toString(16).toUpperCase().padStart(length, '0')}`
  })
  return `"${escaped}"`
}

/** In the order of the source; what it does not know comes last. */
function inOrder(fields: [string, unknown][], order: string | undefined): [string, unknown][] {
  if (order === undefined) return fields
  const names: unknown = JSON.parse(order)
  if (!Array.isArray(names)) return fields
  const ranks = new Map(names.map((name: unknown, index) => [name, index]))
  return fields.toSorted(([a], [b]) => (ranks.get(a) ?? Infinity) - (ranks.get(b) ?? Infinity) || 0)
}
