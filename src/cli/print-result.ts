import path from 'node:path'

import { NavigatorError } from '../core/errors.js'
import { isOneOf } from '../core/platform/disk.js'
import { writeFileAtomic } from '../core/platform/journal.js'

/** Prints `text` to stdout and writes `value` as JSON to the file `json`; `-` prints the JSON instead of the text. */
export async function printResult(value: unknown, text: string, json: string | null): Promise<void> {
  const content = `${JSON.stringify(value, null, 2)}\n`
  process.stdout.write(json === '-' ? content : text)
  if (json !== null && json !== '-') await writeFileAtomic(path.resolve(json), content)
}

/** Throws `output-unwritable` when the file that JSON would go to is one of `inputs`. */
export async function refuseInputAsJson(json: string | null, inputs: readonly string[]): Promise<void> {
  if (json === null || json === '-' || !(await isOneOf(json, inputs))) return
  throw new NavigatorError('output-unwritable', `--json: "${json}" is the input itself; name another file.`)
}
