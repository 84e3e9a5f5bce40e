import { stripVTControlCharacters } from 'node:util'

import CliTable from 'cli-table3'
import pc from 'picocolors'

import type { FigureColumn } from '../core/report/markdown-table.js'

export interface Column {
  readonly head: string
  readonly align: 'left' | 'right'
  /** Columns are left out where the terminal is too narrow, the highest number first; 0 stays. */
  readonly dispensable: number
}

const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  ...{ left: '', right: '', middle: '  ' },
}

/** Aligned columns without lines, no wider than `width` where leaving out dispensable columns can help. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const text = render(columns, rows)
  const last = Math.max(...columns.map(({ dispensable }) => dispensable))
  if (last === 0 || widthOf(text) <= width) return text
  const kept = columns.map(({ dispensable }) => dispensable !== last)
  const keep = <T>(items: readonly T[]): T[] => items.filter((_, index) => kept[index] === true)
  return textTable(keep(columns), rows.map(keep), width)
}

/** A table with its heads dimmed: text to the left, figures to the right. */
export function figureTable(
  heads: readonly FigureColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const columns = heads.map(({ text, isText, dispensable }): Column => ({
    head: pc.dim(text),
    align: isText ? 'left' : 'right',
    dispensable,
  }))
  return textTable(columns, rows, width)
}

/** How wide the terminal behind stdout is; endless where there is none. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : Infinity
}

function render(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const table = new CliTable({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...rows.map((row) => [...row]))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** Width of the longest line as a terminal shows it. */
export function widthOf(text: string): number {
  return Math.max(...text.split('\n').map((line) => stripVTControlCharacters(line).length))
}
