import type { Dice } from './dice.js'

type Mutation = (bytes: Buffer, dice: Dice) => Buffer

/** One to four changes that know nothing of what the bytes mean. */
export function mutateBytes(bytes: Buffer, dice: Dice): Buffer {
  return several(BLIND, bytes, dice)
}

/** One to four changes, most of them to fields of the records of a zip. */
export function mutateZip(bytes: Buffer, dice: Dice): Buffer {
  return several([...BLIND, ...new Array<Mutation>(8).fill(setField), moveRecord], bytes, dice)
}

function several(mutations: readonly Mutation[], bytes: Buffer, dice: Dice): Buffer {
  let mutated: Buffer = Buffer.from(bytes)
  for (let left = changes(dice); left > 0 && mutated.length > 0; left--) {
    mutated = dice.pick(mutations)(mutated, dice)
  }
  return mutated
}

/** Mostly one: of files with more of them hardly any loads. */
function changes(dice: Dice): number {
  return dice.chance(0.6) ? 1 : 2 + dice.below(3)
}

const flipBit: Mutation = (bytes, dice) => {
  const at = dice.below(bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8))
  return bytes
}

const overwrite: Mutation = (bytes, dice) => {
  const at = dice.below(bytes.length)
  bytes.set(dice.bytes(1 + dice.below(8)).subarray(0, bytes.length - at), at)
  return bytes
}

const setNumber: Mutation = (bytes, dice) => {
  const size = dice.pick([1, 2, 4])
  if (bytes.length < size) return bytes
  bytes.writeUIntLE(interesting(size, dice), dice.below(bytes.length - size + 1), size)
  return bytes
}

const truncate: Mutation = (bytes, dice) =>
  dice.chance(0.8) ? bytes.subarray(0, dice.below(bytes.length)) : bytes.subarray(dice.below(bytes.length))

const insert: Mutation = (bytes, dice) => {
  const at = dice.below(bytes.length + 1)
  const filling = dice.chance(0.5) ? dice.bytes(1 + dice.below(32)) : Buffer.alloc(1 + dice.below(64))
  return Buffer.concat([bytes.subarray(0, at), filling, bytes.subarray(at)])
}

const remove: Mutation = (bytes, dice) => {
  const [from, to] = stretch(bytes, dice)
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
}

const repeat: Mutation = (bytes, dice) => {
  const [from, to] = stretch(bytes, dice)
  const at = dice.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at)])
}

const copyOver: Mutation = (bytes, dice) => {
  const [from, to] = stretch(bytes, dice)
  bytes.copy(bytes, dice.below(bytes.length), from, to)
  return bytes
}

const BLIND: readonly Mutation[] = [flipBit, overwrite, setNumber, truncate, insert, remove, repeat, copyOver]

function stretch(bytes: Buffer, dice: Dice): [from: number, to: number] {
  const from = dice.below(bytes.length)
  return [from, Math.min(bytes.length, from + 1 + dice.below(200))]
}

/** The values at which readers go wrong, of that many bytes. */
function interesting(size: number, dice: Dice): number {
  const limit = 2 ** (8 * size)
  const values = [
    0,
    1,
    2,
    8,
    46,
    0x7f,
    0x80,
    0xff,
    0x100,
    0xffff,
    0x10000,
    0x7fffffff,
    0x80000000,
    limit / 2,
    limit - 1,
    limit - 2,
  ]
  return (dice.chance(0.7) ? dice.pick(values) : dice.below(limit)) % limit
}

/** Sizes of the fields of each record behind its four bytes of signature. */
const RECORDS: readonly (readonly [signature: string, sizes: readonly number[]])[] = [
  ['PK\x03\x04', [2, 2, 2, 2, 2, 4, 4, 4, 2, 2]],
  ['PK\x01\x02', [2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4]],
  ['PK\x05\x06', [2, 2, 2, 2, 4, 4, 2]],
  ['PK\x06\x06', [8, 2, 2, 4, 4, 8, 8, 8, 8]],
  ['PK\x06\x07', [4, 8, 4]],
]

interface ZipRecord {
  readonly at: number
  readonly sizes: readonly number[]
}

function recordsOf(bytes: Buffer): ZipRecord[] {
  return RECORDS.flatMap(([signature, sizes]) => {
    const found: ZipRecord[] = []
    for (let at = bytes.indexOf(signature, 0, 'latin1'); at >= 0; at = bytes.indexOf(signature, at + 4, 'latin1')) {
      found.push({ at, sizes })
    }
    return found
  })
}

/** Sets one field of a record, sometimes the same one in all records of its kind, so that both headers still agree. */
const setField: Mutation = (bytes, dice) => {
  const records = recordsOf(bytes)
  if (records.length === 0) return flipBit(bytes, dice)
  const { at, sizes } = dice.pick(records)
  const index = dice.below(sizes.length)
  const size = Math.min(sizes[index] ?? 0, 4)
  const offset = at + 4 + sizes.slice(0, index).reduce((sum, one) => sum + one, 0)
  if (offset + size > bytes.length) return bytes
  const value = newValue(bytes, offset, size, records, dice)
  bytes.writeUIntLE(value, offset, size)
  if (dice.chance(0.3)) writeTwin(bytes, at, index, value)
  return bytes
}

