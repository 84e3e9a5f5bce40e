import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'

import * as core from '@actions/core'

import { optimize } from '../core/optimize.js'
import { artifactName, OPTIMIZE_OPTIONS } from '../core/options.js'
import { plainText } from '../core/report/escape.js'
import { renderSummary } from '../core/report/markdown.js'
import { outputsOf } from '../core/report/outputs.js'
import type { RunRecord } from '../core/report/run-record.js'
import { headline } from '../core/report/headline.js'
import type { OptimizeRequest } from '../core/request.js'
import { uploadArtifacts } from './artifact.js'
import { type GithubInputs, readInputs } from './inputs.js'
import { leaveAll, markDone } from './post-state.js'
import { createProgressLog } from './progress-log.js'
import { setOutputs, writeSummary } from './report.js'
import { abortedBySignals, environmentOf, explain, type StepKind } from './step.js'

const KIND: StepKind = { options: OPTIMIZE_OPTIONS, setOutputs }

/** The main step: inputs → optimize → artifacts, outputs, annotations and summary. The one catch is here. */
export async function runMain(): Promise<void> {
  const progress = createProgressLog()
  let recordPath: string | null = null
  const signal = abortedBySignals(KIND, () => recordPath)
  try {
    const { request, inputs } = await readInputs(process.env)
    recordPath = path.join(path.dirname(request.output), recordName(request))
    // What an earlier step left there is not this run's.
    await rm(recordPath, { force: true })
    leaveAll(recordPath, inputs)
    const { record } = await optimize(request, environmentOf(inputs, recordPath, signal, progress))
    progress.close()
    await publish(record, recordPath, inputs)
  } catch (error) {
    progress.close()
    await explain(KIND, error, recordPath)
  }
  // Children are gone by now; an open handle of a library must not keep the runner waiting.
  process.exit()
}

function recordName({ name, target }: OptimizeRequest): string {
  return `${artifactName(name, target).replace(/^navpkg-/, 'navpkg-record-')}.json`
}

async function publish(record: RunRecord, recordPath: string, inputs: GithubInputs): Promise<void> {
  const kept = existsSync(recordPath) ? [recordPath] : []
  const files = [...(record.package === null ? [] : [record.package.path]), ...kept]
  // A cancelled step has seconds left: `post` has time to upload.
  const uploadNow = inputs.upload && record.outcome !== 'interrupted'
  const uploaded = uploadNow ? await uploadArtifacts(files, inputs) : new Map<string, never>()
  if (uploadNow) markDone('upload')
  const artifact = uploaded.get(record.package?.path ?? '')
  setOutputs(
    new Map([
      ...outputsOf(record),
      ['record-path', kept[0] ?? ''],
      ['artifact-id', artifact?.id ?? ''],
      ['artifact-url', artifact?.url ?? ''],
      ['artifact-digest', record.package?.sha256 ?? ''],
    ]),
  )
  await writeSummary(renderSummary(record, artifact === undefined ? {} : { packageUrl: artifact.url }))
  markDone('summary')
  const lines = [headline(record), ...(record.outcomeReason === null ? [] : [plainText(record.outcomeReason)])]
  if (record.outcome === 'done') core.info(lines.join('\n'))
  else core.setFailed(lines.join('\n'))
}
