import path from 'node:path'

import type { Environment } from '../core/environment.js'
import { EXIT_CODES, type RunOutcome } from '../core/errors.js'
import type { OptionContext } from '../core/option-files.js'
import type { OptionValues } from '../core/option-reader.js'
import { prepareDestination } from '../core/platform/disk.js'
import { writeFileAtomic } from '../core/platform/journal.js'
import { terminalEnvironment } from './environment.js'
import type { ProgressDisplay } from './progress.js'
import { terminalWidth } from './text-table.js'

/** Where else the results go, besides the terminal; null for nowhere. */
export interface Destinations {
  readonly summary: string | null
  readonly json: string | null
  readonly runtimeDir: string | null
}

/** What was given to a command, and where its results go. */
export interface CommandInput extends Destinations {
  readonly values: OptionValues
}

/** What a command of the engine needs of the shell around it. */
export interface CommandShell extends Pick<Environment, 'log' | 'signal'> {
  readonly progress: ProgressDisplay
}

/** A command of the engine: what it asks, does and says. */
export interface RunnableCommand<Request, Kept extends { readonly outcome: RunOutcome }> {
  readonly parse: (values: OptionValues, context: OptionContext) => Promise<Request>
  readonly run: (request: Request, environment: Environment) => Promise<Kept>
  /** For a terminal of that width. */
  readonly text: (record: Kept, width: number) => string
  readonly summary: (record: Kept) => string
}

/** Runs a command, prints its result to stdout and returns the exit code. */
export async function runCommand<Request, Kept extends { readonly outcome: RunOutcome }>(
  command: RunnableCommand<Request, Kept>,
  { values, json, runtimeDir, ...given }: CommandInput,
  { log, signal, progress }: CommandShell,
): Promise<number> {
  const summary = given.summary === null ? null : path.resolve(given.summary)
  const recordPath = json === null || json === '-' ? null : path.resolve(json)
  const request = await command.parse(values, {
    cwd: process.cwd(),
    style: 'flag',
    destinations: [
      ...(summary === null ? [] : [{ option: 'summary', path: summary, what: 'summary' }]),
      ...(recordPath === null ? [] : [{ option: 'json', path: recordPath, what: 'record' }]),
    ],
  })
  const onProgress: Environment['onProgress'] = (event) => {
    progress.show(event)
  }
  const record = await command.run(request, terminalEnvironment({ log, signal, onProgress, runtimeDir, recordPath }))
  progress.stop()
  process.stdout.write(json === '-' ? `${JSON.stringify(record, null, 2)}\n` : command.text(record, terminalWidth()))
  if (summary !== null) {
    await prepareDestination(summary)
    await writeFileAtomic(summary, command.summary(record))
  }
  return EXIT_CODES[record.outcome]
}
