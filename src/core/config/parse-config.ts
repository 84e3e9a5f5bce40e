import { NavigatorError } from '../errors.js'
import {
  type Config,
  type ConfigModel,
  type ConfigTarget,
  inputsAllowed,
  joinerOf,
  type KnownInput,
  type Layer,
  RESERVED,
} from './config.js'
import { nearestName } from './nearest-name.js'
import { type Complain, type Entry, parseYaml, type Tree } from './yaml-tree.js'

/** The longest file that is read, in characters: some hundred models with all their inputs. */
export const LONGEST_CONFIG = 64 * 1024
/** The most problems that are told at once. */
const MOST_PROBLEMS = 100

const PARTS = ['defaults', 'targets', 'models']

/**
 * Reads a configuration file. Throws `invalid-options` with a line per problem, `FILE:LINE:COLUMN: …`, all of them at
 * once; `file` is what the file is called in them.
 */
export function parseConfig(text: string, file: string, known: readonly KnownInput[]): Config {
  const problems: { readonly offset: number; readonly why: string }[] = []
  const complain: Complain = (offset, why) => problems.push({ offset, why })
  if (text.length > LONGEST_CONFIG) {
    throw refused(file, [`${file}:1:1: is longer than ${LONGEST_CONFIG / 1024} KiB, the most that is read`])
  }
  try {
    const { tree, place } = parseYaml(text, complain)
    const config = new ConfigReader(known, complain, (offset) => `${file}:${place(offset)}`).read(tree, file)
    if (problems.length === 0) return config
    const inOrder = problems.sort((a, b) => a.offset - b.offset)
    throw refused(file, [...new Set(inOrder.map(({ offset, why }) => `${file}:${place(offset)}: ${why}`))])
  } catch (error) {
    // The parser goes down into what is nested, and so ends at a file that is nested without end.
    if (error instanceof RangeError) throw refused(file, [`${file}:1:1: is nested too deeply`])
    throw error
  }
}

function refused(file: string, problems: readonly string[]): NavigatorError {
  const rest = problems.length - MOST_PROBLEMS
  const shown = [...problems.slice(0, MOST_PROBLEMS), ...(rest > 0 ? [`${file}:1:1: and ${rest} more`] : [])]
  return new NavigatorError('invalid-options', `${file} cannot be used.`, { problems: shown })
}

class ConfigReader {
  readonly #known: readonly KnownInput[]
  readonly #complain: Complain
  readonly #place: (offset: number) => string

  constructor(known: readonly KnownInput[], complain: Complain, place: (offset: number) => string) {
    this.#known = known
    this.#complain = complain
    this.#place = place
  }

  read(tree: Tree, file: string): Config {
    const parts = this.#entries(tree, 'the file')
    for (const { key, offset } of parts) this.#requireKnown(key, offset, PARTS, 'part of the file')
    const of = (name: string): readonly Entry[] => this.#entries(parts.find(({ key }) => key === name)?.value, name)
    const targets = new Map(of('targets').map((entry) => [entry.key, this.#target(entry)]))
    const models = new Map(of('models').map((entry) => [entry.key, this.#model(entry, targets)]))
    return { file, defaults: this.#inputs(of('defaults'), 'defaults'), targets, models }
  }

  #model({ key, value, offset }: Entry, targets: Config['targets']): ConfigModel {
    const entries = this.#entries(value, quoted(key))
    const own = entries.find((entry) => entry.key === 'targets')
    return {
      inputs: this.#inputs(
        entries.filter((entry) => entry !== own),
        'model',
      ),
      targets: own === undefined ? null : this.#modelTargets(own.value, targets),
      place: this.#place(offset),
    }
  }

  /** A list of names, or a map of them with inputs; where the file has targets, they are among these. */
  #modelTargets(tree: Tree, targets: Config['targets']): Config['targets'] {
    const isList = tree.kind === 'list'
    const named = isList ? this.#names(tree.items()) : this.#entries(tree, 'targets')
    for (const { key, offset } of targets.size > 0 || isList ? named : []) {
      this.#requireKnown(key, offset, [...targets.keys()], 'target')
    }
    return new Map(named.map((entry) => [entry.key, this.#target(entry)]))
  }

  /** Names in a list, as entries of a map that has nothing under them. */
  #names(items: readonly Tree[]): Entry[] {
    return items.flatMap((item) => {
      const { offset } = item
      if (item.kind === 'text') return [{ key: item.text, offset, value: { kind: 'empty', offset } }]
      this.#complain(offset, 'is no name of a target')
      return []
    })
  }

  #target({ key, value, offset }: Entry): ConfigTarget {
    return { inputs: this.#inputs(this.#entries(value, quoted(key)), 'target'), place: this.#place(offset) }
  }

  #inputs(entries: readonly Entry[], part: 'defaults' | 'target' | 'model'): Layer {
    const allowed = inputsAllowed(this.#known, part)
    const names = [...allowed.map(({ name }) => name), ...(part === 'model' ? ['targets'] : [])]
    return new Map(
      entries.flatMap(({ key, value, offset }) => {
        const reserved = RESERVED.get(key)
        if (reserved !== undefined) this.#complain(offset, `${key} cannot stand here: ${reserved}`)
        else this.#requireKnown(key, offset, names, 'input')
        const input = allowed.find(({ name }) => name === key)
        return input === undefined ? [] : [[key, { values: this.#values(input, value), place: this.#place(offset) }]]
      }),
    )
  }

  /** Lists become what `with:` would have: lines where an input takes lines, else one text with commas. */
  #values(input: KnownInput, value: Tree): string[] {
    switch (value.kind) {
      case 'empty':
        return []
      case 'text':
        return [value.text]
      case 'map':
        this.#complain(
          value.offset,
          `${input.name} is a text, a number, true, false or a list, not a map (${input.value})`,
        )
        return []
      case 'list': {
        const joiner = joinerOf(input)
        if (joiner === null) this.#complain(value.offset, `${input.name} takes one value, not a list (${input.value})`)
        const items = value.items()
        const texts = items.flatMap((item) => (item.kind === 'text' ? [item.text] : []))
        const other = items.find(({ kind }) => kind !== 'text')
        if (other !== undefined)
          this.#complain(other.offset, `is no value for the list of ${input.name} (${input.value})`)
        return [texts.join(joiner ?? ',')]
      }
    }
  }

  #entries(tree: Tree | undefined, what: string): readonly Entry[] {
    if (tree === undefined || tree.kind === 'empty') return []
    if (tree.kind === 'map') return tree.entries()
    this.#complain(tree.offset, `${what} is not a map of names, such as \`name: value\``)
    return []
  }

  #requireKnown(name: string, offset: number, known: readonly string[], noun: string): void {
    if (known.includes(name)) return
    const nearest = nearestName(name, known)
    const hint = nearest === null ? 'there is none in this file' : `did you mean ${nearest}?`
    const all = known.length <= MOST_LISTED && known.length > 1 ? ` There are ${known.join(', ')}.` : ''
    this.#complain(offset, `${quoted(name)} is no ${noun}; ${hint}${all}`)
  }
}

/** Longer lists of names are left to the schema. */
const MOST_LISTED = 8

/** A name of the file's, short enough to be told. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
}
