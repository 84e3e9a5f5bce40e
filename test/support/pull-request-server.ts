import { createGithubClient, type GithubClient } from '../../src/action/github/client.js'
import type { Log } from '../../src/core/platform/log.js'
import { type Fault, type GithubServer, startGithubServer, TOKEN } from './github-server.js'
import { FORK_REPOSITORY_ID, type PullRequest } from './github-server-state.js'

/** GitHub with pull request 5, which comes from a fork, and run 900 of it, which is over. */
export interface PullRequestServer extends GithubServer {
  readonly client: GithubClient
  /** Says nothing. */
  readonly log: Log
}

export const HEAD_SHA = 'b'.repeat(40)
export const WORKFLOW = '.github/workflows/performance.yml'

/** Pull request 5 as it is at first. */
export const PULL = {
  number: 5,
  headSha: HEAD_SHA,
  headRef: 'faster',
  headOwner: 'stranger',
  headRepositoryId: FORK_REPOSITORY_ID,
} satisfies Partial<PullRequest>

/** Every way in which GitHub may not do what it is asked for. */
export const FAULTS: readonly (readonly [name: string, fault: Fault])[] = [
  ...[403, 404, 409, 422, 429, 500].map((status) => [String(status), { status }] as const),
  ['silence', 'hang'],
  ['a cut connection', 'cut'],
]

/** Starts it on a free local port. Its client gives up soon. */
export async function startPullRequestServer(): Promise<PullRequestServer> {
  const server = await startGithubServer()
  const { state } = server
  state.run({
    id: 900,
    event: 'pull_request',
    path: WORKFLOW,
    headSha: HEAD_SHA,
    headBranch: PULL.headRef,
    headRepositoryId: FORK_REPOSITORY_ID,
    headOwner: PULL.headOwner,
  })
  state.pullRequest(PULL)
  state.files.set(`${WORKFLOW}@main`, 'on: pull_request')
  const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const client = await createGithubClient({
    token: TOKEN,
    apiUrl: server.url,
    log,
    signal: new AbortController().signal,
    retry: { attempts: 2, attemptTimeoutMs: 300, firstDelayMs: 1, maxDelayMs: 2, maxServerDelayMs: 0 },
  })
  return Object.assign(server, { client, log })
}

/** What GitHub says of run 900 from then on. */
export function alterRun(server: GithubServer, change: object): void {
  server.alter(/^GET [^?]*\/runs\/900$/, (body) => ({ ...Object(body), ...change }))
}

/** Keeps an artifact of run 900; gives its id. */
export function keepArtifact(server: GithubServer, name: string, content: string | Buffer): number {
  return server.state.runs.get(900)?.artifacts.keep(name, Buffer.from(content)) ?? 0
}
