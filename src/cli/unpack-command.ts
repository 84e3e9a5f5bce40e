import pc from 'picocolors'

import { NavigatorError } from '../core/errors.js'
import { plainText } from '../core/report/escape.js'
import { formatBytes } from '../core/report/format.js'
import { counted } from '../core/report/headline.js'
import { type UnpackReport, unpackPackage } from '../core/unpack.js'
import { prepareJson, printResult } from './print-result.js'
import { terminalWidth, textTable } from './text-table.js'

/** Unpacks a package and prints what and where; `json` is a file to write that to as JSON, `-` for stdout. */
export async function unpackCommand(
  file: string,
  folder: string,
  signal: AbortSignal,
  json: string | null,
): Promise<void> {
  if (folder === '') throw new NavigatorError('invalid-options', '--output: no folder is named; name a new one.')
  await prepareJson(json, [file])
  const report = await unpackPackage(file, folder, { signal })
  await printResult(report, reportText(report), json)
}

function reportText({ folder, files, bytes, models, warnings }: UnpackReport): string {
  const lines = [
    pc.bold(`${counted(files, 'file')}, ${formatBytes(bytes)}, unpacked to ${plainText(folder, 1000)}`),
    modelTable(models),
    ...warnings.map((warning) => pc.yellow(plainText(warning))),
  ]
  return `${lines.join('\n')}\n`
}

function modelTable(models: UnpackReport['models']): string {
  if (models.length === 0) return 'no models'
  const columns = [
    { head: pc.dim('model'), align: 'left', dispensable: 0 } as const,
    { head: pc.dim('size'), align: 'right', dispensable: 1 } as const,
    { head: pc.dim('path'), align: 'left', dispensable: 0 } as const,
  ]
  const rows = models.map((model) => [plainText(model.key), formatBytes(model.bytes), plainText(model.path)])
  return textTable(columns, rows, terminalWidth())
}
