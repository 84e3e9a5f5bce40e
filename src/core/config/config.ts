/** What the file says of one input: its values, and where they stand, such as `.navpkg.yml:4:11`. */
export interface ConfigInput {
  readonly values: readonly string[]
  readonly place: string
}

/** Inputs by name, as far as one part of the file gives them. */
export type Layer = ReadonlyMap<string, ConfigInput>

/** What something is measured for, with the inputs that hold there. */
export interface ConfigTarget {
  readonly inputs: Layer
  readonly place: string
}

export interface ConfigModel {
  readonly inputs: Layer
  /** What it is measured for, each with inputs that hold for this model alone; null for whatever is asked for. */
  readonly targets: ReadonlyMap<string, ConfigTarget> | null
  readonly place: string
}

/** A configuration file (`.navpkg.yml`), checked: every input in it is one of the action. */
export interface Config {
  readonly defaults: Layer
  readonly targets: ReadonlyMap<string, ConfigTarget>
  readonly models: ReadonlyMap<string, ConfigModel>
  /** The file, for what is said of it as a whole. */
  readonly file: string
}

/** An input of the action, as far as the file must know it. */
export interface KnownInput {
  readonly name: string
  /** What its value looks like. */
  readonly value: string
  readonly description: string
  /** Whether it takes several values. */
  readonly repeatable: boolean
}

/** Inputs that may stand nowhere in the file, and why. */
export const RESERVED: ReadonlyMap<string, string> = new Map([
  ['name', 'the key of the model is its name'],
  ['github-token', 'a token never stands in a file; the workflow gives it (with)'],
  ['config', 'the workflow says which file this is (with)'],
])

/** Inputs that may stand in a part of the file. */
export function inputsAllowed(known: readonly KnownInput[], part: 'defaults' | 'target' | 'model'): KnownInput[] {
  return known.filter(({ name }) => !RESERVED.has(name) && (part !== 'target' || name !== 'target'))
}

/** Whether an input takes several values, and how they are written as one text. */
export function joinerOf({ repeatable, value }: KnownInput): '\n' | ',' | null {
  if (repeatable) return '\n'
  return value.includes(',') ? ',' : null
}
