import { z } from 'zod'

import { plainText } from '../../core/report/escape.js'
import type { RunRecord } from '../../core/report/run-record.js'
import { BASELINE_EVENTS } from '../../core/report/verdict-headline.js'
import { workflowFile } from '../github/addresses.js'
import type { Artifact } from '../github/artifacts.js'
import type { GithubContext } from '../github/context.js'

const id = z.number().int().positive()
const sha = z.string().regex(/^[0-9a-f]{40,64}$/)

export const commitSchema = z.object({ sha, parents: z.array(z.object({ sha })) })
export type Commit = z.infer<typeof commitSchema>

/** A workflow run as GitHub describes it. */
export const runSchema = z.object({
  id,
  event: z.string(),
  path: z.string(),
  head_sha: z.string(),
  head_repository: z.object({ id }).nullish(),
})
export type WorkflowRun = z.infer<typeof runSchema>

/** The commit whose package is the right one to compare with, or how to find it. `why` explains it after a commit's name. */
export type Start =
  Place | { readonly kind: 'merge-base'; readonly base: string; readonly head: string; readonly why: string }

/** Where to begin to look, or why nowhere. */
export type Place =
  | { readonly kind: 'commit'; readonly sha: string; readonly why: string }
  | { readonly kind: 'nowhere'; readonly note: string }

const MERGED_INTO = 'which this pull request is merged into'
const PARENT = 'the parent of this commit'

/** Decides what `auto` compares `head`, the commit that is checked out, with. */
export function startOf(context: GithubContext, head: Commit, defaultBranch: string): Start {
  const { pullRequest, mergeGroupBaseSha } = context
  if (mergeGroupBaseSha !== null) return { kind: 'commit', sha: mergeGroupBaseSha, why: 'the base of this merge group' }
  if (pullRequest !== null) {
    const [first, second] = head.parents
    // GitHub's merge of a pull request: the base is its first parent, the pull request's newest commit the second.
    if (first !== undefined && second?.sha === pullRequest.headSha)
      return { kind: 'commit', sha: first.sha, why: MERGED_INTO }
    const why = `where this pull request left ${plainText(pullRequest.baseRef, 100)}`
    return { kind: 'merge-base', base: pullRequest.baseSha, head: pullRequest.headSha, why }
  }
  if (context.isDefaultBranchPush) return parentOf(head)
  const why = `where this commit left ${plainText(defaultBranch, 100)}`
  return { kind: 'merge-base', base: defaultBranch, head: head.sha, why }
}

/** For a commit that is on the branch it would be compared with: comparing it with itself would say nothing. */
export function parentOf({ parents }: Commit): Place {
  const [first] = parents
  return first === undefined
    ? { kind: 'nowhere', note: 'this is the first commit' }
    : { kind: 'commit', sha: first.sha, why: PARENT }
}

/** What an artifact must be to count as a baseline. */
export interface Rules {
  readonly name: string
  readonly repositoryId: number
  readonly workflowPath: string
  readonly maxBytes: number
}

/** Why an artifact is no baseline, by what its listing says; null when it may be one. The end of a sentence. */
export function refusalOfArtifact(artifact: Artifact, rules: Rules): string | null {
  if (artifact.name !== rules.name) return `its name is ${plainText(artifact.name, 100)}`
  if (artifact.workflow_run?.head_repository_id !== rules.repositoryId) return 'a fork made it'
  if (artifact.expired) return 'it has expired'
  if (artifact.size_in_bytes > rules.maxBytes) return `it is larger than ${rules.maxBytes} bytes`
  return null
}

/** Why the run that made an artifact makes no baselines; null when it does. A fork may have a branch called main. */
export function refusalOfRun(run: WorkflowRun, artifact: Artifact, rules: Rules): string | null {
  if (!BASELINE_EVENTS.includes(run.event)) return `its event was ${plainText(run.event, 50)}`
  if (run.head_repository?.id !== rules.repositoryId) return 'a fork made it'
  const path = workflowFile(run.path)
  if (path !== rules.workflowPath) return `another workflow made it (${plainText(path, 100)})`
  if (run.head_sha !== artifact.workflow_run?.head_sha) return 'its commit is not that of its run'
  return null
}

/** Why what was measured is no baseline; null when it is. A merged regression is one, so that it is red only once. */
export function refusalOfRecord({ outcome, package: saved }: RunRecord): string | null {
  if (outcome !== 'done' && outcome !== 'gate-failed') return `its run ended as ${outcome}`
  return saved === null ? 'its run saved no package' : null
}

/** The name of the record that is uploaded beside a package. */
export function recordNameFor(name: string, names: { readonly package: string; readonly record: string }): string {
  if (name === names.package) return names.record
  const [, slug] = /^navpkg-(.+)\.nav$/.exec(name) ?? []
  return slug === undefined ? names.record : `navpkg-record-${slug}.json`
}

/** `1a2b3c4` */
export function shortSha(commit: string): string {
  return commit.slice(0, 7)
}
