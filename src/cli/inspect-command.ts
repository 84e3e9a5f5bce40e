import path from 'node:path'

import { NavigatorError } from '../core/errors.js'
import { inspectPackage } from '../core/inspect.js'
import { inspectText } from './inspect-text.js'
import { hearInterrupt, prepareJson, printResult } from './print-result.js'
import { terminalWidth } from './text-table.js'

/**
 * Prints what is in a package. `json` is a file to write it to as JSON, `-` for stdout instead of the text;
 * `latencyBudget` is the budget in milliseconds as the user gave it.
 */
export async function inspectCommand(
  file: string,
  signal: AbortSignal,
  json: string | null,
  latencyBudget: string | null,
): Promise<void> {
  const latencyBudgetMs = readBudget(latencyBudget)
  await prepareJson(json, [file])
  const report = await inspectPackage(file, { latencyBudgetMs, signal })
  await hearInterrupt(signal)
  await printResult(report, inspectText(path.basename(file), report, terminalWidth()), json)
}

function readBudget(given: string | null): number | null {
  if (given === null) return null
  const budget = Number(given)
  if (given.trim() !== '' && Number.isFinite(budget) && budget > 0) return budget
  throw new NavigatorError('invalid-options', `--latency-budget-ms: "${given}" is not a number above 0, such as 2.5.`)
}
