import { z } from 'zod'

import { workflowFile } from '../github/addresses.js'
import type { GithubClient } from '../github/client.js'
import type { GithubContext } from '../github/context.js'
import { GithubError } from '../github/error.js'
import type { Refusal } from './refusal.js'

/** What the event says of the run that it is about. Asked of GitHub again before anything is made of it. */
export interface ClaimedRun {
  readonly runId: number
  /** null when only its number was given. */
  readonly event: { readonly headSha: string; readonly workflowPath: string } | null
}

/** A finished run of this repository for a pull request, as GitHub knows it. */
export interface SourceRun {
  readonly id: number
  readonly attempt: number
  readonly event: string
  readonly workflowPath: string
  readonly headSha: string
  readonly headBranch: string
  readonly headOwner: string
  readonly headRepositoryId: number
}

const id = z.number().int().positive()

const workflowRunEvent = z.object({
  workflow_run: z.object({ id, head_sha: z.string() }),
  workflow: z.object({ path: z.string() }),
})

/** The run of a `workflow_run` event; null for any other event. */
export function runOfEvent({ event, payload }: Pick<GithubContext, 'event' | 'payload'>): ClaimedRun | null {
  const parsed = workflowRunEvent.safeParse(payload)
  if (event !== 'workflow_run' || !parsed.success) return null
  const { workflow_run: run, workflow } = parsed.data
  return { runId: run.id, event: { headSha: run.head_sha, workflowPath: workflowFile(workflow.path) } }
}

const runSchema = z.object({
  id,
  event: z.string(),
  status: z.string().nullable(),
  path: z.string(),
  run_attempt: id.default(1),
  head_sha: z.string(),
  head_branch: z.string().nullable(),
  repository: z.object({ id }),
  head_repository: z.object({ id, owner: z.object({ login: z.string() }) }).nullish(),
})
type Run = z.infer<typeof runSchema>

/**
 * Asks GitHub for a run and takes it only when it is what its records are believed for: a finished run of this
 * repository, for a pull request, of a workflow that the default branch has. Throws GithubError.
 */
export async function readSourceRun(
  client: GithubClient,
  context: GithubContext,
  claimed: ClaimedRun,
): Promise<SourceRun | Refusal> {
  const { owner, name: repo } = context.repository
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}'
  const { data } = await client.request(route, { owner, repo, run_id: claimed.runId })
  const parsed = runSchema.safeParse(data)
  if (!parsed.success) return { refused: `What GitHub says of run ${claimed.runId} cannot be read.` }
  const run = parsed.data
  const why = whyNotTaken(run, context, claimed)
  if (why !== null) return { refused: `Run ${claimed.runId} ${why}.` }
  if (!(await isOnDefaultBranch(client, context, workflowFile(run.path)))) {
    return {
      refused:
        `The workflow of run ${claimed.runId}, ${workflowFile(run.path)}, is not on the default branch, ` +
        'or the token may not see it (`permissions: contents: read`).',
    }
  }
  return sourceRunOf(run)
}

/** What stands against a run, to follow its number; null when nothing does. */
function whyNotTaken(run: Run, { repository }: GithubContext, { runId, event }: ClaimedRun): string | null {
  if (run.id !== runId) return `is not what GitHub answers with: that is run ${run.id}`
  if (repository.id === null) return 'cannot be checked: the id of this repository is not known'
  if (run.repository.id !== repository.id) return 'is of another repository'
  if (run.event !== 'pull_request') return `was started by ${run.event}, not by pull_request`
  if (run.status !== 'completed') return `is not over: GitHub calls it ${run.status ?? 'unknown'}`
  if (event === null) return null
  if (run.head_sha !== event.headSha) return 'is of another commit than the event says'
  return workflowFile(run.path) === event.workflowPath ? null : 'is of another workflow than the event says'
}

function sourceRunOf(run: Run): SourceRun | Refusal {
  const { head_repository: head, head_branch: headBranch } = run
  if (head == null || headBranch === null) return { refused: `Run ${run.id} is of a fork or branch that is gone.` }
  return {
    id: run.id,
    attempt: run.run_attempt,
    event: run.event,
    workflowPath: workflowFile(run.path),
    headSha: run.head_sha,
    headBranch,
    headOwner: head.owner.login,
    headRepositoryId: head.id,
  }
}

async function isOnDefaultBranch(
  client: GithubClient,
  { repository: { owner, name: repo } }: GithubContext,
  path: string,
): Promise<boolean> {
  try {
    await client.request('GET /repos/{owner}/{repo}/contents/{path}', { owner, repo, path })
    return true
  } catch (error) {
    if (error instanceof GithubError && error.reason === 'not-found') return false
    throw error
  }
}
