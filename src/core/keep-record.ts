import type { Environment } from './environment.js'
import { NavigatorError } from './errors.js'
import { writeFileAtomic } from './platform/journal.js'
import { recordOf } from './record.js'
import type { RunRecord } from './report/run-record.js'
import type { Run, RunResult } from './run.js'

function interruptedText({ command }: Run): string {
  if (command !== 'optimize') return 'The run was interrupted.'
  return 'The run was interrupted; what was measured until then is in the record, and the same run with resume goes on from it.'
}

/**
 * Does the work of a run and keeps its record, also of one that is interrupted, which is a result, and of one that
 * fails, which is thrown on.
 */
export async function withRecord(run: Run, environment: Environment, work: () => Promise<void>): Promise<RunResult> {
  await keepPartialRecord(run, environment)
  try {
    await work()
  } catch (error) {
    if (!environment.signal.aborted) throw await keptFailure(error, run, environment)
    run.outcome = 'interrupted'
    run.outcomeReason = interruptedText(run)
  }
  return { record: await keepRecord(run, environment) }
}

/** While the run is going on, so that one that is killed leaves what it knew. Failing to write it is only a warning. */
export async function keepPartialRecord(run: Run, environment: Environment): Promise<void> {
  try {
    await write(
      { ...recordOf(run, new Date()), outcome: 'interrupted', outcomeReason: interruptedText(run) },
      environment,
    )
  } catch (error) {
    if (!(error instanceof NavigatorError)) throw error
    environment.log.warn(`${error.message} The run goes on without it.`)
  }
}

/** Writes the record of a run that is over. */
export async function keepRecord(run: Run, environment: Environment): Promise<RunRecord> {
  const record = recordOf(run, new Date())
  try {
    await write(record, environment)
  } catch (error) {
    throw error instanceof NavigatorError ? recordLost(error, record) : error
  }
  return record
}

async function keptFailure(error: unknown, run: Run, environment: Environment): Promise<unknown> {
  run.outcome = error instanceof NavigatorError ? error.outcome : 'machine-failed'
  run.outcomeReason = error instanceof Error ? error.message : String(error)
  // What ended the run is the better thing to tell.
  await write(recordOf(run, new Date()), environment).catch(() => undefined)
  return error
}

async function write(record: RunRecord, { recordPath }: Environment): Promise<void> {
  if (recordPath !== null) await writeFileAtomic(recordPath, `${JSON.stringify(record, null, 2)}\n`)
}

function recordLost(error: NavigatorError, { package: saved }: RunRecord): NavigatorError {
  const kept = saved === null ? '' : ` The package itself was saved: ${saved.path}.`
  return new NavigatorError(error.code, `${error.message}${kept}`, { cause: error })
}
