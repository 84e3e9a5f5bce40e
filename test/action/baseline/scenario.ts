import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

import { type BaselineOptions, type ResolvedBaseline, resolveBaseline } from '../../../src/action/baseline/resolve.js'
import type { GithubContext, PullRequestContext } from '../../../src/action/github/context.js'
import type { RetryRule } from '../../../src/action/github/retry.js'
import { parseBaseline } from '../../../src/core/baseline-input.js'
import type { RunRecord } from '../../../src/core/report/run-record.js'
import { WINNER } from '../../report/records.js'
import { type GithubServer, startGithubServer } from '../../support/github-server.js'
import type { GithubState, Run } from '../../support/github-server-state.js'
import { temporaryFolder } from '../../support/run-engine.js'
import { QUICK, testClient } from '../github/test-client.js'

export const NAMES = { package: 'navpkg-demo.nav', record: 'navpkg-record-demo.json' }

/** As messages show a commit. */
export const shortSha = (sha: string): string => sha.slice(0, 7)

/** A repository on the stand-in, and a runner that looks for a baseline in it. */
export interface Scenario extends AsyncDisposable {
  readonly server: GithubServer
  readonly state: GithubState
  /** Where the runner works; no git repository until a test makes one. */
  readonly workingDirectory: string
  /** A run that measured: leaves a package of its own and its record. */
  readonly measured: (
    run?: Parameters<GithubState['run']>[0],
    changes?: Partial<RunRecord>,
  ) => Run & { readonly package: number }
  /** What the input finds; the context is that of a push to main at its tip unless `changes` says otherwise. */
  resolve(text: string, changes?: Partial<GithubContext>, options?: Partial<BaselineOptions>): Promise<ResolvedBaseline>
  /** Whose package was found: the id of the run that left it. */
  runOf(resolved: ResolvedBaseline): Promise<number | null>
  /** The files that looking for a baseline left. */
  leftFiles(): Promise<string[]>
}

export async function startScenario(retry: Partial<RetryRule> = {}): Promise<Scenario> {
  const server = await startGithubServer()
  const folder = await temporaryFolder()
  const { state } = server
  const downloads = path.join(folder.path, 'downloads')
  const workingDirectory = path.join(folder.path, 'work')
  await mkdir(workingDirectory)
  const client = await testClient(server, { retry: { ...QUICK, ...retry } })
  return {
    server,
    state,
    workingDirectory,
    measured: (changes = {}, record = {}) => measuredRun(state, changes, record),
    resolve: (text, changes = {}, options = {}) => {
      const parsed = parseBaseline(text)
      if ('problem' in parsed) throw new Error(parsed.problem)
      const silent = (): void => undefined
      return resolveBaseline(parsed.input, {
        context: contextOf(state, changes),
        client,
        names: NAMES,
        folder: downloads,
        workingDirectory,
        log: { debug: silent, info: silent, warn: silent },
        signal: new AbortController().signal,
        ...options,
      })
    },
    runOf: async ({ found }) =>
      found === null ? null : Number((await readFile(found.file, 'utf8')).replace('package of run ', '')),
    leftFiles: () => readdir(downloads).catch(() => []),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function measuredRun(
  state: GithubState,
  changes: Parameters<GithubState['run']>[0],
  record: Partial<RunRecord>,
): Run & { package: number } {
  const run = state.run(changes)
  const bytes = Buffer.from(`package of run ${run.id}`)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const written = { ...WINNER, package: { path: NAMES.package, bytes: bytes.length, sha256 }, ...record }
  run.artifacts.keep(NAMES.record, Buffer.from(JSON.stringify(written)))
  return { ...run, package: run.artifacts.keep(NAMES.package, bytes) }
}

function contextOf(state: GithubState, changes: Partial<GithubContext>): GithubContext {
  return {
    repository: { owner: state.owner, name: state.name, id: state.id },
    defaultBranch: state.defaultBranch,
    event: 'push',
    sha: state.branches.get(state.defaultBranch) ?? '',
    ref: `refs/heads/${state.defaultBranch}`,
    runId: 1,
    runAttempt: 1,
    workflowPath: '.github/workflows/ci.yml',
    pullRequest: null,
    mergeGroupBaseSha: null,
    serverUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    graphqlUrl: 'https://api.github.com/graphql',
    isDefaultBranchPush: (changes.event ?? 'push') === 'push' && changes.ref === undefined,
    payload: null,
    ...changes,
  }
}

/** The context of a pull request whose merge commit is `merge`. */
export function pullRequestAt(
  merge: string,
  head: string,
  base: string,
  changes: Partial<PullRequestContext> = {},
): Partial<GithubContext> {
  const own = { headRepositoryId: 100, isFork: false }
  const pullRequest = { number: 5, headSha: head, baseSha: base, baseRef: 'main', ...own, ...changes }
  return { event: 'pull_request', sha: merge, ref: 'refs/pull/5/merge', pullRequest }
}
