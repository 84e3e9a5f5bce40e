import { escapeMarkdown } from './escape.js'

/** A column of a report's table: text to the left, figures to the right. */
export interface FigureColumn {
  readonly text: string
  readonly isText: boolean
  /** Columns are left out where there is little room, the highest number first; 0 stays. */
  readonly dispensable: number
}

/** A table in GitHub's markdown. Heads and cells are escaped. */
export function markdownTable(columns: readonly FigureColumn[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(columns.map(({ text }) => escapeMarkdown(text))),
    line(columns.map(({ isText }) => (isText ? ':--' : '--:'))),
    ...rows.map((row) => line(row.map((cell) => escapeMarkdown(cell)))),
  ].join('\n')
}
