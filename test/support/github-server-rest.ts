import { createHash } from 'node:crypto'

import { z } from 'zod'

import type { StoredArtifact } from './artifact-service.js'
import type { Commit, GithubState, Identity, PullRequest, Release, Run } from './github-server-state.js'

/** One request to the API. */
export interface RestCall {
  readonly state: GithubState
  /** Where the server is reached. */
  readonly url: string
  /** What the parentheses of the route's pattern matched, decoded. */
  readonly parts: readonly string[]
  readonly query: URLSearchParams
  readonly body: unknown
  readonly accept: string
  readonly identity: Identity
}

/** An answer: JSON, or nothing with a redirect. */
export interface RestAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

type Route = readonly [method: string, path: RegExp, answer: (call: RestCall) => RestAnswer]

/** The routes that the action uses, below `/repos/{owner}/{repo}`. Forms: docs.github.com/rest. */
export const ROUTES: readonly Route[] = [
  ['GET', /^$/, ({ state }) => ok(repository(state))],
  ['GET', /^\/git\/commits\/([^/]+)$/, ({ state, parts }) => found(state.commits.get(part(parts)), commit)],
  ['GET', /^\/commits$/, listCommits],
  ['GET', /^\/commits\/([^/]+)$/, ({ state, parts }) => found(state.resolve(part(parts)), commit)],
  ['GET', /^\/commits\/([^/]+)\/pulls$/, (call) => pulls(call, (one) => one.headSha === part(call.parts))],
  ['GET', /^\/compare\/(.+)\.\.\.(.+)$/, compare],
  ['GET', /^\/actions\/runs$/, listRuns],
  [
    'GET',
    /^\/actions\/runs\/(\d+)$/,
    (call) => found(call.state.runs.get(Number(part(call.parts))), (run) => shownRun(call.state, run)),
  ],
  [
    'GET',
    /^\/actions\/runs\/(\d+)\/artifacts$/,
    (call) => listArtifacts(call, (run) => run.id === Number(part(call.parts))),
  ],
  ['GET', /^\/actions\/artifacts$/, (call) => listArtifacts(call, () => true)],
  ['GET', /^\/actions\/artifacts\/(\d+)\/zip$/, downloadArtifact],
  ['GET', /^\/releases\/latest$/, ({ state }) => found(state.releases.at(-1), release)],
  [
    'GET',
    /^\/releases\/tags\/(.+)$/,
    ({ state, parts }) =>
      found(
        state.releases.find(({ tag }) => tag === part(parts)),
        release,
      ),
  ],
  ['GET', /^\/releases\/(\d+)\/assets$/, listAssets],
  ['GET', /^\/releases\/assets\/(\d+)$/, downloadAsset],
  ['GET', /^\/pulls$/, (call) => pulls(call, (one) => matchesList(one, call.query))],
  [
    'GET',
    /^\/pulls\/(\d+)$/,
    (call) => found(call.state.pullRequests.get(Number(part(call.parts))), (one) => shownPull(call.state, one)),
  ],
  ['GET', /^\/issues\/(\d+)\/comments$/, listComments],
  ['POST', /^\/issues\/(\d+)\/comments$/, createComment],
  ['PATCH', /^\/issues\/comments\/(\d+)$/, updateComment],
  ['DELETE', /^\/issues\/comments\/(\d+)$/, deleteComment],
  ['GET', /^\/contents\/(.+)$/, contents],
]

const ok = (body: unknown, headers = {}): RestAnswer => ({ status: 200, body, headers })
const refused = (status: number, message: string): RestAnswer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest' },
})
const part = (parts: readonly string[], index = 0): string => parts[index] ?? ''

function found<T>(one: T | undefined, shown: (one: T) => object): RestAnswer {
  return one === undefined ? refused(404, 'Not Found') : ok(shown(one))
}

/** One page of a list, with the header that leads to the next. */
function page<T>(
  { url, query }: RestCall,
  path: string,
  items: readonly T[],
  wrap: (items: readonly T[]) => object,
): RestAnswer {
  const perPage = Math.min(100, Number(query.get('per_page') ?? 30))
  const number = Number(query.get('page') ?? 1)
  const next = new URL(`${url}${path}`)
  for (const [name, value] of query) next.searchParams.set(name, value)
  next.searchParams.set('page', String(number + 1))
  const headers = number * perPage < items.length ? { link: `<${next.href}>; rel="next"` } : {}
  return ok(wrap(items.slice((number - 1) * perPage, number * perPage)), headers)
}

