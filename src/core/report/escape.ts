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

/** Joins what GitHub would read as one thing after the markdown is rendered, where a backslash no longer helps. */
const JOINER = '\u2060'

/** What GitHub gives a meaning, with how it is written so that it has none. */
const MARKUP: readonly (readonly [pattern: string, written: (found: string) => string])[] = [
  ['[&<>|\\\\`]', (character) => `&#${character.codePointAt(0) ?? 0};`],
  // An issue, a person, an emoji by name.
  ['#(?=\\d)', () => `\\#${JOINER}`],
  ['@', () => `@${JOINER}`],
  ['gh-(?=\\d)', (word) => `${word.slice(0, -1)}${JOINER}-`],
  [':(?=[\\w+-]+:)', () => `:${JOINER}`],
  ['[*_[\\]~$!#]', (character) => `\\${character}`],
  ['://', () => '\\://'],
  ['www\\.', (word) => `${word.slice(0, -1)}\\.`],
  // A list, a rule or an underlined heading, at the beginning of a line.
  ['^[-+=](?=[-=\\s]|$)', (character) => `\\${character}`],
  ['^\\d{1,9}[.)](?=\\s|$)', (number) => `${number.slice(0, -1)}\\${number.slice(-1)}`],
]
const ANY_MARKUP = new RegExp(MARKUP.map(([pattern]) => `(${pattern})`).join('|'), 'gi')

/**
 * A stranger's words as markdown text that shows them and nothing else: one line, no HTML, no markup, no link, no
 * mention. Fits a table cell. At most `limit` characters of the text are shown; each takes at most six.
 */
export function escapeMarkdown(text: string, limit = 300): string {
  return plainText(text, limit).replaceAll(ANY_MARKUP, (found: string, ...groups: unknown[]) => {
    const index = groups.slice(0, MARKUP.length).findIndex((group) => group !== undefined)
    return MARKUP[index]?.[1](found) ?? found
  })
}

/** A stranger's name as code, whole within a table cell whatever is in it. */
export function codeSpan(text: string, limit = 80): string {
  const name = plainText(text, limit)
  if (name === '') return '(no name)'
  return /[`|<>&\\]/.test(name) ? `<code>${escapeMarkdown(name, Infinity)}</code>` : `\`${name}\``
}

/** Longer addresses are not shown as links. */
const LONGEST_ADDRESS = 300

/** A link to a web address; only its text where the address is none or too long. `text` is markdown. */
export function link(text: string, url: string | null | undefined): string {
  if (url === null || url === undefined || url.length > LONGEST_ADDRESS || !/^https?:\/\//.test(url)) return text
  const address = url.replaceAll(/\p{Cs}/gu, '').replaceAll(/[^!-~]|[<>\\|`[\]]|:(?=:)/gu, encodeURIComponent)
  return `[${text}](<${address}>)`
}

function shorten(text: string, limit: number): string {
  const characters = Array.from(text)
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`
}
