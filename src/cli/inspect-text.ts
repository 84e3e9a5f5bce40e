import pc from 'picocolors'

import type { BestRuntime } from '../core/best-runtimes.js'
import type { ModelReport, PackageReport, RunnerReport, TensorReport } from '../core/package-report.js'
import { plainText } from '../core/report/escape.js'
import { formatBytes, formatMs, formatThroughput, UNKNOWN } from '../core/report/format.js'
import { counted } from '../core/report/headline.js'
import { type Column, textTable, widthOf } from './text-table.js'

/** What is in the package `name`, for a terminal of that width. */
export function inspectText(name: string, report: PackageReport, width: number): string {
  const parts = [
    ...[titleOf(name, report), factsOf(report)],
    section('Inputs and outputs', tensorTable(report, width)),
    section('Models', modelTable(report, width), modelNotes(report)),
    section('Best runtime', bestTable(report, false, width), bestNotes(report)),
    ...(sourceChangesBest(report)
      ? [section('Best runtime where the source model may serve too', bestTable(report, true, width))]
      : []),
    ...(report.warnings.length === 0 ? [] : [report.warnings.map(warningLine).join('\n')]),
  ]
  return `${parts.join('\n\n')}\n`
}

function titleOf(name: string, { formatVersion, framework, entries, bytes }: PackageReport): string {
  const madeWith = framework === 'none' ? 'no framework' : framework
  const facts = [`Navigator Package ${formatVersion}`, madeWith, counted(entries, 'file'), formatBytes(bytes)]
  return `${pc.bold(plainText(name))}  ${pc.dim(facts.map((fact) => plainText(fact)).join(' · '))}`
}

function factsOf(report: PackageReport): string {
  const { scripts, logs, machine, finding } = report
  const facts: [string, string | null][] = [
    ['made by', report.madeBy],
    ['at', `${report.measuredAt.slice(0, 16).replace('T', ' ')} UTC`],
    ['on', machine],
    ['finding', finding],
    ['batches', report.batching ? 'on axis 0' : 'none'],
    ['samples', samplesText(report)],
    ['also', alsoText(scripts, logs)],
  ]
  return facts
    .flatMap(([label, text]) => (text === null ? [] : [`  ${pc.dim(label.padEnd(8))}  ${plainText(text)}`]))
    .join('\n')
}

function alsoText(scripts: number, logs: number): string | null {
  const parts = [...(scripts === 0 ? [] : [counted(scripts, 'script')]), ...(logs === 0 ? [] : [counted(logs, 'log')])]
  return parts.length === 0 ? null : parts.join(', ')
}

function samplesText({ samples }: PackageReport): string {
  const stored = samples.filter(({ inputs, outputs }) => inputs + outputs > 0)
  if (stored.length === 0) return 'none'
  return stored
    .map(({ set, inputs, outputs }) => `${set} ${inputs === outputs ? inputs : `${inputs} in, ${outputs} out`}`)
    .join(' · ')
}

function section(title: string, ...parts: readonly string[]): string {
  const lines = parts.filter((part) => part !== '').flatMap((part) => part.split('\n'))
  return [pc.bold(title), ...lines.map((line) => `  ${line}`)].join('\n')
}

const left = (head: string, dispensable = 0): Column => ({ head: pc.dim(head), align: 'left', dispensable })
const right = (head: string, dispensable = 0): Column => ({ head: pc.dim(head), align: 'right', dispensable })
/** What sections are moved in by. */
const INDENT = 2

function tensorTable({ inputs, outputs }: PackageReport, width: number): string {
  const rows = (side: string, list: readonly TensorReport[]): string[][] =>
    list.map(({ name, dtype, shape }, index) => [
      index === 0 ? side : '',
      plainText(name),
      plainText(dtype),
      `[${shape.map((size) => (size === -1 ? '?' : size)).join(', ')}]`,
    ])
  const columns = ['', 'name', 'dtype', 'shape'].map((head) => left(head))
  return textTable(columns, [...rows('in', inputs), ...rows('out', outputs)], width - INDENT)
}

/** A row for every runner; where that is too wide, below a row for its model. */
function modelTable({ models }: PackageReport, width: number): string {
  const wide = textTable(WIDE_COLUMNS, models.flatMap(wideRows), width - INDENT)
  return widthOf(wide) <= width - INDENT ? wide : textTable(NARROW_COLUMNS, models.flatMap(narrowRows), width - INDENT)
}

const FIGURE_COLUMNS = [...[left('correct'), left('measured'), right('p50'), right('throughput'), right('batch', 1)]]
const WIDE_COLUMNS = [left('model'), left('format', 3), right('size', 2), left('runner'), ...FIGURE_COLUMNS]
const NARROW_COLUMNS = [left('model and runner'), right('size', 2), ...FIGURE_COLUMNS]

function wideRows(model: ModelReport): string[][] {
  const own = [plainText(model.key), plainText(model.format), sizeText(model)]
  const [first, ...others] = model.runners
  if (first === undefined) return [[...own, pc.dim('no runner'), ...NO_FIGURES]]
  return [[...own, ...runnerCells(first)], ...others.map((one) => ['', '', '', ...runnerCells(one)])]
}

