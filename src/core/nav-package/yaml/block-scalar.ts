import { type Cursor, isBreak } from './cursor.js'

/** Reads the text behind `|` or `>`, whose lines are indented by more than `parentColumn`. */
export function readBlockScalar(cursor: Cursor, parentColumn: number): string {
  const isFolded = cursor.peek() === '>'
  cursor.at++
  const { chomping, increment } = takeHeader(cursor)
  const least = Math.max(parentColumn + 1, 1)
  const leading = takeLeadingBreaks(cursor, increment === null ? null : least + increment - 1)
  const indent = increment === null ? Math.max(least, leading.column) : least + increment - 1
  const parts: string[] = []
  let lastBreak = ''
  let { breaks } = leading
  while (cursor.column === indent && cursor.peek() !== '') {
    const start = cursor.at
    const isIndented = cursor.peek() === ' ' || cursor.peek() === '\t'
    cursor.skipToLineEnd()
    parts.push(breaks, cursor.since(start))
    lastBreak = cursor.isAtBreak() ? cursor.takeBreak() : ''
    breaks = takeBreaks(cursor, indent)
    if (cursor.column !== indent || cursor.peek() === '') break
    const isFoldable = isFolded && lastBreak === '\n' && !isIndented && cursor.peek() !== ' ' && cursor.peek() !== '\t'
    if (!isFoldable) parts.push(lastBreak)
    else if (breaks === '') parts.push(' ')
  }
  if (chomping !== '-') parts.push(lastBreak)
  if (chomping === '+') parts.push(breaks)
  return parts.join('')
}

function takeHeader(cursor: Cursor): { chomping: string; increment: number | null } {
  const start = cursor.at
  cursor.skip('+-123456789')
  const [, before = '', digit = '', after = ''] = /^([+-]?)([1-9]?)([+-]?)$/.exec(cursor.since(start)) ?? [
    undefined,
    '?',
  ]
  cursor.skip(' ')
  if (cursor.peek() === '#') cursor.skipToLineEnd()
  const isClear = before === '' || after === ''
  if (before === '?' || !isClear || !(cursor.peek() === '' || cursor.isAtBreak())) {
    throw cursor.failure('what follows | or > is neither +, - nor an indentation')
  }
  if (cursor.isAtBreak()) cursor.takeBreak()
  return { chomping: before + after, increment: digit === '' ? null : Number(digit) }
}

/** The empty lines before the text, and how far the deepest of them and the first line of text are indented. */
function takeLeadingBreaks(cursor: Cursor, indent: number | null): { breaks: string; column: number } {
  if (indent !== null) return { breaks: takeBreaks(cursor, indent), column: indent }
  let breaks = ''
  let column = 0
  while (cursor.peek() === ' ' || isBreak(cursor.peek())) {
    if (cursor.peek() === ' ') cursor.at++
    else breaks += cursor.takeBreak()
    column = Math.max(column, cursor.column)
  }
  return { breaks, column }
}

function takeBreaks(cursor: Cursor, indent: number): string {
  let breaks = ''
  for (;;) {
    while (cursor.column < indent && cursor.peek() === ' ') cursor.at++
    if (!cursor.isAtBreak()) return breaks
    breaks += cursor.takeBreak()
  }
}
