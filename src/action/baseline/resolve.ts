import { access, constants, stat } from 'node:fs/promises'
import path from 'node:path'

import { z } from 'zod'

import type { Log } from '../../core/platform/log.js'
import { plainText } from '../../core/report/escape.js'
import type { BaselineInput } from '../../core/request.js'
import { artifactUrl, workflowFile } from '../github/addresses.js'
import { parseAnswer } from '../github/answer.js'
import { GithubError, type GithubClient } from '../github/client.js'
import type { GithubContext } from '../github/context.js'
import { isEnterpriseServer } from '../github/server.js'
import {
  type Commit,
  commitSchema,
  parentOf,
  type Place,
  recordNameFor,
  type Rules,
  runSchema,
  startOf,
} from './choose.js'
import { artifactOfRun, downloadPackage, MAX_PACKAGE_BYTES, repositoryOf, type Source } from './download.js'
import { checkedOutCommit } from './git.js'
import { releaseBaseline } from './release.js'
import { type Found, searchArtifacts } from './search.js'

/** What finding a baseline needs. */
export interface BaselineOptions {
  readonly context: GithubContext | null
  /** null without a token. */
  readonly client: GithubClient | null
  /** Names of this run's own artifacts, and so of those that earlier runs left. */
  readonly names: { readonly package: string; readonly record: string }
  /** Where a baseline is downloaded to. */
  readonly folder: string
  readonly workingDirectory: string
  readonly log: Log
  readonly signal: AbortSignal
}

/** A baseline, and sentences on why there is none or not the one first looked for. */
export interface ResolvedBaseline {
  readonly found: Found | null
  readonly note: string | null
}

/**
 * Finds and fetches the package to compare with. Never throws: whatever GitHub answers, there is no baseline then, and
 * the note says why and what would help.
 */
