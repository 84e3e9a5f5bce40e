import { diffPackages } from '../core/diff.js'
import { diffText } from './diff-text.js'
import { printResult, refuseInputAsJson } from './print-result.js'
import { terminalWidth } from './text-table.js'

/**
 * Prints how two packages differ and returns whether they hold the same; `json` is a file to write that to as JSON, `-`
 * for stdout instead of the text.
 */
export async function diffCommand(a: string, b: string, json: string | null): Promise<boolean> {
  await refuseInputAsJson(json, [a, b])
  const difference = await diffPackages(a, b)
  await printResult(difference, diffText(difference, terminalWidth()), json)
  return difference.verdict !== 'different'
}
