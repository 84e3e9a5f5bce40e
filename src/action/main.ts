import { existsSync } from 'node:fs'
import path from 'node:path'

import { optimize } from '../core/optimize.js'
import { artifactName, OPTIMIZE_OPTIONS } from '../core/options.js'
import { renderSummary } from '../core/report/markdown.js'
import { outputsOf } from '../core/report/outputs.js'
import type { RunRecord } from '../core/report/run-record.js'
import { headline } from '../core/report/headline.js'
import type { OptimizeRequest } from '../core/request.js'
import { type GithubInputs, readInputs } from './inputs.js'
import { setOutputs } from './report.js'
import { conclude, runStep, uploadFiles } from './step.js'

/** The main step: inputs → optimize → artifacts, outputs, annotations and summary. */
export function runMain(): Promise<void> {
  return runStep({ options: OPTIMIZE_OPTIONS, setOutputs }, async (begin) => {
    const { request, inputs } = await readInputs(process.env)
    const recordPath = path.join(path.dirname(request.output), recordName(request))
    const { record } = await optimize(request, await begin(recordPath, inputs))
    return () => publish(record, recordPath, inputs)
  })
}

function recordName({ name, target }: OptimizeRequest): string {
  return `${artifactName(name, target).replace(/^navpkg-/, 'navpkg-record-')}.json`
}

async function publish(record: RunRecord, recordPath: string, inputs: GithubInputs): Promise<void> {
  const kept = existsSync(recordPath) ? [recordPath] : []
  const files = [...(record.package === null ? [] : [record.package.path]), ...kept]
  const artifact = (await uploadFiles(files, inputs, record)).get(record.package?.path ?? '')
  setOutputs(
    new Map([
      ...outputsOf(record),
      ['record-path', kept[0] ?? ''],
      ['artifact-id', artifact?.id ?? ''],
      ['artifact-url', artifact?.url ?? ''],
      ['artifact-digest', record.package?.sha256 ?? ''],
    ]),
  )
  const summary = renderSummary(record, artifact === undefined ? {} : { packageUrl: artifact.url })
  await conclude(summary, headline(record), record)
}
