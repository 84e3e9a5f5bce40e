import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { buildPackage } from '../core/build.js'
import type { Environment } from '../core/environment.js'
import { EXIT_CODES, NavigatorError } from '../core/errors.js'
import { optimize } from '../core/optimize.js'
import { type OptionValues, parseOptimizeOptions } from '../core/options.js'
import { renderSummary } from '../core/report/markdown.js'
import { terminalEnvironment } from './environment.js'
import type { ProgressDisplay } from './progress.js'
import { resultText } from './result-text.js'
import { terminalWidth } from './text-table.js'

/** Where else the results go, besides the terminal; null for nowhere. */
export interface Destinations {
  readonly summary: string | null
  readonly json: string | null
  readonly runtimeDir: string | null
}

/** Runs `optimize` or `build`, prints the result to stdout and returns the exit code. */
export async function runCommand(
  command: 'optimize' | 'build',
  values: OptionValues,
  destinations: Destinations,
  shell: Pick<Environment, 'log' | 'signal'> & { readonly progress: ProgressDisplay },
): Promise<number> {
  await makeFolderOf('--output', values.get('output')?.[0] ?? null)
  await makeFolderOf('--summary', destinations.summary)
  await makeFolderOf('--json', destinations.json === '-' ? null : destinations.json)
  const request = await parseOptimizeOptions(values, { cwd: process.cwd(), style: 'flag' })
  const environment = terminalEnvironment({
    log: shell.log,
    signal: shell.signal,
    onProgress: (event) => {
      shell.progress.show(event)
    },
    runtimeDir: destinations.runtimeDir,
    recordPath: destinations.json === null || destinations.json === '-' ? null : path.resolve(destinations.json),
  })
  const { record } = await (command === 'optimize' ? optimize : buildPackage)(request, environment)
  shell.progress.stop()
  if (destinations.summary !== null) await writeFile(destinations.summary, renderSummary(record))
  process.stdout.write(
    destinations.json === '-' ? `${JSON.stringify(record, null, 2)}\n` : resultText(record, terminalWidth()),
  )
  return EXIT_CODES[record.outcome]
}

/** Refuses a destination that cannot be a file before minutes of measuring, not after. */
async function makeFolderOf(flag: string, file: string | null): Promise<void> {
  if (file === null) return
  const folder = path.dirname(path.resolve(file))
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (cause) {
    throw new NavigatorError(
      'output-unwritable',
      `${flag}: "${file}" cannot be written: ${folder} is no writable folder.`,
      { cause },
    )
  }
  const existing = await stat(file).catch(() => null)
  if (existing?.isDirectory() === true) {
    throw new NavigatorError('output-unwritable', `${flag}: "${file}" is a folder; name a file.`)
  }
}
