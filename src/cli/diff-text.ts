import pc from 'picocolors'

import type { PackageDifference } from '../core/diff.js'
import { plainText } from '../core/report/escape.js'
import { formatBytes, formatMs, formatRatio, formatThroughput } from '../core/report/format.js'
import { counted } from '../core/report/headline.js'
import { graphLines } from './graph-text.js'
import { type Column, textTable } from './text-table.js'
import { wrapped } from './wrapped.js'

type Content = NonNullable<PackageDifference['content']>
type ValueChange = Content['general'][number]
type ModelDifference = Content['models'][number]
type Measurements = Content['measurements']
type NameChanges = Content['files']

/** Longer lists end in how many more there are: all are in the JSON. */
const MOST_LINES = 20
const LONGEST_VALUE = 60

/** What differs between two packages, for a terminal of that width; parts that do not differ are left out. */
export function diffText(difference: PackageDifference, width: number): string {
  const { a, b, content, verdict } = difference
  const side = ({ path, bytes }: PackageDifference['a']): string => `${plainText(path)}, ${formatBytes(bytes)}`
  const head = [`${pc.red('a')} ${side(a)}`, `${pc.green('b')} ${side(b)}`]
  switch (verdict) {
    case 'identical':
      return lines([...head, 'identical: the files are equal byte by byte'], width)
    case 'same-content':
      return lines([...head, 'the same content, packed or printed in another way'], width)
    case 'different':
      return lines([...head, ...(content === null ? [] : contentLines(content, width))], width)
  }
}

function lines(all: readonly string[], width: number): string {
  // Tables are as narrow as they can be; their lines are none to break.
  return `${all.map((line) => (line.includes('\n') ? line : wrapped(line, width))).join('\n')}\n`
}

function contentLines(content: Content, width: number): string[] {
  return [
    ...section('general', changeLines(content.general)),
    ...section('inputs', changeLines(content.inputs)),
    ...section('outputs', changeLines(content.outputs)),
    ...section('config', changeLines(content.config)),
    ...section('models', content.models.flatMap(modelLines)),
    ...section('best runtime by strategy', changeLines(content.best)),
    ...section('measurements', measurementLines(content.measurements, width)),
    ...section('samples', content.samples.map(sampleLine)),
    ...section('other files', fileLines(content.files)),
    ...section('environment', changeLines(content.environment)),
  ]
}

function section(title: string, own: readonly string[]): string[] {
  return own.length === 0 ? [] : ['', pc.bold(title), ...own]
}

function limited<T>(items: readonly T[], indent: string, line: (item: T) => string): string[] {
  const left = items.length - MOST_LINES
  const shown = items.slice(0, MOST_LINES).map((item) => `${indent}${line(item)}`)
  return left > 0 ? [...shown, `${indent}${pc.dim(`and ${left} more; --json lists them all`)}`] : shown
}

function changeLines(changes: readonly ValueChange[], indent = '  '): string[] {
  return limited(changes, indent, changeLine)
}

function changeLine({ path, a, b }: ValueChange): string {
  const name = plainText(path)
  if (a === null) return pc.green(`+ ${name}: ${plainText(b ?? '', LONGEST_VALUE)}`)
  if (b === null) return pc.red(`- ${name}: ${plainText(a, LONGEST_VALUE)}`)
  return `${pc.yellow('~')} ${name}: ${plainText(a, LONGEST_VALUE)} → ${plainText(b, LONGEST_VALUE)}`
}

/** In words of the letters that the packages go by. */
const FILE_TEXT: Record<ModelDifference['files'], string> = {
  'same-bytes': 'the same file',
  'same-model': 'the same graph and weights in other bytes',
  'other-weights': 'the same graph, other weights',
  'other-graph': 'another graph',
  'other-files': 'other content',
  'only-a': 'saved in a only',
  'only-b': 'saved in b only',
  'not-saved': 'saved in neither',
}