function narrowRows(model: ModelReport): string[][] {
  const runners = model.runners.map((one) => {
    const [name = '', ...cells] = runnerCells(one)
    return [`  ${name}`, '', ...cells]
  })
  return [[plainText(model.key), sizeText(model), ...NO_FIGURES], ...runners]
}

const NO_FIGURES = FIGURE_COLUMNS.map(() => '')

function sizeText({ isSource, bytes }: ModelReport): string {
  if (bytes !== null) return formatBytes(bytes)
  return pc.dim(isSource ? 'source' : 'not saved')
}

function runnerCells({ runner, status, results }: RunnerReport): string[] {
  return [plainText(runner), statusText(status['Correctness']), statusText(status['Performance']), ...figures(results)]
}

/** A command's status in its colour. */
function statusText(status: string | undefined): string {
  switch (status) {
    case undefined:
      return UNKNOWN
    case 'OK':
      return pc.green(status)
    case 'FAIL':
      return pc.red(status)
    default:
      return pc.dim(plainText(status))
  }
}

/** The least latency, and the most throughput with its batch size. */
function figures(results: RunnerReport['results']): [string, string, string] {
  const latencies = results.map(({ p50LatencyMs }) => p50LatencyMs).filter((one) => !Number.isNaN(one))
  const [first, ...others] = results.filter((one) => !Number.isNaN(one.throughputPerSecond))
  const latency = latencies.length === 0 ? UNKNOWN : formatMs(Math.min(...latencies))
  if (first === undefined) return [latency, UNKNOWN, UNKNOWN]
  const best = others.reduce((most, one) => (one.throughputPerSecond > most.throughputPerSecond ? one : most), first)
  return [latency, formatThroughput(best.throughputPerSecond), String(best.batchSize ?? UNKNOWN)]
}

function modelNotes({ models, isEmpty, finding }: PackageReport): string {
  const moved = models.filter((model) => model.recomputedKey !== model.key)
  const isSwept = models.some(({ runners }) => runners.some(({ results }) => results.length > 1))
  const notes = [
    ...(isSwept ? [pc.dim('p50 is the least of all batch sizes, throughput the most')] : []),
    ...(finding === null ? [] : [pc.dim('at default session options; the finding above was measured apart')]),
    ...moved.map(({ key, recomputedKey, recomputedPath }) =>
      pc.yellow(
        `${plainText(key)}: the Navigator reads it as ${plainText(recomputedKey)}, from ${plainText(recomputedPath)}`,
      ),
    ),
    ...(isEmpty ? [pc.yellow('Empty: nothing that was saved is known to be correct.')] : []),
  ]
  return notes.join('\n')
}

/** Both single strategies before the one that asks for both. */
const SHOWN_AS = new Map<BestRuntime['strategy'], string>([
  ['max-throughput', 'max-throughput'],
  ['min-latency', 'min-latency'],
  ['max-throughput-and-min-latency', 'both of these'],
  ['max-throughput-with-latency-budget', 'max-throughput within'],
])

function bestTable({ best }: PackageReport, includeSource: boolean, width: number): string {
  const found = new Map(best.filter((one) => one.includeSource === includeSource).map((one) => [one.strategy, one]))
  const shown = [...SHOWN_AS.keys()].flatMap((strategy) => found.get(strategy) ?? [])
  const [first, ...others] = shown.map(({ reason }) => reason)
  if (first != null && others.every((reason) => reason === first)) return pc.dim(plainText(first))
  const columns = [
    left('strategy'),
    left('model'),
    left('runner'),
    right('p50'),
    right('throughput'),
    right('batch', 1),
  ]
  return textTable(columns, shown.map(bestRow), width - INDENT)
}

/** A strategy looks at the rows of status.yaml; whether the model was saved is another matter. */
function bestNotes({ best, models }: PackageReport): string {
  const chosen = best.flatMap(({ includeSource, runtime }) => (includeSource || runtime === null ? [] : [runtime.key]))
  const missing = models.filter(({ key, isFound }) => chosen.includes(key) && !isFound)
  return missing.map(({ key }) => pc.yellow(`${plainText(key)} was not saved in this package`)).join('\n')
}

function bestRow({ strategy, latencyBudgetMs, runtime }: BestRuntime): string[] {
  const name = `${SHOWN_AS.get(strategy) ?? strategy}${latencyBudgetMs === null ? '' : ` ${latencyBudgetMs} ms`}`
  if (runtime === null) return [name, pc.dim('none'), '', '', '', '']
  return [
    name,
    plainText(runtime.key),
    plainText(runtime.runner),
    formatMs(runtime.p50LatencyMs),
    formatThroughput(runtime.throughputPerSecond),
    String(runtime.batchSize ?? UNKNOWN),
  ]
}

function sourceChangesBest({ best }: PackageReport): boolean {
  const choices = (includeSource: boolean): string =>
    JSON.stringify(best.filter((one) => one.includeSource === includeSource).map(({ runtime }) => runtime))
  return choices(true) !== choices(false)
}

function warningLine(warning: string): string {
  return `${pc.yellow('!')} ${plainText(warning)}`
}
