import * as core from '@actions/core'

import type { GithubInputs } from './inputs.js'

/** What the main step leaves for `post` to do if it does not come to it itself. */
export interface PostState {
  readonly recordPath: string
  /** Whether the record has still to be uploaded, the inputs permitting. */
  readonly uploadLeft: boolean
  /** Whether the job summary has still to be written. */
  readonly summaryLeft: boolean
  readonly retentionDays: number | null
}

/** Before anything is measured: everything is left. */
export function leaveAll(recordPath: string, { upload, retentionDays }: GithubInputs): void {
  core.saveState('record-path', recordPath)
  core.saveState('upload-left', upload)
  core.saveState('summary-left', true)
  core.saveState('retention-days', retentionDays ?? '')
}

/** Takes one thing off the list. */
export function markDone(what: 'upload' | 'summary'): void {
  core.saveState(`${what}-left`, false)
}

/** null when the main step did not get as far as measuring. */
export function readPostState(): PostState | null {
  const recordPath = core.getState('record-path')
  if (recordPath === '') return null
  const days = core.getState('retention-days')
  return {
    recordPath,
    uploadLeft: core.getState('upload-left') === 'true',
    summaryLeft: core.getState('summary-left') === 'true',
    retentionDays: days === '' ? null : Number(days),
  }
}
