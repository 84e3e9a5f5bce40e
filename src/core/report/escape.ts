/** Control characters, line separators and the marks that turn the reading direction around. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/**
 * One line of plain text of at most `limit` characters, for terminals and logs: nothing unprintable is left in it, and
 * nothing that a GitHub runner would take for a workflow command (`::`, `##[`).
 */
export function plainText(text: string, limit = 300): string {
  const line = text.replaceAll(UNPRINTABLE, ' ').trim()
  return shorten(line, limit)
    .replaceAll(/:(?=:)/g, ':\u200b')
    .replaceAll('##[', '##\u200b[')
}

/**
 * A stranger's words as markdown text that shows them and nothing else: one line, no HTML, no markup, no link, no
 * mention. Fits a table cell. At most `limit` characters of the text are shown.
 */
export function escapeMarkdown(text: string, limit = 300): string {
  return plainText(text, limit)
    .replaceAll(/[&<>|\\`]/g, (character) => `&#${character.codePointAt(0) ?? 0};`)
    .replaceAll(/[*_[\]~$!]|#(?!\d+;)/g, '\\$&')
    .replaceAll('://', '\\://')
    .replaceAll(/www\./gi, (www) => `${www.slice(0, -1)}\\.`)
    .replaceAll('@', '@\u2060')
}

/** A stranger's name as code, whole within a table cell whatever is in it. */
export function codeSpan(text: string, limit = 80): string {
  const name = plainText(text, limit)
  if (name === '') return '(no name)'
  return /[`|<>&\\]/.test(name) ? `<code>${escapeMarkdown(name, Infinity)}</code>` : `\`${name}\``
}

function shorten(text: string, limit: number): string {
  const characters = Array.from(text)
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`
}
