import { existsSync } from 'node:fs'
import path from 'node:path'

import { PROFILE_OPTIONS } from '../core/profile-options.js'
import { profile } from '../core/profile.js'
import { profileOutputsOf } from '../core/report/outputs.js'
import { profileHeadline } from '../core/report/profile-figures.js'
import { renderProfile } from '../core/report/profile-markdown.js'
import type { ProfileRecord } from '../core/report/profile-record.js'
import { type GithubInputs, profileName, readProfileInputs } from './inputs.js'
import { setProfileOutputs } from './report.js'
import { conclude, runStep, uploadFiles } from './step.js'

/** The step of `profile/action.yml`: inputs → profile → artifacts, outputs, annotations and summary. */
export function runProfile(): Promise<void> {
  return runStep({ options: PROFILE_OPTIONS, setOutputs: setProfileOutputs }, async (begin) => {
    const { request, inputs } = await readProfileInputs(process.env)
    const recordPath = path.join(path.dirname(request.yaml ?? ''), `${profileName(request)}.json`)
    const record = await profile(request, await begin(recordPath, inputs))
    return () => publish(record, recordPath, inputs)
  })
}

async function publish(record: ProfileRecord, recordPath: string, inputs: GithubInputs): Promise<void> {
  const files = [recordPath, record.yaml?.path, record.output?.path].filter((file) => file !== undefined)
  const kept = files.filter((file) => existsSync(file))
  const artifact = (await uploadFiles(kept, inputs, record)).get(recordPath)
  setProfileOutputs(
    new Map([
      ...profileOutputsOf(record),
      ['record-path', kept.includes(recordPath) ? recordPath : ''],
      ['artifact-id', artifact?.id ?? ''],
      ['artifact-url', artifact?.url ?? ''],
    ]),
  )
  await conclude(renderProfile(record), profileHeadline(record), record)
}
