import { existsSync } from 'node:fs'

import * as core from '@actions/core'

import { uploadArtifact } from './artifact.js'
import { githubInputs } from './inputs.js'

/** When the main step was cut short, uploads the record it kept, which says `interrupted`. Never fails the job. */
export async function runPost(): Promise<void> {
  if (core.getState('finished') === 'true') return
  const record = core.getState('record-path')
  if (record === '' || !existsSync(record)) return
  const { upload, retentionDays } = githubInputs()
  if (!upload) return
  core.info('The step did not finish; uploading the record of what was measured.')
  await uploadArtifact(record, { ifExists: 'overwrite', retentionDays })
}
