import { stripVTControlCharacters } from 'node:util'

/**
 * One line broken between words into lines of at most `width`, where its words allow that; those after the first are
 * indented two characters deeper than it is.
 */
export function wrapped(text: string, width: number): string {
  const indent = ' '.repeat(text.length - text.trimStart().length)
  const lines: string[] = []
  const [first = '', ...words] = text.trimStart().split(' ')
  let line = indent + first
  for (const word of words) {
    if (lengthOf(line) + 1 + lengthOf(word) <= width) {
      line += ` ${word}`
      continue
    }
    lines.push(line)
    line = `${indent}  ${word}`
  }
  return [...lines, line].join('\n')
}

function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
