import pc from 'picocolors'

import { plainText } from '../core/report/escape.js'
import {
  batchTable,
  type FigureTable,
  measuredOf,
  profileHeadline,
  runnerName,
  shapeTable,
  slowestText,
  streamTable,
  troubleTexts,
  unmeasuredOf,
  whereText,
} from '../core/report/profile-figures.js'
import type { ProfiledRunner, ProfileRecord } from '../core/report/profile-record.js'
import { figureTable } from './text-table.js'
import { wrapped } from './wrapped.js'

/** More are in the record. */
const MOST_SHAPES = 40
const INDENT = '  '

/** A profile for a terminal of that width: every model with its tables, then what was not measured, notes. */
export function profileText(record: ProfileRecord, width: number): string {
  const parts = [
    pc.bold(profileHeadline(record)),
    ...(record.outcomeReason === null ? [] : [wrapped(plainText(record.outcomeReason, 600), width)]),
    ...(measuredOf(record).length === 0 ? [] : [`on ${plainText(whereText(record))}`]),
    '',
    ...measuredOf(record).flatMap(({ key, runner }) => [...runnerParts(key, runner, width), '']),
    ...unmeasuredOf(record).map(({ name, reason, hasFailed }) => {
      const mark = hasFailed ? pc.red('✗') : pc.dim('–')
      return wrapped(`${mark} ${plainText(name)}: ${plainText(reason)}`, width)
    }),
    ...record.notes.map((note) => pc.dim(wrapped(`Note: ${plainText(note)}`, width))),
    ...(record.yaml === null ? [] : [`Results: ${plainText(record.yaml.path, 1000)}`]),
    ...(record.output === null ? [] : [`Package: ${plainText(record.output.path, 1000)}`]),
  ]
  return `\n${parts.join('\n')}\n`
}

function runnerParts(key: string, runner: ProfiledRunner, width: number): string[] {
  const show = (name: string): string => plainText(name, 60)
  const inner = width - INDENT.length
  const isUnstable = runner.samples.some(({ measurements }) => measurements.some(({ stable }) => !stable))
  const several = runner.samples.filter(({ measurements }) => measurements.length > 0).length > 1
  const unsettled = `${several ? 'Some samples' : '~'} did not settle from window to window`
  const slowest = slowestText(runner, show)
  const [shapes, streams] = [shapeTable(runner, MOST_SHAPES), streamTable(runner)]
  const parts = [
    tableText(batchTable(runner), inner),
    ...(shapes === null ? [] : ['', tableText(shapes, inner)]),
    ...(slowest === null ? [] : ['', wrapped(slowest, inner)]),
    ...troubleTexts(runner, show).map((text) => pc.yellow(wrapped(text, inner))),
    ...(streams === null ? [] : ['', 'Parallel streams, each a process of its own', tableText(streams, inner)]),
    ...(isUnstable ? [pc.dim(unsettled)] : []),
  ]
  return [pc.bold(plainText(runnerName(key, runner))), ...parts.map(indented)]
}

function tableText({ heads, rows, rest }: FigureTable, width: number): string {
  const table = figureTable(heads, rows, width)
  return rest === null ? table : `${table}\n${rest}`
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : INDENT + line))
    .join('\n')
}
