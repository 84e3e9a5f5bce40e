import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import * as core from '@actions/core'

import { writeFileAtomic } from '../core/platform/journal.js'
import { renderReport } from '../core/report/report-markdown.js'
import { renderProfile } from '../core/report/profile-markdown.js'
import { profileRecordSchema } from '../core/report/profile-record.js'
import { runRecordSchema } from '../core/report/run-record.js'
import { uploadArtifacts } from './artifact.js'
import { workflowOf } from './github/connect.js'
import { readContext } from './github/context.js'
import { readPostState } from './post-state.js'
import { writeSummary } from './report.js'

/**
 * The post step: when the main step was cut short, uploads the record it kept, which says `interrupted`, and writes the
 * summary from it. Reads no inputs and never fails the job.
 */
export async function runPost(): Promise<void> {
  try {
    await finishMain()
  } catch (error) {
    core.warning(`What was measured could not be reported: ${error instanceof Error ? error.message : String(error)}`)
  }
  process.exit(0)
}

async function finishMain(): Promise<void> {
  const state = readPostState()
  if (state === null || !existsSync(state.recordPath)) return
  if (state.uploadLeft) {
    core.info('The step did not finish; uploading the record of what was measured.')
    await nameWorkflowRun(state.recordPath).catch((error: unknown) => {
      core.debug(`The record does not say which run it is of: ${String(error)}`)
    })
    await uploadArtifacts([state.recordPath], { ifExists: 'overwrite', retentionDays: state.retentionDays })
  }
  if (state.summaryLeft) {
    await writeSummary(summaryOf(JSON.parse(await readFile(state.recordPath, 'utf8'))))
  }
}

/** A run that was cut short has not said yet which workflow run it is of, and who reports it wants to know. */
async function nameWorkflowRun(recordPath: string): Promise<void> {
  const record = runRecordSchema.safeParse(JSON.parse(await readFile(recordPath, 'utf8')))
  const workflow = workflowOf(await readContext(process.env))
  if (!record.success || record.data.workflow !== null || workflow === null) return
  await writeFileAtomic(recordPath, `${JSON.stringify({ ...record.data, workflow }, null, 2)}\n`)
}

function summaryOf(record: unknown): string {
  const profile = profileRecordSchema.safeParse(record)
  return profile.success ? renderProfile(profile.data) : renderReport(runRecordSchema.parse(record))
}
