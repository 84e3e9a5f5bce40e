import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import * as core from '@actions/core'

import { renderSummary } from '../core/report/markdown.js'
import { renderProfile } from '../core/report/profile-markdown.js'
import { profileRecordSchema } from '../core/report/profile-record.js'
import { runRecordSchema } from '../core/report/run-record.js'
import { uploadArtifacts } from './artifact.js'
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
    await uploadArtifacts([state.recordPath], { ifExists: 'overwrite', retentionDays: state.retentionDays })
  }
  if (state.summaryLeft) {
    await writeSummary(summaryOf(JSON.parse(await readFile(state.recordPath, 'utf8'))))
  }
}

function summaryOf(record: unknown): string {
  const profile = profileRecordSchema.safeParse(record)
  return profile.success ? renderProfile(profile.data) : renderSummary(runRecordSchema.parse(record))
}
