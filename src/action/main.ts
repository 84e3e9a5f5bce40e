import { existsSync } from 'node:fs'
import path from 'node:path'

import * as core from '@actions/core'

import type { Environment } from '../core/environment.js'
import { optimize } from '../core/optimize.js'
import { artifactName } from '../core/options.js'
import { escapeMarkdown } from '../core/report/escape.js'
import { headline } from '../core/report/headline.js'
import { outputsOf } from '../core/report/outputs.js'
import { renderReport } from '../core/report/report-markdown.js'
import type { RunRecord } from '../core/report/run-record.js'
import type { OptimizeRequest } from '../core/request.js'
import type { UploadedArtifact } from './artifact.js'
import { judgeInWorkflow } from './baseline/judge.js'
import { commentOn } from './comment/say.js'
import { runUrl } from './github/addresses.js'
import { connect, type Github } from './github/connect.js'
import { ACTION_INPUTS, type GithubInputs, type PullRequestInputs, readInputs } from './inputs.js'
import { setOutputs } from './report.js'
import { conclude, runStep, uploadFiles } from './step.js'

/** The main step: inputs → optimize → baseline and gate → artifacts, outputs, comment, annotations and summary. */
export function runMain(): Promise<void> {
  return runStep({ options: ACTION_INPUTS, setOutputs }, async (begin) => {
    const { request, inputs, workingDirectory } = await readInputs(process.env)
    if (inputs.token !== null) core.setSecret(inputs.token)
    const recordPath = path.join(path.dirname(request.output), recordName(request))
    const environment = await begin(recordPath, inputs)
    const { record } = await optimize(request, environment)
    const github = await connect(inputs.token, environment)
    const names = { package: path.basename(request.output), record: path.basename(recordPath) }
    const judged = await judgeInWorkflow(record, request.gate, { github, names, workingDirectory }, environment)
    return () => publish(judged, { recordPath, inputs, github, environment })
  })
}

function recordName({ name, target }: OptimizeRequest): string {
  return `${artifactName(name, target).replace(/^navpkg-/, 'navpkg-record-')}.json`
}

interface Publishing {
  readonly recordPath: string
  readonly inputs: GithubInputs & PullRequestInputs
  readonly github: Github
  readonly environment: Environment
}

async function publish(record: RunRecord, { recordPath, inputs, github, environment }: Publishing): Promise<void> {
  const kept = existsSync(recordPath) ? [recordPath] : []
  const files = [...(record.package === null ? [] : [record.package.path]), ...kept]
  const uploaded = await uploadFiles(files, inputs, record)
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
  const links = linksOf(artifact, uploaded.get(recordPath), github)
  // A cancelled step has seconds left.
  const isOver = record.outcome === 'interrupted'
  const note = isOver ? null : await commentOn(record, links, { github, inputs }, environment)
  if (note !== null) environment.log.info(note)
  const summary = renderReport(record, links)
  await conclude(note === null ? summary : `${summary}\n> ${escapeMarkdown(note, 2000)}\n`, headline(record), {
    outcome: record.outcome,
    outcomeReason: record.outcomeReason === `${headline(record)}.` ? null : record.outcomeReason,
  })
}

function linksOf(
  navPackage: UploadedArtifact | undefined,
  record: UploadedArtifact | undefined,
  { context }: Github,
): { packageUrl?: string; recordUrl?: string; runUrl?: string } {
  return {
    ...(navPackage === undefined || navPackage.url === '' ? {} : { packageUrl: navPackage.url }),
    ...(record === undefined || record.url === '' ? {} : { recordUrl: record.url }),
    ...(context === null ? {} : { runUrl: runUrl(context, context.runId) }),
  }
}
