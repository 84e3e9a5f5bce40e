import { z } from 'zod'

import type { RestAnswer, RestCall } from './github-server-rest.js'

const request = z.object({
  query: z.string(),
  variables: z.looseObject({
    first: z.number().max(100).optional(),
    after: z.string().nullish(),
    number: z.number().optional(),
  }),
})

/**
 * The comments of a pull request, whatever fields of them are asked for. Reads the variables `number`, `first` and
 * `after`, or numbers that stand in the query itself.
 */
export function answerGraphql({ state, body, identity }: RestCall): RestAnswer {
  const given = request.safeParse(body)
  if (!given.success || !given.data.query.includes('comments')) {
    return {
      status: 200,
      body: { data: null, errors: [{ message: 'Only the comments of a pull request are known here.' }] },
    }
  }
  const { query, variables } = given.data
  const issue = variables.number ?? Number(/pullRequest\(number: (\d+)/.exec(query)?.[1])
  const first = variables.first ?? Number(/first: (\d+)/.exec(query)?.[1] ?? 100)
  if (!state.pullRequests.has(issue)) {
    const message = `Could not resolve to a PullRequest with the number of ${issue}.`
    return {
      status: 200,
      body: { data: { repository: { pullRequest: null } }, errors: [{ type: 'NOT_FOUND', message }] },
    }
  }
  const all = state.comments.filter((one) => one.issue === issue)
  const start = Number(variables.after ?? 0)
  const nodes = all.slice(start, start + first).map((one) => ({
    id: `node-${one.id}`,
    databaseId: one.id,
    fullDatabaseId: String(one.id),
    body: one.body,
    viewerDidAuthor: one.login === identity.login,
    author: { login: one.login.replace('[bot]', '') },
    url: `https://github.com/${state.owner}/${state.name}/pull/${issue}#issuecomment-${one.id}`,
  }))
  const end = start + nodes.length
  const pageInfo = { hasNextPage: end < all.length, endCursor: String(end) }
  const comments = { totalCount: all.length, nodes, pageInfo }
  return { status: 200, body: { data: { repository: { pullRequest: { comments } } } } }
}
