import { writeFile } from 'node:fs/promises'

import { NavigatorError } from '../core/errors.js'

/** Prints `text` to stdout and writes `value` as JSON to the file `json`; `-` prints the JSON instead of the text. */
export async function printResult(value: unknown, text: string, json: string | null): Promise<void> {
  const content = `${JSON.stringify(value, null, 2)}\n`
  process.stdout.write(json === '-' ? content : text)
  if (json === null || json === '-') return
  try {
    await writeFile(json, content)
  } catch (cause) {
    throw new NavigatorError('output-unwritable', `--json: "${json}" cannot be written.`, { cause })
  }
}
