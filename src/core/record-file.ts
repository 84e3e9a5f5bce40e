import type { Environment } from './environment.js'
import { NavigatorError, type RunOutcome } from './errors.js'
import { writeFileAtomic } from './platform/journal.js'

/** A run, whatever it does, as its record sees it. */
export interface RecordedRun {
  /** What people call it: `run`, `comparison`. */
  readonly noun: string
  /** The record as things stand. */
  readonly record: () => object
  /** The same as it is to be read when the run ends here and now. */
  readonly partial: () => object
  readonly interrupt: () => void
  readonly fail: (outcome: RunOutcome, reason: string) => void
}

/**
 * Does the work of a run. One that is interrupted is a result, and leaves its record to the caller; of one that fails the
 * record is written before the error is thrown on.
 */
export async function endsInRecord(
  recorded: RecordedRun,
  environment: Environment,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (environment.signal.aborted) {
      recorded.interrupt()
      return
    }
    const outcome = error instanceof NavigatorError ? error.outcome : 'machine-failed'
    recorded.fail(outcome, error instanceof Error ? error.message : String(error))
    // What ended the run is the better thing to tell.
    await writeRecord(recorded.record(), environment).catch(() => undefined)
    throw error
  }
}

/** While the run is going on, so that one that is killed leaves what it knew. Failing to write it is only a warning. */
export async function writePartialRecord({ noun, partial }: RecordedRun, environment: Environment): Promise<void> {
  try {
    await writeRecord(partial(), environment)
  } catch (error) {
    if (!(error instanceof NavigatorError)) throw error
    environment.log.warn(`${error.message} The ${noun} goes on without it.`)
  }
}

/** Throws `disk-full` or `output-unwritable`. */
export async function writeRecord(record: object, { recordPath }: Environment): Promise<void> {
  if (recordPath !== null) await writeFileAtomic(recordPath, `${JSON.stringify(record, null, 2)}\n`)
}
