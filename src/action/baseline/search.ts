import { z } from 'zod'

import { plainText } from '../../core/report/escape.js'
import type { Baseline } from '../../core/report/run-record.js'
import { parseAnswer } from '../github/answer.js'
import { GithubError } from '../github/client.js'
import { artifactUrl } from '../github/addresses.js'
import type { Artifact } from '../github/artifacts.js'
import {
  commitSchema,
  type Place,
  refusalOfArtifact,
  refusalOfRecord,
  refusalOfRun,
  type Rules,
  runSchema,
  shortSha,
} from './choose.js'
import { artifactsOf, downloadPackage, downloadRecord, repositoryOf, type Source } from './download.js'

/** Of a hundred each: how far back is looked. */
const MAX_ARTIFACT_PAGES = 30
const MAX_COMMIT_PAGES = 10
/** How many packages are looked at more closely, since each costs several requests. */
const MAX_TRIES = 20

/** What is looked for, and what the looking has come to. */
interface Search {
  readonly source: Source
  readonly rules: Rules
  readonly recordName: string
  readonly bySha: Map<string, Artifact[]>
  /** Ids of the artifacts that were looked at, and of those that were looked at more closely. */
  readonly seen: Set<number>
  readonly tried: Set<number>
  /** Why some were not taken, the ends of sentences. */
  readonly refusals: string[]
}

export interface Found {
  readonly file: string
  readonly baseline: Baseline
}

/** The package of the commit `start`, else of the newest one before it. The note says why it is not the first looked for. */
export async function searchArtifacts(
  source: Source,
  rules: Rules,
  recordName: string,
  start: Extract<Place, { kind: 'commit' }>,
): Promise<{ readonly found: Found | null; readonly note: string | null }> {
  const search: Search = {
    source,
    rules,
    recordName,
    bySha: new Map(),
    seen: new Set(),
    tried: new Set(),
    refusals: [],
  }
  const exact = await searchCommit(search, start.sha)
  if (exact !== null) return { found: foundAt(search, exact, start.why), note: null }
  const where = `${shortSha(start.sha)}, ${start.why},`
  const before = await searchBefore(search, start.sha)
  if (before.taken === null) return { found: null, note: noteOfNone(search, where, before.commits) }
  const why = `the newest commit before ${shortSha(start.sha)} that has a package`
  return { found: foundAt(search, before.taken, why), note: `${where} has no package.${notTaken(search)}` }
}

interface Taken {
  readonly artifact: Artifact
  readonly file: string
}

/** Lists artifacts page by page until one of the commit is good; afterwards all that were listed are in `bySha`. */
async function searchCommit(search: Search, sha: string): Promise<Taken | null> {
  const { client, context } = search.source
  const parameters = { ...repositoryOf(context), name: search.rules.name, per_page: 100 }
  for await (const page of client.pages(
    'GET /repos/{owner}/{repo}/actions/artifacts',
    parameters,
    MAX_ARTIFACT_PAGES,
  )) {
    for (const artifact of artifactsOf(page)) {
      const commit = artifact.workflow_run?.head_sha ?? ''
      search.bySha.set(commit, [...(search.bySha.get(commit) ?? []), artifact])
    }
    const taken = await firstGood(search, sha)
    if (taken !== null) return taken
  }
  return null
}

const commitPage = z.array(commitSchema.pick({ sha: true }))

/** Goes back from a commit; says how many it came by. */
async function searchBefore(search: Search, sha: string): Promise<{ taken: Taken | null; commits: number }> {
  const { client, context } = search.source
  let commits = 0
  if (search.bySha.size === 0) return { taken: null, commits }
  const parameters = { ...repositoryOf(context), sha, per_page: 100 }
  for await (const page of client.pages('GET /repos/{owner}/{repo}/commits', parameters, MAX_COMMIT_PAGES)) {
    for (const commit of parseAnswer(commitPage, page, 'commits')) {
      commits += 1
      const taken = await firstGood(search, commit.sha)
      if (taken !== null) return { taken, commits }
    }
  }
  return { taken: null, commits }
}

