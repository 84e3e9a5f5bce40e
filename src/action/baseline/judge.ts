import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'

import { type FoundBaseline, judgeRun } from '../../core/against-baseline.js'
import type { Environment } from '../../core/environment.js'
import type { RunRecord } from '../../core/report/run-record.js'
import type { BaselineInput, GateRequest } from '../../core/request.js'
import { type Github, workflowOf } from '../github/connect.js'
import { resolveBaseline } from './resolve.js'

/** The names under which a run uploads what it made. */
export interface ArtifactNames {
  readonly package: string
  readonly record: string
}

/**
 * Looks for the baseline of a run that is done, holds the run to it and to its objectives, and gives the record that says
 * so, and which workflow run it is of; it is written in its place. A run that was cancelled looks for nothing.
 */
export async function judgeInWorkflow(
  measured: RunRecord,
  request: GateRequest,
  { github, names, workingDirectory }: { github: Github; names: ArtifactNames; workingDirectory: string },
  environment: Environment,
): Promise<RunRecord> {
  const record = { ...measured, workflow: workflowOf(github.context) }
  const policy = { ...request, isDefaultBranchPush: github.context?.isDefaultBranchPush ?? false }
  if (record.outcome !== 'done' || record.package === null) {
    return judgeRun(record, null, null, policy, environment)
  }
  const folder = await makeFolder(environment.temporaryDir)
  try {
    const { found, note } = await find(request, { github, names, workingDirectory, folder }, environment)
    if (note !== null) environment.log.info(note)
    if (found !== null) environment.log.info(`Baseline: ${found.baseline.description}`)
    return await judgeRun(record, found, note, policy, environment)
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function makeFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true })
  return mkdtemp(path.join(parent, 'navpkg-baseline-'))
}

interface Search {
  readonly github: Github
  readonly names: ArtifactNames
  readonly workingDirectory: string
  readonly folder: string
}

/** Never fails: what was measured is worth more than what it could be compared with. */
async function find(
  { baseline }: GateRequest,
  { github, ...search }: Search,
  { log, signal }: Environment,
): Promise<{ found: FoundBaseline | null; note: string | null }> {
  try {
    return await resolveBaseline(named(baseline, search.workingDirectory), { ...github, ...search, log, signal })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { found: null, note: `There is no baseline to compare with, since looking for it failed: ${why}` }
  }
}

/** A file by the name that people know it under: descriptions are made of it. */
function named(baseline: BaselineInput, workingDirectory: string): BaselineInput {
  if (baseline.kind !== 'file') return baseline
  return { kind: 'file', path: path.relative(workingDirectory, baseline.path) }
}
