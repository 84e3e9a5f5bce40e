import { nearestName } from './config/nearest-name.js'
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

/** What action.yml says of an option: with its default, which has no field of its own there. */
export function describeOption({ description, default: fallback, repeatable, value }: Option): string {
  const isSaid = fallback === null || description.includes('Default:')
  const rest = [isSaid ? '' : ` Default: ${fallback}.`, repeatable ? ' One per line.' : '']
  return `${description}${rest.join('')} (${value})`
}

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
  readonly #places: ReadonlyMap<string, string>
  readonly #problems: string[] = []

  /** `places` says of values that come out of a file where they stand in it. */
  constructor(
    options: readonly Option[],
    values: OptionValues,
    style: 'flag' | 'input',
    places: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#options = new Map(options.map((one) => [one.name, one]))
    this.#values = new Map([...values].map(([name, given]) => [name, given.filter((value) => value.trim() !== '')]))
    this.#style = style
    this.#places = places
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
    // An option may be read for more than one thing.
    const problems = [...new Set(this.#problems)]
    const count = problems.length === 1 ? `An ${noun} cannot` : `${problems.length} ${noun}s cannot`
    throw new NavigatorError('invalid-options', `${count} be used.`, { problems })
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
    const nearest = nearestName(name, [...this.#options.keys()]) ?? name
    this.#problems.push(`${this.#shown(name)}: there is no such ${this.#noun()}; did you mean ${this.#shown(nearest)}?`)
  }

  #noun(): string {
    return this.#style === 'flag' ? 'option' : 'input'
  }

  #shown(name: string): string {
    const place = this.#places.get(name)
    const shown = this.#style === 'flag' && !ARGUMENTS.has(name) ? `--${name}` : name
    return place === undefined ? shown : `${place}: ${shown}`
  }
}

/** Whether a text is a whole number from `least` to `most`. */
export function isWhole(text: string, least: number, most = Infinity): boolean {
  const number = Number(text)
  return /^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least && number <= most
}
