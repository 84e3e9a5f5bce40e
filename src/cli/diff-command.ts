import { diffPackages } from '../core/diff.js'
import type { Environment } from '../core/environment.js'
import { diffText } from './diff-text.js'
import { hearInterrupt, prepareJson, printResult } from './print-result.js'
import { terminalWidth } from './text-table.js'

/**
 * Prints how two packages differ and returns whether they hold the same; `json` is a file to write that to as JSON, `-`
 * for stdout instead of the text.
 */
export async function diffCommand(
  a: string,
  b: string,
  environment: Environment,
  json: string | null,
): Promise<boolean> {
  await prepareJson(json, [a, b])
  const difference = await diffPackages(a, b, environment)
  await hearInterrupt(environment.signal)
  await printResult(difference, diffText(difference, terminalWidth()), json)
  return difference.verdict !== 'different'
}
