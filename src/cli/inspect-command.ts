import CliTable from 'cli-table3'
import pc from 'picocolors'

import { inspectPackage, type PackageReport } from '../core/inspect.js'
import { plainText } from '../core/report/escape.js'
import { formatBytes } from '../core/report/format.js'
import { printResult } from './print-result.js'

/** Prints what is in a package; `json` is a file to write it to as JSON, `-` for stdout instead of the text. */
export async function inspectCommand(file: string, json: string | null): Promise<void> {
  const report = await inspectPackage(file)
  await printResult(report, reportText(report), json)
}

function reportText(report: PackageReport): string {
  const tensors = (label: string, list: PackageReport['inputs']): string[] =>
    list.map(
      ({ name, dtype, shape }) =>
        `${label} ${pc.bold(plainText(name))} ${plainText(dtype)} [${shape.map((size) => (size === -1 ? '?' : size)).join(', ')}]`,
    )
  const table = new CliTable({
    head: ['model', 'format', 'size', 'runner', 'correctness', 'performance'],
    style: { head: [], border: pc.isColorSupported ? ['gray'] : [] },
  })
  for (const { key, format, bytes, runners } of report.models) {
    const own = [plainText(key), format, bytes === null ? 'not saved' : formatBytes(bytes)]
    if (runners.length === 0) table.push([...own, '–', '–', '–'])
    for (const { runner, status } of runners) {
      table.push([...own, plainText(runner), status['Correctness'] ?? '–', status['Performance'] ?? '–'])
    }
  }
  const batching = report.batching ? 'batches on axis 0' : 'no batching'
  return [
    `Navigator Package, format ${report.formatVersion}, ${report.framework}, ${batching}, ${report.entries} files, ${formatBytes(report.bytes)}`,
    ...tensors('input ', report.inputs),
    ...tensors('output', report.outputs),
    table.toString(),
    ...report.warnings.map((warning) => pc.yellow(plainText(warning))),
    '',
  ].join('\n')
}