/** The repository as GitHub shows it. */
export function repository({ id, owner, name, defaultBranch }: GithubState): object {
  return {
    id,
    name,
    full_name: `${owner}/${name}`,
    default_branch: defaultBranch,
    private: false,
    owner: { login: owner },
  }
}

function commit({ sha, parents }: Commit): object {
  return { sha, parents: parents.map((parent) => ({ sha: parent })), commit: { message: `commit ${sha.slice(0, 7)}` } }
}

function listCommits(call: RestCall): RestAnswer {
  const start = call.state.resolve(call.query.get('sha') ?? call.state.defaultBranch)
  if (start === undefined) return refused(404, 'Not Found')
  return page(call, '/commits', call.state.ancestors(start.sha).map(commit), (items) => items)
}

function compare({ state, parts }: RestCall): RestAnswer {
  const [base, head] = [state.resolve(part(parts)), state.resolve(part(parts, 1))]
  const mergeBase = base === undefined || head === undefined ? undefined : state.mergeBase(base.sha, head.sha)
  return found(mergeBase, (one) => ({ merge_base_commit: commit(one), base_commit: base, commits: [] }))
}

/** A run as GitHub shows it. */
export function shownRun(state: GithubState, run: Run): object {
  const own = { id: state.id, full_name: `${state.owner}/${state.name}` }
  const head = {
    id: run.headRepositoryId,
    full_name: `${run.headOwner}/${state.name}`,
    owner: { login: run.headOwner },
  }
  return {
    id: run.id,
    event: run.event,
    path: run.path,
    head_sha: run.headSha,
    head_branch: run.headBranch,
    run_attempt: run.attempt,
    status: run.status,
    conclusion: run.status === 'completed' ? 'success' : null,
    repository: own,
    head_repository: head,
    html_url: `https://github.com/${state.owner}/${state.name}/actions/runs/${run.id}`,
  }
}

function listRuns(call: RestCall): RestAnswer {
  const sha = call.query.get('head_sha')
  const runs = [...call.state.runs.values()].filter((run) => sha === null || run.headSha === sha).reverse()
  const shown = runs.map((run) => shownRun(call.state, run))
  return page(call, '/actions/runs', shown, (items) => ({ total_count: runs.length, workflow_runs: items }))
}

function shownArtifact(
  { state, url }: RestCall,
  run: Run,
  name: string,
  { id, bytes, createdAt }: StoredArtifact,
): object {
  const digest = state.digests.get(id)
  return {
    id,
    name,
    size_in_bytes: bytes.length,
    archive_download_url: `${url}/actions/artifacts/${id}/zip`,
    expired: state.expired.has(id),
    created_at: createdAt.toISOString(),
    digest: digest === undefined ? `sha256:${createHash('sha256').update(bytes).digest('hex')}` : digest,
    workflow_run: {
      id: run.id,
      repository_id: state.id,
      head_repository_id: run.headRepositoryId,
      head_branch: run.headBranch,
      head_sha: run.headSha,
    },
  }
}

function listArtifacts(call: RestCall, wanted: (run: Run) => boolean): RestAnswer {
  const name = call.query.get('name')
  const shown = [...call.state.runs.values()]
    .reverse()
    .filter(wanted)
    .flatMap((run) =>
      [...run.artifacts.artifacts]
        .filter(([one]) => name === null || one === name)
        .map(([one, stored]) => shownArtifact(call, run, one, stored)),
    )
  return page(call, '/actions/artifacts', shown, (items) => ({ total_count: shown.length, artifacts: items }))
}

function downloadArtifact({ state, url, parts }: RestCall): RestAnswer {
  const id = Number(part(parts))
  if (state.expired.has(id)) return refused(410, 'Artifact has expired')
  const stored = [...state.runs.values()].flatMap((run) => [...run.artifacts.artifacts.values()])
  return stored.some((one) => one.id === id) ? redirect(url, `artifact/${id}`) : refused(404, 'Not Found')
}

/** The blob store is another host: a request to it that carries the token is refused there. */
function redirect(url: string, blob: string): RestAnswer {
  return { status: 302, headers: { location: `${url}/storage/${blob}?sig=signed` } }
}

function release({ id, tag }: Release): object {
  return { id, tag_name: tag, target_commitish: 'main', html_url: `https://github.com/octo/demo/releases/tag/${tag}` }
}

