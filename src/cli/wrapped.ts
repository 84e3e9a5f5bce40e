import { stripVTControlCharacters } from 'node:util'

/** Text broken between words to lines of at most `width` where words allow it; all lines but the first are indented. */
export function wrapped(text: string, width: number, indent = 2): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (lengthOf(longer) <= width || line.trim() === '') {
      line = longer
      continue
    }
    lines.push(line)
    line = `${' '.repeat(indent)}${word}`
  }
  return [...lines, line].join('\n')
}

function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