/** The newest artifact of a commit that is a baseline; each is looked at once. */
async function firstGood(search: Search, sha: string): Promise<Taken | null> {
  for (const artifact of search.bySha.get(sha) ?? []) {
    if (search.seen.has(artifact.id)) continue
    search.seen.add(artifact.id)
    const file = await looked(search, artifact)
    if ('file' in file) return { artifact, file: file.file }
    const run = artifact.workflow_run?.id ?? 0
    search.refusals.push(`that of run ${run}, since ${file.refusal}`)
    search.source.log.debug(`Not taken as baseline: artifact ${artifact.id} of run ${run}: ${file.refusal}`)
  }
  return null
}

type Trial = { readonly file: string } | { readonly refusal: string }

/** Looks closely at one artifact and downloads it. Throws GithubError for what has nothing to do with this one. */
async function looked(search: Search, artifact: Artifact): Promise<Trial> {
  const listed = refusalOfArtifact(artifact, search.rules)
  if (listed !== null) return { refusal: listed }
  if (search.tried.size >= MAX_TRIES) return { refusal: `${MAX_TRIES} others were tried before it` }
  search.tried.add(artifact.id)
  try {
    return await closely(search, artifact)
  } catch (error) {
    // Deleted or expired since it was listed, or larger than it was said to be.
    if (error instanceof GithubError && (error.reason === 'not-found' || error.reason === 'too-large')) {
      return { refusal: `it could not be had: ${error.message.replace(/\.$/, '')}` }
    }
    throw error
  }
}

async function closely({ source, rules, recordName }: Search, artifact: Artifact): Promise<Trial> {
  const runId = artifact.workflow_run?.id ?? 0
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}'
  const { data } = await source.client.request(route, { ...repositoryOf(source.context), run_id: runId })
  const made = refusalOfRun(parseAnswer(runSchema, data, 'a run'), artifact, rules)
  if (made !== null) return { refusal: made }
  const record = await downloadRecord(source, runId, recordName)
  if (typeof record === 'string') return { refusal: record }
  const measured = refusalOfRecord(record)
  if (measured !== null) return { refusal: measured }
  const file = await downloadPackage(source, artifact, record.package?.sha256 ?? null)
  return typeof file === 'string' ? { refusal: file } : file
}

function foundAt({ source }: Search, { artifact, file }: Taken, why: string): Found {
  const { head_sha: commit = '', head_branch: branch, id: runId = 0 } = artifact.workflow_run ?? {}
  const where = typeof branch === 'string' ? `${plainText(branch, 100)} at ${shortSha(commit)}` : shortSha(commit)
  // Made of our own data, so that no stranger's link gets into a report.
  const url = artifactUrl(source.context, runId, artifact.id)
  return { file, baseline: { kind: 'artifact', description: `${where}, ${why}`, commit, url } }
}

function noteOfNone(search: Search, where: string, commits: number): string {
  const { name, workflowPath } = search.rules
  const artifacts = [...search.bySha.values()].reduce((sum, { length }) => sum + length, 0)
  const none =
    artifacts === 0
      ? `No baseline yet: no run of this repository has an artifact ${plainText(name, 100)}.`
      : `No baseline yet: neither ${where} nor a commit before it has a package. Looked at ${artifacts} artifacts ` +
        `named ${plainText(name, 100)} and ${commits} commits.`
  const advice = `A run of ${plainText(workflowPath, 100)} on push, schedule or workflow_dispatch makes one for the commits after it.`
  return `${none}${notTaken(search)} ${advice}`
}

const MAX_REFUSALS = 3

function notTaken({ refusals }: Search): string {
  if (refusals.length === 0) return ''
  const rest = refusals.length - MAX_REFUSALS
  const shown = refusals.slice(0, MAX_REFUSALS).join('; ')
  return ` Not taken: ${shown}${rest > 0 ? `; and ${rest} more` : ''}.`
}
