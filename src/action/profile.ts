import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'

import * as core from '@actions/core'

import { PROFILE_OPTIONS } from '../core/profile-options.js'
import { profile } from '../core/profile.js'
import { plainText } from '../core/report/escape.js'
import { profileOutputsOf } from '../core/report/outputs.js'
import { profileHeadline } from '../core/report/profile-figures.js'
import { renderProfile } from '../core/report/profile-markdown.js'
import type { ProfileRecord } from '../core/report/profile-record.js'
import { uploadArtifacts } from './artifact.js'
import { type GithubInputs, profileName, readProfileInputs } from './inputs.js'
import { leaveAll, markDone } from './post-state.js'
import { createProgressLog } from './progress-log.js'
import { setProfileOutputs, writeSummary } from './report.js'
import { abortedBySignals, environmentOf, explain, type StepKind } from './step.js'

const KIND: StepKind = { options: PROFILE_OPTIONS, setOutputs: setProfileOutputs }

/** The step of `profile/action.yml`: inputs → profile → artifacts, outputs, annotations and summary. */
export async function runProfile(): Promise<void> {
  const progress = createProgressLog()
  let recordPath: string | null = null
  const signal = abortedBySignals(KIND, () => recordPath)
  try {
    const { request, inputs } = await readProfileInputs(process.env)
    const folder = path.dirname(request.yaml ?? '')
    recordPath = path.join(folder, `${profileName(request)}.json`)
    // What an earlier step left there is not this run's.
    await rm(recordPath, { force: true })
    leaveAll(recordPath, inputs)
    const record = await profile(request, environmentOf(inputs, recordPath, signal, progress))
    progress.close()
    await publish(record, recordPath, inputs)
  } catch (error) {
    progress.close()
    await explain(KIND, error, recordPath)
  }
  // Children are gone by now; an open handle of a library must not keep the runner waiting.
  process.exit()
}

async function publish(record: ProfileRecord, recordPath: string, inputs: GithubInputs): Promise<void> {
  const files = [recordPath, record.yaml?.path, record.output?.path].filter((file) => file !== undefined)
  const kept = files.filter((file) => existsSync(file))
  // A cancelled step has seconds left: `post` has time to upload.
  const uploadNow = inputs.upload && record.outcome !== 'interrupted'
  const uploaded = uploadNow ? await uploadArtifacts(kept, inputs) : new Map<string, never>()
  if (uploadNow) markDone('upload')
  const artifact = uploaded.get(recordPath)
  setProfileOutputs(
    new Map([
      ...profileOutputsOf(record),
      ['record-path', kept.includes(recordPath) ? recordPath : ''],
      ['artifact-id', artifact?.id ?? ''],
      ['artifact-url', artifact?.url ?? ''],
    ]),
  )
  await writeSummary(renderProfile(record))
  markDone('summary')
  const lines = [profileHeadline(record), ...(record.outcomeReason === null ? [] : [plainText(record.outcomeReason)])]
  if (record.outcome === 'done') core.info(lines.join('\n'))
  else core.setFailed(lines.join('\n'))
}
