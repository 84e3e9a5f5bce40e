import { stat } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'

import { NavigatorError, throwIfInterrupted } from '../core/errors.js'
import { isOneOf, prepareDestination } from '../core/platform/disk.js'
import { writeFileAtomic } from '../core/platform/journal.js'

/** Throws `interrupted` once the user asked to stop, also while there was no time to hear it. */
export async function hearInterrupt(signal: AbortSignal): Promise<void> {
  // Signals are looked for once a turn, and in the one that is going on that may be over.
  await setImmediate()
  await setImmediate()
  throwIfInterrupted(signal)
}

/** Prints `text` to stdout and writes `value` as JSON to the file `json`; `-` prints the JSON instead of the text. */
export async function printResult(value: unknown, text: string, json: string | null): Promise<void> {
  const content = `${JSON.stringify(value, null, 2)}\n`
  process.stdout.write(json === '-' ? content : text)
  if (json !== null && json !== '-') await writeFileAtomic(path.resolve(json), content)
}

/**
 * Makes sure, before there is a result to lose, that JSON can be written to the file `json`. Throws `invalid-options` for
 * no name, `output-unwritable` for a folder, one of `inputs` or what cannot be made, `disk-full`.
 */
export async function prepareJson(json: string | null, inputs: readonly string[]): Promise<void> {
  if (json === null || json === '-') return
  if (json === '') {
    throw new NavigatorError('invalid-options', '--json: no file is named; name one, or - for standard output.')
  }
  if (await isOneOf(json, inputs)) throw unwritable(json, 'is the input itself; name another file.')
  const found = await stat(json).catch(() => null)
  if (found?.isDirectory() === true) throw unwritable(json, 'is a folder; name a file.')
  await prepareDestination(path.resolve(json))
}

function unwritable(json: string, why: string): NavigatorError {
  return new NavigatorError('output-unwritable', `--json: "${json}" ${why}`)
}
