/** One field that two packages do not agree on; a side is null where it has no such field. */
export interface ValueChange {
  /** Names from the outside in, joined by dots. */
  readonly path: string
  /** The values as text of at most {@link LONGEST_TEXT} characters. */
  readonly a: string | null
  readonly b: string | null
}

/** What has come, gone or changed of things that have names. */
export interface NameChanges {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
}

export const LONGEST_TEXT = 200

export function isUnchanged({ added, removed, changed }: NameChanges): boolean {
  return added.length + removed.length + changed.length === 0
}

/** Compares two maps name by name; the names come in the order of `a` and of `b`. */
export function nameChanges<T>(
  a: ReadonlyMap<string, T>,
  b: ReadonlyMap<string, T>,
  isSame: (a: T, b: T) => boolean,
): NameChanges {
  const changed: string[] = []
  const removed: string[] = []
  for (const [name, one] of a) {
    const other = b.get(name)
    if (other === undefined) removed.push(name)
    else if (!isSame(one, other)) changed.push(name)
  }
  return { added: [...b.keys()].filter((name) => !a.has(name)), removed, changed }
}

/** Where two trees of plain values differ. Lists of plain values are one value; what only one side has is one change. */
export function valueChanges(a: unknown, b: unknown, path = ''): ValueChange[] {
  if (Object.is(a, b)) return []
  const [one, other] = [fieldsOf(a), fieldsOf(b)]
  if (one === null || other === null) {
    const texts = { a: textOf(a), b: textOf(b) }
    return sameText(a, b) ? [] : [{ path, ...texts }]
  }
  const names = new Set([...one.keys(), ...other.keys()])
  return [...names].flatMap((name) => {
    return valueChanges(one.get(name), other.get(name), path === '' ? name : `${path}.${name}`)
  })
}

/** Compares two maps of texts, each of one name. */
export function textChanges(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): ValueChange[] {
  const names = new Set([...a.keys(), ...b.keys()])
  return [...names].flatMap((name) => {
    const [one, other] = [a.get(name) ?? null, b.get(name) ?? null]
    return one === other ? [] : [{ path: name, a: one, b: other }]
  })
}

/** A map without some of its fields; empty for what is no map. */
export function without(value: unknown, fields: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value).filter(([name]) => !fields.includes(name)))
}

/** The fields of a map, or of a list that holds more than plain values; null for all else. */
function fieldsOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object' || one === null)) return null
  return new Map(Object.entries(value))
}

function sameText(a: unknown, b: unknown): boolean {
  return a !== undefined && b !== undefined && fullText(a) === fullText(b)
}

function textOf(value: unknown): string | null {
  if (value === undefined) return null
  const text = fullText(value)
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text
}

/** Text as it is, numbers that JSON does not have by their names, all else as JSON. */
function fullText(value: unknown): string {
  if (typeof value === 'string') return value
  const text: unknown = JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'number' && !Number.isFinite(one) ? String(one) : one,
  )
  return typeof value === 'number' ? String(value) : String(text)
}
