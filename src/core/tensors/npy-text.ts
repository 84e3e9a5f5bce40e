import { npyInvalid } from './npy-invalid.js'

/** Each text is an object of its own in memory, so a small file could fill it: no request has as many. */
export const MOST_TEXTS = 2 ** 22
/** Texts as stored, with their padding. */
const LARGEST_TEXTS = 2 ** 28
const POINTS_AT_ONCE = 8192

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
  const read = type.kind === 'S' ? byteTextReader() : pointTextReader(type.bigEndian)
  return Array.from({ length: count }, (_, index) => read(raw.subarray(index * type.bytes, (index + 1) * type.bytes)))
}

/** Texts as `<U`, as wide as the longest. Throws `npy-invalid` for what {@link readTexts} would refuse. */
export function writeTexts(texts: readonly string[]): { descr: string; payload: Uint8Array } {
  const width = texts.reduce((most, text) => Math.max(most, countPoints(text)), 1)
  requireModest(texts.length, texts.length * width * 4)
  const payload = new Uint8Array(texts.length * width * 4)
  const view = new DataView(payload.buffer)
  texts.forEach((text, row) => {
    let at = row * width * 4
    for (const character of text) {
      const point = character.codePointAt(0) ?? 0
      requireCharacter(point)
      view.setUint32(at, point, true)
      at += 4
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

function byteTextReader(): (raw: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return (raw) => {
    try {
      return decoder.decode(raw.subarray(0, lengthWithoutPadding(raw, 1)))
    } catch {
      throw npyInvalid('it holds bytes that are no UTF-8 text')
    }
  }
}

function pointTextReader(bigEndian: boolean): (raw: Uint8Array) => string {
  return (raw) => {
    const view = new DataView(raw.buffer, raw.byteOffset, lengthWithoutPadding(raw, 4))
    const pieces: string[] = []
    for (let at = 0; at < view.byteLength; at += POINTS_AT_ONCE * 4) {
      pieces.push(String.fromCodePoint(...pointsOf(view, at, bigEndian)))
    }
    return pieces.join('')
  }
}

function pointsOf(view: DataView, from: number, bigEndian: boolean): number[] {
  const count = Math.min(POINTS_AT_ONCE, (view.byteLength - from) / 4)
  return Array.from({ length: count }, (_, index) => {
    const point = view.getUint32(from + index * 4, !bigEndian)
    requireCharacter(point)
    return point
  })
}

/** Half of a pair is no character: two of them side by side would become another one in a JavaScript text. */
function requireCharacter(point: number): void {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
    throw npyInvalid(`it holds the impossible character ${point}`)
}

/** Bytes before the NULs at the end, as whole characters of `size` bytes. */
function lengthWithoutPadding(raw: Uint8Array, size: number): number {
  let length = raw.length
  while (length > 0 && raw[length - 1] === 0) length--
  return Math.ceil(length / size) * size
}

function countPoints(text: string): number {
  let count = 0
  for (const character of text) count += character.length > 0 ? 1 : 0
  return count
}
