import type { GithubClient } from '../github/client.js'
import type { GithubContext } from '../github/context.js'
import type { ExpectedRun } from './agreement.js'
import type { ReportInputs } from './inputs.js'
import { findPullRequest } from './pull-request.js'
import { isRefusal, type Refusal } from './refusal.js'
import { type ClaimedRun, readSourceRun, runOfEvent } from './source-run.js'

/** Where the records of a report come from, and what they are for. */
export interface Origin {
  /** Whether they are of another run, which may have been a stranger's. */
  readonly isForeign: boolean
  /** Whether the code that measured came from a fork. */
  readonly isFork: boolean
  /** The run that every record must be of; null for files of this job, which its workflow vouches for. */
  readonly run: ExpectedRun | null
  readonly pullRequest: number | null
  readonly headSha: string
}

/** The other run that a report is about; null for the run it is part of. */
export function claimedRun(
  inputs: Pick<ReportInputs, 'runId'>,
  context: GithubContext | null,
): ClaimedRun | Refusal | null {
  const ofEvent = context === null ? null : runOfEvent(context)
  if (inputs.runId === null) {
    if (context?.event === 'workflow_run' && ofEvent === null)
      return { refused: 'The event does not say of which run it is.' }
    return ofEvent
  }
  if (inputs.runId === ofEvent?.runId) return ofEvent
  return inputs.runId === context?.runId ? null : { runId: inputs.runId, event: null }
}

/** What is known of this run itself. */
export function ownOrigin(inputs: Pick<ReportInputs, 'records'>, context: GithubContext | null): Origin {
  const pullRequest = context?.pullRequest ?? null
  const headSha = pullRequest?.headSha ?? context?.sha ?? ''
  return {
    isForeign: false,
    isFork: pullRequest?.isFork ?? false,
    run: inputs.records !== null || context === null ? null : ownRun(context, headSha),
    pullRequest: pullRequest?.number ?? null,
    headSha,
  }
}

function ownRun(context: GithubContext, headSha: string): ExpectedRun {
  const { repository, runId, runAttempt, event, workflowPath, pullRequest } = context
  return {
    repository,
    id: runId,
    attempt: runAttempt,
    event,
    workflowPath,
    headSha,
    pullRequest: pullRequest?.number ?? null,
  }
}

/** What GitHub says of another run, when it and exactly one pull request are as they must be. Throws GithubError. */
export async function foreignOrigin(
  client: GithubClient,
  context: GithubContext,
  claimed: ClaimedRun,
): Promise<Origin | Refusal> {
  const source = await readSourceRun(client, context, claimed)
  if (isRefusal(source)) return source
  const pullRequest = await findPullRequest(client, context, source)
  if (isRefusal(pullRequest)) return pullRequest
  const { id, attempt, event, workflowPath, headSha } = source
  const { repository } = context
  return {
    isForeign: true,
    isFork: source.headRepositoryId !== repository.id,
    run: { repository, id, attempt, event, workflowPath, headSha, pullRequest: pullRequest.number },
    pullRequest: pullRequest.number,
    headSha,
  }
}
