import fc from 'fast-check'
import { expect } from 'vitest'

/** What a stranger may call a thing: anything at all, and what tries to leave where it is put. */
export const stranger = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...Array.from('`|<>&\\\n\r"\'*_[](){}#:%@!$~-+=1. \u2028a')), maxLength: 60 }),
  fc.constantFrom(
    '</details>',
    '<!-- navpkg end -->',
    '```\n\n# x',
    '| a | b |',
    '@team #1 GH-1 owner/repo#2 :tada: https://x.y www.x.y',
    '::error::x ##[error]x',
    '[x](javascript:alert(1)) ![x](y)',
  ),
)

/** The text without what we write ourselves in HTML. */
export function withoutOwnHtml(markdown: string): string {
  return markdown.replaceAll(/<\/?(details|details open|summary|code)>|\]\(<https?:[^<>]*>\)/g, '')
}

/** Cells of a table row as GitHub splits it: at every pipe, since ours never escapes one with a backslash. */
export const cellCount = (line: string): number => line.split('|').length - 2

/** Checks that everything that is opened is closed, that every row of a table has the cells of its head, and that no HTML but ours is in it. */
export function expectWhole(markdown: string): void {
  expect(withoutOwnHtml(markdown.replaceAll(/^<!-- navpkg [\w+/= ]+ -->$/gm, ''))).not.toMatch(/<|[^\P{Cc}\n]/u)
  let depth = 0
  let isFenced = false
  let cells = 0
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) isFenced = !isFenced
    depth += (line.match(/<details/g) ?? []).length - (line.match(/<\/details>/g) ?? []).length
    expect(depth).toBeGreaterThanOrEqual(0)
    if (!line.startsWith('|')) cells = 0
    else {
      if (cells > 0) expect(cellCount(line)).toBe(cells)
      cells = cellCount(line)
      expect(line.endsWith('|')).toBe(true)
    }
  }
  expect([depth, isFenced]).toEqual([0, false])
}
