import type { Environment } from './environment.js'
import { NavigatorError } from './errors.js'
import { recordOf } from './record.js'
import { endsInRecord, type RecordedRun, writePartialRecord, writeRecord } from './record-file.js'
import type { RunRecord } from './report/run-record.js'
import type { Run, RunResult } from './run.js'

function interruptedText({ command }: Run): string {
  if (command !== 'optimize') return 'The run was interrupted.'
  return 'The run was interrupted; what was measured until then is in the record, and the same run with resume goes on from it.'
}

function recorded(run: Run): RecordedRun {
  const record = (): RunRecord => recordOf(run, new Date())
  return {
    noun: 'run',
    record,
    partial: () => ({ ...record(), outcome: 'interrupted', outcomeReason: interruptedText(run) }),
    interrupt: () => {
      run.outcome = 'interrupted'
      run.outcomeReason = interruptedText(run)
    },
    fail: (outcome, reason) => {
      run.outcome = outcome
      run.outcomeReason = reason
    },
  }
}

/**
 * Does the work of a run and keeps its record, also of one that is interrupted, which is a result, and of one that
 * fails, which is thrown on.
 */
export async function withRecord(run: Run, environment: Environment, work: () => Promise<void>): Promise<RunResult> {
  await keepPartialRecord(run, environment)
  await endsInRecord(recorded(run), environment, work)
  return { record: await keepRecord(run, environment) }
}

/** While the run is going on, so that one that is killed leaves what it knew. Failing to write it is only a warning. */
export async function keepPartialRecord(run: Run, environment: Environment): Promise<void> {
  await writePartialRecord(recorded(run), environment)
}

/** Writes the record of a run that is over. */
export async function keepRecord(run: Run, environment: Environment): Promise<RunRecord> {
  const record = recordOf(run, new Date())
  try {
    await writeRecord(record, environment)
  } catch (error) {
    throw error instanceof NavigatorError ? recordLost(error, record) : error
  }
  return record
}

function recordLost(error: NavigatorError, { package: saved }: RunRecord): NavigatorError {
  const kept = saved === null ? '' : ` The package itself was saved: ${saved.path}.`
  return new NavigatorError(error.code, `${error.message}${kept}`, { cause: error })
}