function newValue(bytes: Buffer, offset: number, size: number, records: readonly ZipRecord[], dice: Dice): number {
  const limit = 2 ** (8 * size)
  const old = bytes.readUIntLE(offset, size)
  const others = [old + 1, old - 1, old * 2, old ^ (1 << dice.below(8 * size)), dice.pick(records).at, bytes.length]
  const value = dice.chance(0.6) ? dice.pick(others) : interesting(size, dice)
  return ((value % limit) + limit) % limit
}

/** A field of a local header is two bytes further in the central one; both lie in the same order. */
function writeTwin(bytes: Buffer, at: number, index: number, value: number): void {
  const of = (signature: string): ZipRecord[] =>
    recordsOf(bytes).filter((one) => bytes.toString('latin1', one.at, one.at + 4) === signature)
  const locals = of('PK\x03\x04')
  const central = of('PK\x01\x02')[locals.findIndex((local) => local.at === at)]
  if (central === undefined) return
  const size = central.sizes[index + 1] ?? 0
  const offset = central.at + 4 + central.sizes.slice(0, index + 1).reduce((sum, one) => sum + one, 0)
  if (offset + size <= bytes.length) bytes.writeUIntLE(value % 2 ** (8 * size), offset, size)
}

/** Puts one record where another is. */
const moveRecord: Mutation = (bytes, dice) => {
  const records = recordsOf(bytes)
  if (records.length < 2) return flipBit(bytes, dice)
  const from = dice.pick(records)
  const length = 4 + from.sizes.reduce((sum, size) => sum + size, 0)
  bytes.copy(bytes, dice.pick(records).at, from.at, from.at + length)
  return bytes
}

/** Text that means something to a reader of YAML, of Python literals, or to a terminal. */
const TOKENS = [
  ...[
    '&a ',
    '*a',
    '<<: *a',
    '<<: {a: 1}',
    '!!python/name:os.system ',
    '!!binary ',
    '!!set ',
    '!x ',
    '? ',
    ': ',
    '- ',
    '| ',
    '> ',
    '---\n',
    '...\n',
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '\\',
    '#',
    '%',
    '@',
    '`',
    '\t',
    '\r',
    '\n',
    '\n\n',
    '  ',
    '\0',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\ud800',
  ],
  ...[
    'null',
    '~',
    'yes',
    'no',
    'True',
    'False',
    'off',
    '.nan',
    '.inf',
    '-0.0',
    '1e3',
    '1.0e+3',
    '0x10',
    '0b1',
    '017',
    '1_000',
    '1:30',
    '=',
    '2024-01-01',
  ],
  ...[
    '__proto__: 1\n',
    'constructor: {}\n',
    'toString',
    '-1',
    '1L',
    '99999999999999999999',
    '(',
    ')',
    '(1,)',
    "'descr'",
    '|O',
    '<U4',
    '>f8',
    '\u001b[31m',
    '::error::',
    'ü😀',
  ],
]

/** One to four changes to a text by its lines, words and characters. */
export function mutateText(text: string, dice: Dice): string {
  let mutated = text
  for (let left = changes(dice); left > 0; left--) mutated = dice.pick(TEXT_MUTATIONS)(mutated, dice)
  return mutated
}

type TextMutation = (text: string, dice: Dice) => string

const addToken: TextMutation = (text, dice) => {
  const at = dice.below(text.length + 1)
  return text.slice(0, at) + dice.pick(TOKENS) + text.slice(at + (dice.chance(0.3) ? dice.below(12) : 0))
}

const changeLines: TextMutation = (text, dice) => {
  const lines = text.split('\n')
  const at = dice.below(lines.length)
  const other = lines[dice.below(lines.length)] ?? ''
  const line = lines[at] ?? ''
  const replacements = [
    [],
    [line, line],
    [other],
    [line, other],
    [` ${line}`],
    [line.replace(/^ {1,2}/, '')],
    [`${line}${other}`],
  ]
  return [...lines.slice(0, at), ...dice.pick(replacements), ...lines.slice(at + 1)].join('\n')
}

/** Another value behind a key, which keeps the text well formed. */
const changeValue: TextMutation = (text, dice) => {
  const values = [...text.matchAll(/(?<=: )[^\n{[]+/g)]
  if (values.length === 0) return addToken(text, dice)
  const match = dice.pick(values)
  return text.slice(0, match.index) + dice.pick(TOKENS).trim() + text.slice(match.index + match[0].length)
}

const removePart: TextMutation = (text, dice) => {
  const at = dice.below(text.length + 1)
  return text.slice(0, at) + text.slice(at + 1 + dice.below(40))
}

const TEXT_MUTATIONS = [addToken, changeLines, changeLines, changeValue, changeValue, removePart]
