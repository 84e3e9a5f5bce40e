import type { Environment } from '../../core/environment.js'
import type { RunRecord } from '../../core/report/run-record.js'
import { createGithubClient, type GithubClient } from './client.js'
import { type GithubContext, readContext } from './context.js'

/** What is known of the workflow run, and a way to ask GitHub; null where there is none. */
export interface Github {
  readonly context: GithubContext | null
  readonly client: GithubClient | null
}

/** Never fails: what was measured is worth more than what GitHub could add to it. */
export async function connect(
  token: string | null,
  { log, signal }: Pick<Environment, 'log' | 'signal'>,
): Promise<Github> {
  try {
    const context = await readContext(process.env)
    if (context === null || token === null) return { context, client: null }
    const { apiUrl, graphqlUrl } = context
    return { context, client: await createGithubClient({ token, apiUrl, graphqlUrl, log, signal }) }
  } catch (error) {
    log.warn(`GitHub could not be asked for anything: ${error instanceof Error ? error.message : String(error)}`)
    return { context: null, client: null }
  }
}

/** The workflow run in the words of a record. */
export function workflowOf(context: GithubContext | null): RunRecord['workflow'] {
  if (context === null) return null
  const { repository, runId, runAttempt, event, workflowPath, sha, pullRequest } = context
  return {
    repository: `${repository.owner}/${repository.name}`,
    ...{ runId, runAttempt, event, sha },
    path: workflowPath,
    headSha: pullRequest?.headSha ?? sha,
    pullRequest: pullRequest?.number ?? null,
  }
}