function modelLines(model: ModelDifference): string[] {
  const { key, format, change, files, bytes, graph } = model
  const name = plainText(key)
  if (change === 'added') return [pc.green(`  + ${name} (${plainText(format)}, ${formatBytes(bytes.b)})`)]
  if (change === 'removed') return [pc.red(`  - ${name} (${plainText(format)}, ${formatBytes(bytes.a)})`)]
  const sizes = bytes.a === bytes.b ? formatBytes(bytes.a) : `${formatBytes(bytes.a)} → ${formatBytes(bytes.b)}`
  const isFolder = graph === null && files === 'other-files'
  return [
    `  ${pc.yellow('~')} ${pc.bold(name)}: ${FILE_TEXT[files]}${files === 'not-saved' ? '' : `, ${sizes}`}`,
    ...(graph === null ? [] : graphLines(graph, '      ')),
    ...(isFolder ? fileLines(model.fileChanges, '      ') : []),
    ...changeLines(model.config, '      '),
    ...changeLines(model.statuses, '      '),
    ...changeLines(model.results, '      '),
  ]
}

function fileLines({ added, removed, changed }: NameChanges, indent = '  '): string[] {
  const all = [
    ...removed.map((name) => pc.red(`- ${plainText(name)}`)),
    ...added.map((name) => pc.green(`+ ${plainText(name)}`)),
    ...changed.map((name) => `${pc.yellow('~')} ${plainText(name)}`),
  ]
  return limited(all, indent, (line) => line)
}

function sampleLine({ folder, counts, changed }: Content['samples'][number]): string {
  const name = plainText(folder)
  const count = counts.a === counts.b ? counted(counts.a, 'sample') : `${counts.a} → ${counted(counts.b, 'sample')}`
  return `  ${pc.yellow('~')} ${name}: ${count}${changed === 0 ? '' : `, ${changed} with other content`}`
}

function measurementLines({ machines, isSameMachine, rows }: Measurements, width: number): string[] {
  if (rows.length === 0) return []
  // What can be compared comes first.
  const sorted = [...rows].sort((one, other) => Number(one.latencyRatio === null) - Number(other.latencyRatio === null))
  const table = textTable(COLUMNS, sorted.slice(0, MOST_LINES).map(measurementCells), width - 2)
  const left = rows.length - MOST_LINES
  return [
    `  ${machineLine(machines, isSameMachine)}`,
    ...table.split('\n').map((line) => `  ${line}`),
    ...(left > 0 ? [`  ${pc.dim(`and ${left} more; --json lists them all`)}`] : []),
  ]
}

function machineLine({ a, b }: Measurements['machines'], isSame: Measurements['isSameMachine']): string {
  const [one, other] = [plainText(a ?? 'unknown'), plainText(b ?? 'unknown')]
  const recorded = 'as the packages recorded them, nothing was measured here'
  if (isSame === true) return pc.dim(`${recorded}; both on ${one}`)
  const why = isSame === null ? 'one package does not say on which machine' : 'they are of different machines'
  return pc.yellow(`${recorded}; not comparable, as ${why} (a: ${one}; b: ${other})`)
}

const left = (head: string): Column => ({ head: pc.dim(head), align: 'left', dispensable: 0 })
const right = (head: string, dispensable = 0): Column => ({ head: pc.dim(head), align: 'right', dispensable })
const COLUMNS: readonly Column[] = [
  ...[left('model'), left('runner'), right('batch'), right('p50 a'), right('p50 b'), right('p50 b/a')],
  ...[right('throughput a', 1), right('throughput b', 1), right('thr b/a')],
]

function measurementCells({ key, runner, batchSize, a, b, ...row }: Measurements['rows'][number]): string[] {
  return [
    ...[plainText(key), plainText(runner), String(batchSize ?? '–')],
    ...[formatMs(a?.p50LatencyMs ?? null), formatMs(b?.p50LatencyMs ?? null), ratioText(row.latencyRatio)],
    ...[formatThroughput(a?.throughputPerSecond ?? null), formatThroughput(b?.throughputPerSecond ?? null)],
    ratioText(row.throughputRatio),
  ]
}

/** The sign would make the columns too wide; their heads say what they are. */
function ratioText(ratio: number | null): string {
  return formatRatio(ratio).replace(' ×', '')
}
