import { type Cursor, isBreak, isWhite } from './cursor.js'

/** What stands for a character behind a backslash in double quotes; PyYAML's, which are those of YAML 1.1. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\x1b'],
  [' ', ' '],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['N', '\x85'],
  ['_', '\xa0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
])
const CODE_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
])

/** Whether an unquoted scalar may begin here. */
export function canStartPlain(cursor: Cursor, isInFlow: boolean): boolean {
  const char = cursor.peek()
  if (isWhite(char)) return false
  if (!'-?:,[]{}#&*!|>\'"%@`'.includes(char)) return true
  return !isWhite(cursor.peek(1)) && (char === '-' || (!isInFlow && (char === '?' || char === ':')))
}

/** Reads an unquoted scalar; outside of brackets its further lines are indented by more than `parentColumn`. */
export function readPlain(cursor: Cursor, parentColumn: number, isInFlow: boolean): string {
  const parts: string[] = []
  for (let gap = ''; ;) {
    if (cursor.peek() === '#') break
    const word = takeWord(cursor, isInFlow)
    if (word === '') break
    parts.push(gap, word)
    gap = takePlainGap(cursor)
    if (gap === '' || (!isInFlow && cursor.column <= parentColumn)) break
  }
  return parts.join('')
}

function takeWord(cursor: Cursor, isInFlow: boolean): string {
  const start = cursor.at
  for (; !isWhite(cursor.peek()); cursor.at++) {
    const char = cursor.peek()
    const next = cursor.peek(1)
    if (char === ':' && (isWhite(next) || (isInFlow && ',[]{}'.includes(next)))) break
    if (isInFlow && ',?[]{}'.includes(char)) break
  }
  return cursor.since(start)
}

/** What the spaces and line breaks between two words stand for; nothing where the scalar ends. */
function takePlainGap(cursor: Cursor): string {
  const start = cursor.at
  cursor.skip(' ')
  if (!cursor.isAtBreak()) return cursor.since(start)
  const first = cursor.takeBreak()
  const breaks: string[] = []
  while (!cursor.isAtMarker()) {
    cursor.skip(' ')
    if (!cursor.isAtBreak()) return folded(first, breaks.join(''))
    breaks.push(cursor.takeBreak())
  }
  return ''
}

export function readSingleQuoted(cursor: Cursor): string {
  return readQuoted(cursor, "'", () => {
    if (cursor.peek(1) !== "'") return null
    cursor.at += 2
    return "'"
  })
}

export function readDoubleQuoted(cursor: Cursor): string {
  return readQuoted(cursor, '"', () => (cursor.peek() === '"' ? null : takeEscape(cursor)))
}

/** Reads what stands in quotes; `special` takes what a quote or backslash begins, or gives null where the scalar ends. */
function readQuoted(cursor: Cursor, quote: string, special: () => string | null): string {
  const { line } = cursor
  const parts: string[] = []
  cursor.at++
  for (;;) {
    const start = cursor.at
    while (!isWhite(cursor.peek()) && cursor.peek() !== quote && !(quote === '"' && cursor.peek() === '\\')) cursor.at++
    parts.push(cursor.since(start))
    if (cursor.peek() === '') throw cursor.failure('the text in quotes does not end', line)
    if (isWhite(cursor.peek())) {
      parts.push(takeQuotedGap(cursor))
      continue
    }
    const part = special()
    if (part === null) break
    parts.push(part)
  }
  cursor.at++
  return parts.join('')
}

function takeQuotedGap(cursor: Cursor): string {
  const start = cursor.at
  cursor.skip(' \t')
  if (!cursor.isAtBreak()) return cursor.since(start)
  const first = cursor.takeBreak()
  return folded(first, takeQuotedBreaks(cursor))
}

function takeQuotedBreaks(cursor: Cursor): string {
  let breaks = ''
  for (;;) {
    if (cursor.isAtMarker()) throw cursor.failure('the text in quotes does not end before a document marker')
    cursor.skip(' \t')
    if (!cursor.isAtBreak()) return breaks
    breaks += cursor.takeBreak()
  }
}

/** One line break is a space, more are one less. */
function folded(first: string, more: string): string {
  if (first !== '\n') return first + more
  return more === '' ? ' ' : more
}

function takeEscape(cursor: Cursor): string {
  cursor.at++
  const char = cursor.peek()
  if (isBreak(char)) {
    cursor.takeBreak()
    return takeQuotedBreaks(cursor)
  }
  cursor.at++
  const length = CODE_LENGTHS.get(char)
  if (length === undefined) {
    const character = ESCAPES.get(char)
    if (character === undefined) throw cursor.failure('a backslash in quotes is followed by an unknown character')
    return character
  }
  const digits = cursor.text.slice(cursor.at, cursor.at + length)
  const point = /^[\da-f]+$/i.test(digits) && digits.length === length ? Number.parseInt(digits, 16) : Infinity
  if (point > 0x10ffff) throw cursor.failure(`a \\${char} in quotes is not followed by the number of a character`)
  cursor.at += length
  return String.fromCodePoint(point)
}