function listAssets(call: RestCall): RestAnswer {
  const assets = call.state.releases.find(({ id }) => id === Number(part(call.parts)))?.assets
  if (assets === undefined) return refused(404, 'Not Found')
  const shown = assets.map(({ id, name, bytes }) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    return { id, name, size: bytes.length, state: 'uploaded', digest: call.state.digests.get(id) ?? digest }
  })
  return page(call, `/releases/${part(call.parts)}/assets`, shown, (items) => items)
}

function downloadAsset({ state, url, parts, accept }: RestCall): RestAnswer {
  const id = Number(part(parts))
  const asset = state.releases.flatMap(({ assets }) => assets).find((one) => one.id === id)
  if (asset === undefined) return refused(404, 'Not Found')
  return accept.includes('octet-stream') ? redirect(url, `asset/${id}`) : ok({ id, name: asset.name })
}

/** A pull request as GitHub shows it. */
export function shownPull(state: GithubState, one: PullRequest): object {
  const head = {
    sha: one.headSha,
    ref: one.headRef,
    label: `${one.headOwner}:${one.headRef}`,
    user: { login: one.headOwner },
  }
  const base = { sha: one.baseSha, ref: one.baseRef, repo: repository(state) }
  return {
    number: one.number,
    state: one.state,
    head: {
      ...head,
      repo: { id: one.headRepositoryId, owner: { login: one.headOwner }, full_name: `${one.headOwner}/${state.name}` },
    },
    base,
    html_url: `https://github.com/${state.owner}/${state.name}/pull/${one.number}`,
  }
}

function matchesList(one: PullRequest, query: URLSearchParams): boolean {
  const [head, base, state] = [query.get('head'), query.get('base'), query.get('state') ?? 'open']
  if (head !== null && head !== `${one.headOwner}:${one.headRef}`) return false
  return (base === null || base === one.baseRef) && (state === 'all' || state === one.state)
}

function pulls(call: RestCall, wanted: (one: PullRequest) => boolean): RestAnswer {
  const shown = [...call.state.pullRequests.values()].filter(wanted).map((one) => shownPull(call.state, one))
  return page(call, '/pulls', shown, (items) => items)
}

const commentBody = z.object({ body: z.string().max(65_536) })

function shownComment(state: GithubState, { id, issue, login, body }: GithubState['comments'][number]): object {
  return {
    id,
    body,
    user: { login },
    html_url: `https://github.com/${state.owner}/${state.name}/pull/${issue}#issuecomment-${id}`,
  }
}

function listComments(call: RestCall): RestAnswer {
  const issue = Number(part(call.parts))
  const shown = call.state.comments.filter((one) => one.issue === issue).map((one) => shownComment(call.state, one))
  return page(call, `/issues/${issue}/comments`, shown, (items) => items)
}

function createComment({ state, parts, body, identity }: RestCall): RestAnswer {
  if (identity.readOnly) return refused(403, 'Resource not accessible by integration')
  const given = commentBody.safeParse(body)
  if (!given.success) return refused(422, 'Validation Failed')
  const comment = state.comment(Number(part(parts)), given.data.body, identity.login)
  return { status: 201, body: shownComment(state, comment) }
}

function updateComment({ state, parts, body, identity }: RestCall): RestAnswer {
  if (identity.readOnly) return refused(403, 'Resource not accessible by integration')
  const given = commentBody.safeParse(body)
  const comment = state.comments.find(({ id }) => id === Number(part(parts)))
  if (comment === undefined) return refused(404, 'Not Found')
  if (!given.success) return refused(422, 'Validation Failed')
  comment.body = given.data.body
  return ok(shownComment(state, comment))
}

function deleteComment({ state, parts, identity }: RestCall): RestAnswer {
  if (identity.readOnly) return refused(403, 'Resource not accessible by integration')
  const at = state.comments.findIndex(({ id }) => id === Number(part(parts)))
  if (at < 0) return refused(404, 'Not Found')
  state.comments.splice(at, 1)
  return { status: 204 }
}

function contents({ state, parts, query }: RestCall): RestAnswer {
  const text = state.files.get(`${part(parts)}@${query.get('ref') ?? state.defaultBranch}`)
  return found(text, (one) => ({
    type: 'file',
    encoding: 'base64',
    size: Buffer.byteLength(one),
    content: Buffer.from(one).toString('base64'),
  }))
}
