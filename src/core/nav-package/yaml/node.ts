/** A piece of YAML text as it is written, before its scalars are resolved and its merge keys are followed. */
export type YamlNode = YamlScalar | YamlList | YamlMap

export interface YamlScalar {
  readonly kind: 'scalar'
  readonly text: string
  /** Only plain scalars can be anything but text, when they have no tag. */
  readonly isPlain: boolean
  /** A whole tag of YAML's own, `!` or none. */
  readonly tag: string | null
  readonly line: number
}

export interface YamlList {
  readonly kind: 'list'
  readonly items: readonly YamlNode[]
  readonly tag: string | null
  readonly line: number
}

export interface YamlMap {
  readonly kind: 'map'
  readonly pairs: readonly (readonly [key: YamlNode, value: YamlNode])[]
  readonly tag: string | null
  readonly line: number
}
