import { NavigatorError } from './errors.js'

/** One option: a flag of the command line, an input of the action, or both under the same name. */
export interface Option {
  readonly name: string
  /** What its value looks like; empty for a flag without one. */
  readonly value: string
  readonly description: string
  readonly default: string | null
  readonly repeatable: boolean
}

/** An option as a line of a table. */
export const option = (
  name: string,
  value: string,
  description: string,
  fallback: string | null = null,
  repeatable = false,
): Option => ({
  name,
  value,
  description,
  default: fallback,
  repeatable,
})

/** Values by option name as they were given; repeatable ones may have several. */
export type OptionValues = ReadonlyMap<string, readonly string[]>

const DURATION_UNITS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])
const BYTE_UNITS = new Map([
  ['', 1],
  ['B', 1],
  ['K', 2 ** 10],
  ['M', 2 ** 20],
  ['G', 2 ** 30],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
])

/** What the command line takes as arguments, not as flags. */
const ARGUMENTS = new Set(['model', 'package', 'base', 'head'])

/** Reads options one by one and collects every problem; names that are no option are problems from the start. */
export class OptionReader {
  readonly #options: ReadonlyMap<string, Option>
  readonly #values: OptionValues
  readonly #style: 'flag' | 'input'
  readonly #problems: string[] = []

  constructor(options: readonly Option[], values: OptionValues, style: 'flag' | 'input') {
    this.#options = new Map(options.map((one) => [one.name, one]))
    this.#values = new Map([...values].map(([name, given]) => [name, given.filter((value) => value.trim() !== '')]))
    this.#style = style
    for (const name of values.keys()) this.#requireKnown(name)
  }

  has(name: string): boolean {
    return (this.#values.get(name)?.length ?? 0) > 0
  }

  problem(name: string, why: string): void {
    const given = this.#values.get(name)?.join(', ') ?? ''
    this.#problems.push(`${this.#shown(name)}: ${given === '' ? '' : `"${given}" `}${why}`)
  }

  text(name: string): string | null {
    const given = this.#values.get(name) ?? []
    if (given.length > 1) this.problem(name, 'was given more than once')
    return given[0]?.trim() ?? this.#options.get(name)?.default ?? null
  }

  choice<const T extends string>(name: string, allowed: readonly T[]): T {
    const text = this.text(name)
    const found = allowed.find((one) => one === text)
    if (found !== undefined) return found
    this.problem(name, `is not one of ${allowed.join(', ')}`)
    const [first] = allowed
    if (first === undefined) throw new Error(`${name} allows nothing`)
    return first
  }

  list(name: string): string[] | null {
    const text = this.text(name)
    return (
      text
        ?.split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '') ?? null
    )
  }

  whole(name: string, least: number, most = Infinity): number | null {
    const text = this.text(name)
    if (text === null || isWhole(text, least, most)) return text === null ? null : Number(text)
    this.problem(name, `is not a whole number from ${least}${most === Infinity ? '' : ` to ${most}`}`)
    return null
  }

  number(name: string): number | null {
    const text = this.text(name)
    if (text === null) return null
    const value = Number(text)
    if (Number.isFinite(value) && value > 0) return value
    this.problem(name, 'is not a number above 0')
    return null
  }

  duration(name: string): number | null {
    return this.#withUnit(name, DURATION_UNITS, 'a time such as 90s, 5m or 500ms')
  }

  bytes(name: string): number | null {
    const bytes = this.#withUnit(name, BYTE_UNITS, 'a size such as 4GiB or 500MiB')
    return bytes === null ? null : Math.ceil(bytes)
  }

  assignments<T>(name: string, parse: (text: string) => T | null, expected: string): Map<string, T> {
    const parsed = new Map<string, T>()
    for (const line of this.#values.get(name)?.flatMap((value) => value.split('\n')) ?? []) {
      if (line.trim() === '') continue
      const at = line.lastIndexOf('=')
      const value = at < 1 ? null : parse(line.slice(at + 1).trim())
      if (value === null)
        this.#problems.push(`${this.#shown(name)}: "${line.trim()}" is not NAME=VALUE with ${expected}`)
      else if (parsed.has(line.slice(0, at).trim()))
        this.#problems.push(`${this.#shown(name)}: "${line.trim()}" repeats a name that was given before`)
      else parsed.set(line.slice(0, at).trim(), value)
    }
    return parsed
  }

  /** Throws `invalid-options` with every problem found, if there is any. */
  finish(): void {
    if (this.#problems.length === 0) return
    const noun = this.#noun()
    const count = this.#problems.length === 1 ? `An ${noun} cannot` : `${this.#problems.length} ${noun}s cannot`
    throw new NavigatorError('invalid-options', `${count} be used.`, { problems: this.#problems })
  }

  #withUnit(name: string, units: ReadonlyMap<string, number>, expected: string): number | null {
    const text = this.text(name)
    if (text === null) return null
    const [, digits = '', unit = ''] = /^([\d.]+)\s*([A-Za-z]*)$/.exec(text) ?? []
    const value = Number(digits) * (units.get(unit) ?? NaN)
    if (Number.isFinite(value) && value > 0 && digits !== '') return value
    this.problem(name, `is not ${expected}`)
    return null
  }

  #requireKnown(name: string): void {
    if (this.#options.has(name)) return
    const names = [...this.#options.keys()]
    const nearest = names.reduce((best, one) => (distance(name, one) < distance(name, best) ? one : best))
    this.#problems.push(`${this.#shown(name)}: there is no such ${this.#noun()}; did you mean ${this.#shown(nearest)}?`)
  }

  #noun(): string {
    return this.#style === 'flag' ? 'option' : 'input'
  }

  #shown(name: string): string {
    return this.#style === 'flag' && !ARGUMENTS.has(name) ? `--${name}` : name
  }
}

/** Whether a text is a whole number from `least` to `most`. */
export function isWhole(text: string, least: number, most = Infinity): boolean {
  const number = Number(text)
  return /^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least && number <= most
}

/** How many letters two names differ by (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
