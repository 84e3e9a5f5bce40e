import { npyInvalid } from './npy-invalid.js'

/** NumPy writes headers of a few hundred bytes; the format allows 4 GiB. */
const LONGEST_HEADER = 64 * 1024
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** NumPy 2 allows 64 axes, NumPy 1 allows 32. */
const LARGEST_RANK = 64

/** What an .npy file says before its data. */
export interface NpyHeader {
  /** NumPy's text for the type of the elements, such as `<f4`. */
  readonly descr: string
  /** True when the first axis varies fastest in the file. */
  readonly fortran: boolean
  readonly shape: readonly number[]
  /** The product of the shape, exact; 1 for a scalar. */
  readonly count: number
  /** Where the data begins, in bytes. */
  readonly offset: number
}

/**
 * Reads the header of an .npy file of format version 1, 2 or 3: a Python dict literal with exactly the keys `descr`,
 * `fortran_order` and `shape`. Throws `npy-invalid`. Format: numpy/lib/format.py (`_read_array_header`).
 */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  const { text, offset } = headerText(bytes)
  const { descr, fortran, shape } = readDictionary(text)
  return { descr, fortran, shape, count: countOf(shape), offset }
}

/** The header of format version 1.0 as NumPy writes it: padded so that the data begins at a multiple of 64 bytes. */
export function npyHeaderBytes(descr: string, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `(${shape.join('')},)` : `(${shape.join(', ')})`
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${sizes}, }`
  const padding = (64 - ((10 + dictionary.length + 1) % 64)) % 64
  const text = dictionary + ' '.repeat(padding) + '\n'
  return Uint8Array.from([...MAGIC, 1, 0, text.length & 0xff, text.length >> 8, ...new TextEncoder().encode(text)])
}

function headerText(bytes: Uint8Array): { text: string; offset: number } {
  if (bytes.length < 10 || MAGIC.some((byte, index) => bytes[index] !== byte))
    throw npyInvalid('it does not begin as an .npy file')
  const [major = 0, minor = 0] = bytes.subarray(6, 8)
  if (major < 1 || major > 3 || minor !== 0) throw npyInvalid(`its format version ${major}.${minor} is unknown`)
  const start = major === 1 ? 10 : 12
  if (bytes.length < start) throw npyInvalid('it ends within its header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > LONGEST_HEADER)
    throw npyInvalid(`its header of ${length} bytes is longer than the ${LONGEST_HEADER} that are read`)
  const offset = start + length
  if (offset > bytes.length) throw npyInvalid('it ends within its header')
  return { text: decodeText(bytes.subarray(start, offset), major), offset }
}

/** Versions 1 and 2 are Latin-1, version 3 is UTF-8; outside texts only ASCII means something in either. */
function decodeText(bytes: Uint8Array, version: number): string {
  try {
    return new TextDecoder(version === 3 ? 'utf-8' : 'latin1', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw npyInvalid('its header is no UTF-8 text, which format version 3 asks for')
  }
}

interface Dictionary {
  readonly descr: string
  readonly fortran: boolean
  readonly shape: number[]
}

const KEYS = ['descr', 'fortran_order', 'shape']

function readDictionary(text: string): Dictionary {
  const tokens = new Tokens(text)
  const found: { descr?: string; fortran?: boolean; shape?: number[] } = {}
  const seen = new Set<string>()
  tokens.take('{')
  while (!tokens.skip('}')) {
    const key = tokens.text('a key')
    if (!KEYS.includes(key)) throw npyInvalid(`its header has the key ${JSON.stringify(key.slice(0, 40))}`)
    if (seen.has(key)) throw npyInvalid(`its header says "${key}" twice`)
    seen.add(key)
    tokens.take(':')
    if (key === 'descr') found.descr = readDescr(tokens)
    else if (key === 'fortran_order') found.fortran = tokens.truth()
    else found.shape = readShape(tokens)
    if (!tokens.skip(',') && !tokens.sees('}')) throw tokens.unexpected('"," or "}"')
  }
  tokens.end()
  const { descr, fortran, shape } = found
  if (descr === undefined || fortran === undefined || shape === undefined) {
    const missing = KEYS.filter((key) => !seen.has(key)).map((key) => `"${key}"`)
    throw npyInvalid(`its header lacks ${missing.join(' and ')}`)
  }
  return { descr, fortran, shape }
}

function readDescr(tokens: Tokens): string {
  if (tokens.sees('[') || tokens.sees('(')) {
    throw npyInvalid('it has a structured type (several fields per element), not a plain array; save each field alone')
  }
  return tokens.text('the type as text')
}

function readShape(tokens: Tokens): number[] {
  const sizes: number[] = []
  tokens.take('(')
  while (!tokens.skip(')')) {
    sizes.push(tokens.wholeNumber())
    if (sizes.length > LARGEST_RANK) throw npyInvalid(`its shape is impossible: more than ${LARGEST_RANK} axes`)
    if (tokens.skip(',')) continue
    // `(3)` is a number to Python, not a shape.
    if (sizes.length === 1 || !tokens.sees(')')) throw tokens.unexpected('","')
  }
  return sizes
}

/** As NumPy counts: an axis of 0 empties an array whose other axes must still be possible together. */
function countOf(shape: readonly number[]): number {
  const product = shape.reduce((total, size) => total * (size === 0 ? 1 : size), 1)
  if (!Number.isSafeInteger(product))
    throw npyInvalid(`its shape (${shape.join(', ')}) is impossible: too many elements`)
  return shape.includes(0) ? 0 : product
}

interface Token {
  readonly kind: 'mark' | 'text' | 'number' | 'word' | 'end'
  readonly value: string
}

const END: Token = { kind: 'end', value: '' }
/** Whitespace as Python has it, then a mark, a text without escapes, a number (Python 2 wrote `3L`) or a word. */
const TOKEN = /[ \t\f\r\n]*(?:([{}()[\],:])|'([^'"\\\r\n]*)'|"([^'"\\\r\n]*)"|(0|[1-9]\d*)L?(?![\w.])|(\w+))/y
const REST = /[ \t\f\r\n]*$/y

/** The parts of a Python literal, one after the other. */
class Tokens {
  #at = 0
  #token: Token
  readonly #source: string

  constructor(source: string) {
    this.#source = source
    this.#token = this.#next()
  }

  sees(mark: string): boolean {
    return this.#token.kind === 'mark' && this.#token.value === mark
  }

  skip(mark: string): boolean {
    if (!this.sees(mark)) return false
    this.#token = this.#next()
    return true
  }

  take(mark: string): void {
    if (!this.skip(mark)) throw this.unexpected(`"${mark}"`)
  }

  text(what: string): string {
    return this.#value('text', what)
  }

  truth(): boolean {
    const word = this.#value('word', 'True or False')
    if (word !== 'True' && word !== 'False') throw npyInvalid(`its header has ${quoted(word)} for True or False`)
    return word === 'True'
  }

  wholeNumber(): number {
    const digits = this.#value('number', 'a size')
    const number = Number(digits)
    if (!Number.isSafeInteger(number)) throw npyInvalid(`its shape is impossible: an axis of ${digits.slice(0, 40)}`)
    return number
  }

  end(): void {
    if (this.#token.kind !== 'end') throw this.unexpected('its end')
  }

  unexpected(what: string): Error {
    const found = this.#token.kind === 'end' ? 'its end' : quoted(this.#token.value)
    return npyInvalid(`its header has ${found} where ${what} should be, so it does not describe a plain array`)
  }

  #value(kind: Token['kind'], what: string): string {
    if (this.#token.kind !== kind) throw this.unexpected(what)
    const { value } = this.#token
    this.#token = this.#next()
    return value
  }

  #next(): Token {
    TOKEN.lastIndex = this.#at
    const match = TOKEN.exec(this.#source)
    if (match === null) return this.#atEnd()
    this.#at = TOKEN.lastIndex
    const [, mark, single, double, number, word] = match
    if (mark !== undefined) return { kind: 'mark', value: mark }
    if (number !== undefined) return { kind: 'number', value: number }
    if (word !== undefined) return { kind: 'word', value: word }
    return { kind: 'text', value: single ?? double ?? '' }
  }

  #atEnd(): Token {
    REST.lastIndex = this.#at
    if (REST.test(this.#source)) return END
    const rest = this.#source.slice(this.#at, this.#at + 40)
    throw npyInvalid(`its header has ${quoted(rest)}, which is no part of a plain array's description`)
  }
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40))