export async function resolveBaseline(input: BaselineInput, options: BaselineOptions): Promise<ResolvedBaseline> {
  try {
    return await resolved(input, options)
  } catch (error) {
    if (options.signal.aborted) return without('The run was interrupted before a baseline was found')
    options.log.debug(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return without(`No baseline could be fetched: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function without(why: string): ResolvedBaseline {
  return { found: null, note: `${why.replace(/\.$/, '')}.` }
}

async function resolved(input: BaselineInput, options: BaselineOptions): Promise<ResolvedBaseline> {
  switch (input.kind) {
    case 'none':
      return { found: null, note: null }
    case 'file':
      return resolveFile(input.path, options)
    case 'release':
    case 'artifact':
    case 'auto': {
      const source = sourceOf(options)
      return typeof source === 'string' ? without(source) : resolveOnGithub(input, source, options)
    }
  }
}

async function resolveFile(given: string, { workingDirectory }: BaselineOptions): Promise<ResolvedBaseline> {
  const file = path.resolve(workingDirectory, given)
  const shown = plainText(given, 200)
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile) return without(`There is no baseline: no file ${shown} in ${workingDirectory}`)
  const readable = await access(file, constants.R_OK).then(
    () => true,
    () => false,
  )
  if (!readable) return without(`There is no baseline: ${shown} may not be read`)
  return { found: { file, baseline: { kind: 'file', description: shown, commit: null, url: null } }, note: null }
}

function sourceOf({ context, client, folder, log }: BaselineOptions): Source | string {
  if (context === null) return 'There is no baseline: this is no workflow run on GitHub, where one would be looked for'
  if (client === null) return 'There is no baseline: looking for one needs a token (see the input github-token)'
  return { context, client, folder, log }
}

async function resolveOnGithub(
  input: Exclude<BaselineInput, { kind: 'none' | 'file' }>,
  source: Source,
  options: BaselineOptions,
): Promise<ResolvedBaseline> {
  if (input.kind === 'release') {
    const found = await releaseBaseline(source, input.tag, input.asset)
    return typeof found === 'string' ? without(`There is no baseline: ${found}`) : { found, note: null }
  }
  const { serverUrl } = source.context
  if (isEnterpriseServer(serverUrl)) {
    return without(
      `There is no baseline: GitHub Enterprise Server (${new URL(serverUrl).hostname}) does not have the artifacts that ` +
        'earlier runs would have left; `baseline: PATH` and `release:TAG/ASSET` work there',
    )
  }
  const name = input.kind === 'artifact' ? input.name : options.names.package
  // Under our own name it would be what an earlier attempt of this very run measured.
  const ofThisRun = name === options.names.package ? null : await ofOwnRun(source, name)
  return ofThisRun ?? ofEarlierRuns(source, name, options)
}

async function ofOwnRun(source: Source, name: string): Promise<ResolvedBaseline | null> {
  const { runId } = source.context
  const artifact = await artifactOfRun(source, runId, name)
  if (artifact === null) return null
  const shown = plainText(name, 100)
  const file = await downloadPackage(source, artifact, null)
  if (typeof file === 'string') return without(`There is no baseline: ${shown} of this run is not taken, since ${file}`)
  const description = `the artifact ${shown} of this run`
  const url = artifactUrl(source.context, runId, artifact.id)
  return { found: { ...file, baseline: { kind: 'artifact', description, commit: null, url } }, note: null }
}

async function ofEarlierRuns(source: Source, name: string, options: BaselineOptions): Promise<ResolvedBaseline> {
  const repository = await repositoryFacts(source)
  const start = await startHere(source, options, repository.default_branch)
  if (start.kind === 'nowhere') return without(`No baseline yet: ${start.note}`)
  const rules: Rules = {
    name,
    repositoryId: repository.id,
    workflowPath: source.context.workflowPath ?? (await ownWorkflowPath(source)),
    maxBytes: MAX_PACKAGE_BYTES,
  }
  return searchArtifacts(source, rules, recordNameFor(name, options.names), start)
}

const repositorySchema = z.object({ id: z.number().int().positive(), default_branch: z.string() })

/** From the event where that says it; some events have no payload. */
async function repositoryFacts({ client, context }: Source): Promise<z.infer<typeof repositorySchema>> {
  const { repository, defaultBranch } = context
  if (repository.id !== null && defaultBranch !== null) return { id: repository.id, default_branch: defaultBranch }
  const { data } = await client.request('GET /repos/{owner}/{repo}', repositoryOf(context))
  return parseAnswer(repositorySchema, data, 'the repository')
}

async function ownWorkflowPath({ client, context }: Source): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}'
  const { data } = await client.request(route, { ...repositoryOf(context), run_id: context.runId })
  return workflowFile(parseAnswer(runSchema, data, 'this run').path)
}

/** The commit to begin with, found from what is checked out. A shallow clone has no parents: GitHub is asked for them. */
async function startHere(source: Source, options: BaselineOptions, defaultBranch: string): Promise<Place> {
  const head = await headCommit(source, options)
  const start = startOf(source.context, head, defaultBranch)
  if (start.kind !== 'merge-base') return start
  const { client, context } = source
  const { data } = await client.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
    ...repositoryOf(context),
    basehead: `${start.base}...${start.head}`,
    per_page: 1,
  })
  const mergeBase = parseAnswer(z.object({ merge_base_commit: commitSchema }), data, 'a merge base').merge_base_commit
  if (mergeBase.sha !== start.head) return { kind: 'commit', sha: mergeBase.sha, why: start.why }
  return parentOf(mergeBase)
}

/** What is checked out, where GitHub knows it; else the commit the run is for. */
async function headCommit(source: Source, { workingDirectory }: BaselineOptions): Promise<Commit> {
  const { sha } = source.context
  const local = await checkedOutCommit(workingDirectory)
  if (local === null || local === sha) return commitOf(source, sha)
  try {
    return await commitOf(source, local)
  } catch (error) {
    const unknown = error instanceof GithubError && (error.reason === 'not-found' || error.reason === 'invalid')
    if (!unknown) throw error
    return commitOf(source, sha)
  }
}

async function commitOf({ client, context }: Source, sha: string): Promise<Commit> {
  const route = 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}'
  const { data } = await client.request(route, { ...repositoryOf(context), commit_sha: sha })
  return parseAnswer(commitSchema, data, 'a commit')
}
