import pc from 'picocolors'

import type { BestRuntime } from '../core/best-runtimes.js'
import type { ModelReport, PackageReport, RunnerReport, TensorReport } from '../core/package-report.js'
import { plainText } from '../core/report/escape.js'
import { formatBytes, formatMs, formatThroughput, UNKNOWN } from '../core/report/format.js'
import { counted } from '../core/report/headline.js'
import { type Column, textTable } from './text-table.js'

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
  const facts = [`Navigator Package ${formatVersion}`, framework, counted(entries, 'file'), formatBytes(bytes)]
  return `${pc.bold(plainText(name))}  ${pc.dim(facts.map((fact) => plainText(fact)).join(' · '))}`
}

function factsOf(report: PackageReport): string {
  const machine = report.machine === null ? '' : ` on ${plainText(report.machine)}`
  const facts: [string, string][] = [
    ['made by', plainText(report.madeBy)],
    ['measured', `${plainText(report.measuredAt.slice(0, 16).replace('T', ' '))} UTC${machine}`],
    ...(report.finding === null ? [] : [['finding', plainText(report.finding)] satisfies [string, string]]),
    ['batches', report.batching ? 'on axis 0' : 'none'],
    ['samples', samplesText(report)],
    ['also', `${counted(report.scripts, 'script')}, ${counted(report.logs, 'log')}`],
  ]
  return facts.map(([label, text]) => `  ${pc.dim(label.padEnd(8))}  ${text}`).join('\n')
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

function modelTable({ models }: PackageReport, width: number): string {
  const columns = [
    ...[left('model'), left('format', 3), right('size', 2), left('runner'), left('correct'), left('measured')],
    ...[right('p50'), right('throughput'), right('batch', 1)],
  ]
  const rows = models.flatMap((model) => {
    const own = [plainText(model.key), plainText(model.format), sizeText(model)]
    const [first, ...others] = model.runners
    if (first === undefined) return [[...own, pc.dim('no runner')]]
    return [[...own, ...runnerCells(first)], ...others.map((one) => ['', '', '', ...runnerCells(one)])]
  })
  return textTable(columns, rows, width - INDENT)
}

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

function modelNotes({ models, isEmpty }: PackageReport): string {
  const moved = models.filter((model) => model.recomputedKey !== model.key)
  const notes = [
    ...moved.map(({ key, recomputedKey, recomputedPath }) =>
      pc.yellow(
        `${plainText(key)}: the Navigator reads it as ${plainText(recomputedKey)}, from ${plainText(recomputedPath)}`,
      ),
    ),
    ...(isEmpty ? [pc.yellow('Empty: nothing that was saved is known to be correct.')] : []),
  ]
  return notes.join('\n')
}

function bestTable({ best }: PackageReport, includeSource: boolean, width: number): string {
  const shown = best.filter((one) => one.includeSource === includeSource && one.runtime !== null)
  if (shown.length === 0) return ''
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

function bestRow({ strategy, latencyBudgetMs, runtime }: BestRuntime): string[] {
  return [
    latencyBudgetMs === null ? strategy : `${strategy} ${latencyBudgetMs}`,
    plainText(runtime?.key ?? UNKNOWN),
    plainText(runtime?.runner ?? UNKNOWN),
    formatMs(runtime?.p50LatencyMs ?? null),
    formatThroughput(runtime?.throughputPerSecond ?? null),
    String(runtime?.batchSize ?? UNKNOWN),
  ]
}

/** Why a strategy has no runtime; once where all say the same. */
function bestNotes({ best }: PackageReport): string {
  const missing = best.filter(({ includeSource, runtime }) => !includeSource && runtime === null)
  const reasons = new Set(missing.map(({ reason }) => reason))
  if (missing.length === 0) return ''
  if (reasons.size === 1 && missing.length > 1) return pc.dim(plainText(missing[0]?.reason ?? ''))
  return missing.map(({ strategy, reason }) => pc.dim(`${strategy}: ${plainText(reason ?? '')}`)).join('\n')
}

function sourceChangesBest({ best }: PackageReport): boolean {
  const choices = (includeSource: boolean): string =>
    JSON.stringify(best.filter((one) => one.includeSource === includeSource).map(({ runtime }) => runtime))
  return choices(true) !== choices(false)
}

function warningLine(warning: string): string {
  return `${pc.yellow('!')} ${plainText(warning)}`
}
