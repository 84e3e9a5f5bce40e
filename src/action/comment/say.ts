import type { Environment } from '../../core/environment.js'
import { sectionOf, type SectionOptions } from '../../core/report/comment-section.js'
import type { RunRecord } from '../../core/report/run-record.js'
import type { Github } from '../github/connect.js'
import type { GithubContext } from '../github/context.js'
import type { PullRequestInputs } from '../inputs.js'
import { NOTHING_TO_SAY, postComment } from './post.js'

/** Why a fork's pull request has no comment, and who writes one. */
export const FORK =
  'Nothing was written on the pull request: it comes from a fork, whose token may only read. ' +
  'The action in report/ does that from a workflow_run workflow of this repository.'

/**
 * Says on the pull request what came of a run, where there is a pull request and a comment is wanted. Gives a sentence on
 * why that could not be done, else null. Never fails: everything is in the summary and the record too.
 */
export async function commentOn(
  record: RunRecord,
  links: Omit<SectionOptions, 'run'>,
  { github, inputs }: { github: Github; inputs: PullRequestInputs },
  { log }: Pick<Environment, 'log'>,
): Promise<string | null> {
  const { context, client } = github
  const pullRequest = context?.pullRequest ?? null
  if (context === null || pullRequest === null || inputs.comment === 'never') return null
  if (isReadOnly(context)) return FORK
  if (client === null) return 'Nothing was written on the pull request: the input github-token is empty.'
  try {
    const posted = await postComment(client, {
      repository: context.repository,
      pullRequest: pullRequest.number,
      headSha: pullRequest.headSha,
      commentKey: inputs.commentKey,
      mode: inputs.comment,
      sections: [sectionOf(record, { ...links, run: { headSha: pullRequest.headSha, runId: context.runId } })],
      log,
    })
    if ('skipped' in posted) return posted.skipped === NOTHING_TO_SAY ? null : posted.skipped
    log.info(`The pull request says so: ${posted.url}`)
    return null
  } catch (error) {
    return `Nothing was written on the pull request: ${error instanceof Error ? error.message : String(error)}`
  }
}

/**
 * Whether the token may only read whatever the workflow asks for: that of a fork's pull request. Other events run in the
 * repository's own name, wherever the head comes from.
 */
export function isReadOnly({ event, pullRequest }: GithubContext): boolean {
  return event === 'pull_request' && pullRequest?.isFork === true
}
