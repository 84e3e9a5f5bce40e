import { z } from 'zod'

import type { GithubClient } from '../github/client.js'
import { GithubError } from '../github/error.js'

/** The comments of one pull request. */
export interface Thread {
  readonly repository: { readonly owner: string; readonly name: string }
  readonly pullRequest: number
}

export interface Comment {
  readonly id: number
  readonly body: string
  readonly url: string
}

const QUERY = `
  query ($owner: String!, $name: String!, $number: Int!, $after: String) {
    repository(owner: $owner, name: $name) {
      pullRequest(number: $number) {
        comments(first: 100, after: $after) {
          nodes { body viewerDidAuthor url }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
`
/** GitHub closes a thread to comments at 2,500. */
const MAX_PAGES = 30

const pageSchema = z.object({
  repository: z.object({
    pullRequest: z.object({
      comments: z.object({
        nodes: z.array(z.object({ body: z.string(), viewerDidAuthor: z.boolean(), url: z.string() }).nullable()),
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      }),
    }),
  }),
})

/**
 * The comments that this token wrote and that begin with `marker`, the oldest first. Who wrote one GitHub says itself:
 * anybody can write the marker, and the token of a workflow may not ask who it is. Throws GithubError.
 */
export async function findOwn(client: GithubClient, thread: Thread, marker: string): Promise<Comment[]> {
  const { owner, name } = thread.repository
  const own: Comment[] = []
  let after: string | null = null
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await client.graphql(QUERY, { owner, name, number: thread.pullRequest, after })
    const { nodes, pageInfo } = read(pageSchema, answer, 'the comments').repository.pullRequest.comments
    for (const node of nodes) {
      if (node?.viewerDidAuthor !== true || !node.body.startsWith(marker)) continue
      own.push({ id: idOf(node.url), body: node.body.replaceAll('\r\n', '\n'), url: node.url })
    }
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) break
    after = pageInfo.endCursor
  }
  return own.sort((a, b) => a.id - b.id)
}

/** The id by which REST knows it. The field `databaseId` is deprecated: it does not hold the ids of today. */
function idOf(url: string): number {
  const id = /#issuecomment-(\d+)$/.exec(url)?.[1]
  if (id === undefined) throw unreadable('the comments')
  return Number(id)
}

/** The newest commit of the pull request. Throws GithubError. */
export async function headOf(client: GithubClient, { repository, pullRequest }: Thread): Promise<string> {
  const { owner, name: repo } = repository
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}'
  const { data } = await client.request(route, { owner, repo, pull_number: pullRequest })
  return read(z.object({ head: z.object({ sha: z.string() }) }), data, 'the pull request').head.sha
}

/** Adds a comment. Throws GithubError. */
export async function create(
  client: GithubClient,
  { repository: { owner, name: repo }, pullRequest }: Thread,
  body: string,
): Promise<Comment> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments'
  const { data } = await client.request(route, { owner, repo, issue_number: pullRequest, body })
  const { id, html_url: url } = read(z.object({ id: z.number(), html_url: z.string() }), data, 'the new comment')
  return { id, body, url }
}

/** Replaces the text of a comment. Throws GithubError. */
export async function update(client: GithubClient, thread: Thread, id: number, body: string): Promise<void> {
  const { owner, name: repo } = thread.repository
  const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}'
  await client.request(route, { owner, repo, comment_id: id, body })
}

/** Takes a comment away. Throws GithubError. */
export async function remove(client: GithubClient, thread: Thread, id: number): Promise<void> {
  const { owner, name: repo } = thread.repository
  await client.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { owner, repo, comment_id: id })
}

function read<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer)
  if (!parsed.success) throw unreadable(what)
  return parsed.data
}

function unreadable(what: string): GithubError {
  return new GithubError('server', null, `What GitHub says of ${what} cannot be read.`)
}
