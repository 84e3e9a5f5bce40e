import pc from 'picocolors'

import { type BestRuntime, inspectPackage, type PackageReport } from '../core/inspect.js'
import { plainText } from '../core/report/escape.js'
import { formatBytes, formatMs, formatThroughput } from '../core/report/format.js'
import { printResult, refuseInputAsJson } from './print-result.js'
import { type Column, terminalWidth, textTable } from './text-table.js'

/** Prints what is in a package; `json` is a file to write it to as JSON, `-` for stdout instead of the text. */
export async function inspectCommand(file: string, json: string | null): Promise<void> {
  await refuseInputAsJson(json, [file])
  const report = await inspectPackage(file)
  await printResult(report, reportText(report), json)
}

function reportText(report: PackageReport): string {
  const machine = report.machine === null ? '' : ` on ${plainText(report.machine)}`
  const parts = [
    pc.bold(
      `Navigator Package ${plainText(report.formatVersion)}, ${plainText(report.framework)}, ${report.entries} files, ${formatBytes(report.bytes)}`,
    ),
    `made by ${plainText(report.madeBy)}, ${plainText(report.measuredAt.slice(0, 16).replace('T', ' '))}${machine}`,
    ...(report.finding === null ? [] : [plainText(report.finding)]),
    '',
    tensorTable(report),
    report.batching ? 'batches on axis 0' : 'no batching',
    '',
    modelTable(report),
    ...(report.best.length === 0
      ? []
      : ['', 'best runtime by strategy, at default session options', bestTable(report)]),
    ...report.warnings.map((warning) => pc.yellow(plainText(warning))),
  ]
  return `${parts.join('\n')}\n`
}

const left = (head: string, dispensable = 0): Column => ({ head: pc.dim(head), align: 'left', dispensable })
const right = (head: string, dispensable = 0): Column => ({ head: pc.dim(head), align: 'right', dispensable })

function tensorTable({ inputs, outputs }: PackageReport): string {
  const rows = (side: string, list: PackageReport['inputs']): string[][] =>
    list.map(({ name, dtype, shape }) => [
      side,
      plainText(name),
      plainText(dtype),
      `[${shape.map((size) => (size === -1 ? '?' : size)).join(', ')}]`,
    ])
  const columns = ['', 'name', 'dtype', 'shape'].map((head) => left(head))
  return textTable(columns, [...rows('input', inputs), ...rows('output', outputs)], terminalWidth())
}

function modelTable({ models }: PackageReport): string {
  const columns = [
    ...[left('model'), left('format', 2), right('size', 1), left('runner'), left('correctness'), left('performance')],
    ...[right('p50'), right('throughput'), right('batch')],
  ]
  const rows = models.flatMap(({ key, format, bytes, runners }) => {
    const own = [plainText(key), plainText(format), bytes === null ? 'not saved' : formatBytes(bytes)]
    if (runners.length === 0) return [[...own, ...Array.from({ length: 6 }, () => '–')]]
    return runners.map(({ runner, status, results }) => [
      ...own,
      plainText(runner),
      status['Correctness'] ?? '–',
      status['Performance'] ?? '–',
      ...figures(results),
    ])
  })
  return textTable(columns, rows, terminalWidth())
}

/** The least latency, and the most throughput with its batch size. */
function figures(results: PackageReport['models'][number]['runners'][number]['results']): [string, string, string] {
  const [first] = results
  if (first === undefined) return ['–', '–', '–']
  const latency = Math.min(...results.map(({ p50LatencyMs }) => p50LatencyMs))
  const best = results.reduce((most, one) => (one.throughputPerSecond > most.throughputPerSecond ? one : most), first)
  return [formatMs(latency), formatThroughput(best.throughputPerSecond), String(best.batchSize ?? '–')]
}

function bestTable({ best }: PackageReport): string {
  const columns = [left('strategy'), left('model'), left('runner'), right('p50'), right('throughput'), right('batch')]
  const row = (one: BestRuntime): string[] => [
    one.strategy,
    plainText(one.key),
    plainText(one.runner),
    formatMs(one.p50LatencyMs),
    formatThroughput(one.throughputPerSecond),
    String(one.batchSize ?? '–'),
  ]
  return textTable(columns, best.map(row), terminalWidth())
}
