/** What a report that is too long does without, the first of them first. */
const DISPENSABLE = ['tried', 'charts', 'rows', 'notes', 'candidates', 'method', 'sentences', 'table'] as const

/** The parts that a report does without. */
export type LeftOut = ReadonlySet<(typeof DISPENSABLE)[number]>

/**
 * The fullest of all versions that `render` makes which has at most `limit` characters; the shortest where none has.
 * What is left out goes as a whole, so nothing is ever cut in its middle.
 */
export function fitted(limit: number, render: (left: LeftOut) => string): string {
  for (let count = 0; ; count++) {
    const text = render(new Set(DISPENSABLE.slice(0, count)))
    if (text.length <= limit || count === DISPENSABLE.length) return text
  }
}
