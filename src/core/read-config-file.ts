import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { type ChosenInputs, chooseInputs } from './config/choose-inputs.js'
import { LONGEST_CONFIG, parseConfig } from './config/parse-config.js'
import { NavigatorError } from './errors.js'
import type { Option, OptionValues } from './option-reader.js'

/**
 * What a run is given by `with:` and by the configuration file that its input `config` names, else by the file `fallback`
 * where that is there; relative paths start at `cwd`. Throws `invalid-options` for a file that cannot be read or used, or
 * that has not the model or target which is asked for.
 */
export async function readConfigFile(
  given: OptionValues,
  options: { readonly fallback: string; readonly cwd: string; readonly inputs: readonly Option[] },
): Promise<ChosenInputs> {
  const named = given.get('config')?.[0]?.trim() ?? ''
  const file = named === '' ? options.fallback : named
  const text = await readBounded(path.resolve(options.cwd, file), file)
  if (text !== null) return chooseInputs(parseConfig(text, file, options.inputs), given)
  if (named === '') return { values: given, places: new Map() }
  throw refused(file, 'does not exist', path.resolve(options.cwd, file))
}

/** null when there is no such file. */
async function readBounded(absolute: string, file: string): Promise<string | null> {
  try {
    const found = await stat(absolute)
    if (!found.isFile()) throw refused(file, 'is not a file', absolute)
    // A character has at most four bytes.
    if (found.size > LONGEST_CONFIG * 4) throw refused(file, 'is too long to be a configuration', absolute)
    return await readFile(absolute, 'utf8')
  } catch (error) {
    if (error instanceof NavigatorError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw refused(file, `cannot be read (${code})`, absolute)
  }
}

function refused(file: string, why: string, absolute: string): NavigatorError {
  return new NavigatorError('invalid-options', 'The configuration file cannot be used.', {
    problems: [`config: "${file}" ${why} (looked for ${absolute})`],
  })
}
