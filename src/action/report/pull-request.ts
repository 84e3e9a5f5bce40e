import { z } from 'zod'

import type { GithubClient } from '../github/client.js'
import type { GithubContext } from '../github/context.js'
import type { Refusal } from './refusal.js'
import type { SourceRun } from './source-run.js'

const repository = z.object({ id: z.number().int() }).nullish()
const pullRequestSchema = z.object({
  number: z.number().int().positive(),
  head: z.object({ sha: z.string(), repo: repository }),
  base: z.object({ repo: repository }),
})
type PullRequest = z.infer<typeof pullRequestSchema>

const PER_PAGE = 100
/** One branch has a pull request per branch it may go to; nobody has hundreds. */
const MAX_PAGES = 5

/**
 * The one open pull request that a run measured: of its head's owner and branch, at its very commit, from its head
 * repository into this one. GitHub's own list of a run's pull requests is empty for forks. Throws GithubError.
 */
export async function findPullRequest(
  client: GithubClient,
  { repository: { owner, name: repo, id } }: GithubContext,
  run: SourceRun,
): Promise<{ readonly number: number } | Refusal> {
  const head = `${run.headOwner}:${run.headBranch}`
  const parameters = { owner, repo, head, state: 'open', per_page: PER_PAGE }
  const open: PullRequest[] = []
  for await (const page of client.pages('GET /repos/{owner}/{repo}/pulls', parameters, MAX_PAGES)) {
    const parsed = z.array(pullRequestSchema).safeParse(page)
    if (!parsed.success) return { refused: `What GitHub says of the pull requests of ${head} cannot be read.` }
    open.push(...parsed.data)
  }
  return choose(
    open.filter(({ head, base }) => head.repo?.id === run.headRepositoryId && base.repo?.id === id),
    run,
    head,
  )
}

function choose(open: readonly PullRequest[], { headSha, id }: SourceRun, head: string): { number: number } | Refusal {
  const [found, ...others] = open.filter((one) => one.head.sha === headSha)
  if (found !== undefined && others.length === 0) return { number: found.number }
  if (found !== undefined) {
    const numbers = [found, ...others].map(({ number }) => `#${number}`).join(' and ')
    return {
      refused: `Run ${id} belongs to several pull requests of ${head}, ${numbers}, and cannot say which it is for.`,
    }
  }
  const [newer] = open
  return {
    refused:
      newer === undefined
        ? `There is no open pull request of ${head} any more.`
        : `The pull request #${newer.number} of ${head} has moved on to ${newer.head.sha.slice(0, 7)}; run ${id} measured ${headSha.slice(0, 7)}.`,
  }
}
