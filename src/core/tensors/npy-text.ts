import { isAscii } from 'node:buffer'

import { npyInvalid } from './npy-invalid.js'

/** Each text is an object of its own in memory, so a small file could fill it: no request has as many. */
export const MOST_TEXTS = 2 ** 20
/** Texts as stored, with their padding. */
const LARGEST_TEXTS = 2 ** 28
const POINTS_AT_ONCE = 8192
/** A code point as `U` stores it. */
const POINT_BYTES = 4

/** How texts of one width are stored: `U` are code points of four bytes, `S` are bytes, taken as UTF-8. */
export interface TextType {
  readonly kind: 'U' | 'S'
  /** Width of one text in bytes. */
  readonly bytes: number
  readonly bigEndian: boolean
}

/**
 * Reads `count` texts of one width, without the NULs they are padded with. Throws `npy-invalid` for bytes that are no
 * text and for more texts than fit into memory.
 */
export function readTexts(raw: Uint8Array, type: TextType, count: number): string[] {
  requireModest(count, raw.length)
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const read = type.kind === 'S' ? byteTextReader(bytes) : pointTextReader(bytes, type.bigEndian)
  const texts = new Array<string>(count).fill('')
  const size = type.kind === 'S' ? 1 : POINT_BYTES
  for (let index = 0; index < count; index++) {
    const start = index * type.bytes
    texts[index] = read(start, endWithoutPadding(bytes, start, start + type.bytes, size))
  }
  return texts
}

/** Texts as `<U`, as wide as the longest. Throws `npy-invalid` for what {@link readTexts} would refuse. */
export function writeTexts(texts: readonly string[]): { descr: string; payload: Uint8Array } {
  const width = texts.reduce((most, text) => Math.max(most, countPoints(text)), 1)
  requireModest(texts.length, texts.length * width * POINT_BYTES)
  const payload = new Uint8Array(texts.length * width * POINT_BYTES)
  const view = new DataView(payload.buffer)
  texts.forEach((text, row) => {
    let at = row * width * POINT_BYTES
    for (const character of text) {
      const point = character.codePointAt(0) ?? 0
      requireCharacter(point)
      view.setUint32(at, point, true)
      at += POINT_BYTES
    }
  })
  return { descr: `<U${width}`, payload }
}

function requireModest(count: number, bytes: number): void {
  if (count > MOST_TEXTS) throw npyInvalid(`its ${count} texts are more than the ${MOST_TEXTS} that are read`)
  if (bytes > LARGEST_TEXTS) {
    throw npyInvalid(`its texts take ${bytes} bytes, padded to the longest; at most ${LARGEST_TEXTS} are read`)
  }
}

/** Gives the text that lies between two places. */
type TextReader = (start: number, end: number) => string

function byteTextReader(bytes: Buffer): TextReader {
  // Several times as fast, and what most texts are.
  if (isAscii(bytes)) return (start, end) => bytes.toString('latin1', start, end)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return (start, end) => {
    try {
      return decoder.decode(bytes.subarray(start, end))
    } catch {
      throw npyInvalid('it holds bytes that are no UTF-8 text')
    }
  }
}

function pointTextReader(bytes: Buffer, bigEndian: boolean): TextReader {
  const pointAt = (at: number): number => {
    const point = bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)
    requireCharacter(point)
    return point
  }
  return (start, end) => {
    let text = ''
    for (let at = start; at < end;) {
      const points: number[] = []
      for (; at < end && points.length < POINTS_AT_ONCE; at += POINT_BYTES) points.push(pointAt(at))
      text += String.fromCodePoint(...points)
    }
    return text
  }
}

/** Half of a pair is no character: two of them side by side would become another one in a JavaScript text. */
function requireCharacter(point: number): void {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
    throw npyInvalid(`it holds the impossible character ${point}`)
}

/** Where a text ends before the NULs that pad it, after a whole character of `size` bytes. */
function endWithoutPadding(bytes: Buffer, start: number, end: number, size: number): number {
  let at = end
  while (at > start && bytes[at - 1] === 0) at--
  return start + Math.ceil((at - start) / size) * size
}

function countPoints(text: string): number {
  let count = 0
  for (const character of text) count += character.length > 0 ? 1 : 0
  return count
}
