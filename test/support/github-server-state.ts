import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'

import { ArtifactStore, counter } from './artifact-service.js'

export interface Commit {
  readonly sha: string
  readonly parents: readonly string[]
}

/** A workflow run; what is not said is a finished push to main in the repository itself. */
export interface Run {
  readonly id: number
  readonly attempt: number
  readonly status: 'in_progress' | 'completed'
  readonly event: string
  readonly path: string
  readonly headSha: string
  readonly headBranch: string
  readonly headRepositoryId: number
  readonly headOwner: string
  readonly artifacts: ArtifactStore
}

export interface PullRequest {
  readonly number: number
  readonly headSha: string
  readonly headRef: string
  readonly headOwner: string
  readonly headRepositoryId: number
  readonly baseSha: string
  readonly baseRef: string
  readonly state: 'open' | 'closed'
}

export interface Comment {
  readonly id: number
  readonly issue: number
  readonly login: string
  body: string
}

export interface Release {
  readonly id: number
  readonly tag: string
  readonly assets: readonly { readonly id: number; readonly name: string; readonly bytes: Buffer }[]
}

/** Who a token is, and what it may do. */
export interface Identity {
  readonly login: string
  readonly readOnly: boolean
}

export const OWN_REPOSITORY_ID = 100
export const FORK_REPOSITORY_ID = 200
export const TOKEN = 'token-of-the-workflow'
const BOT = 'github-actions[bot]'

/** What a repository on GitHub holds, for tests to fill and look at. */
export class GithubState {
  readonly owner = 'octo'
  readonly name = 'demo'
  readonly id = OWN_REPOSITORY_ID
  defaultBranch = 'main'
  /** Oldest first. */
  readonly commits = new Map<string, Commit>()
  readonly branches = new Map<string, string>()
  readonly runs = new Map<number, Run>()
  readonly pullRequests = new Map<number, PullRequest>()
  readonly comments: Comment[] = []
  readonly releases: Release[] = []
  /** Contents by `path@ref`. */
  readonly files = new Map<string, string>()
  readonly tokens = new Map<string, Identity>([[TOKEN, { login: BOT, readOnly: false }]])
  /** Ids of artifacts that are past their days. */
  readonly expired = new Set<number>()
  /** Digests that GitHub has for artifacts, by id, where they are not those of the bytes. */
  readonly digests = new Map<number, string | null>()
  /** The run that uploads belong to. */
  currentRun = 0
  readonly #nextId = counter(1000)

  /** A commit on `branch`, after its tip unless `parents` says otherwise; gives its sha. */
  commit(branch = this.defaultBranch, parents?: readonly string[]): string {
    const tip = this.branches.get(branch)
    const sha = createHash('sha1').update(`commit ${this.commits.size}`).digest('hex')
    this.commits.set(sha, { sha, parents: parents ?? (tip === undefined ? [] : [tip]) })
    this.branches.set(branch, sha)
    return sha
  }

  /** Takes over the commits and branches of a git repository. */
  readGit(folder: string): void {
    const git = (...args: string[]): string[] =>
      execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line !== '')
    for (const line of git('log', '--all', '--topo-order', '--reverse', '--format=%H %P')) {
      const [sha = '', ...parents] = line.trim().split(' ')
      if (!this.commits.has(sha)) this.commits.set(sha, { sha, parents })
    }
    for (const line of git('for-each-ref', '--format=%(objectname) %(refname:lstrip=2)', 'refs/heads')) {
      const [sha = '', branch = ''] = line.split(' ')
      this.branches.set(branch, sha)
    }
  }

  /** A new run, which is the current one from now on. */
  run(changes: Partial<Omit<Run, 'artifacts'>> = {}): Run {
    const headBranch = changes.headBranch ?? this.defaultBranch
    const run: Run = {
      id: this.#nextId(),
      attempt: 1,
      status: 'completed',
      event: 'push',
      path: '.github/workflows/ci.yml',
      headSha: this.branches.get(headBranch) ?? '',
      headBranch,
      headRepositoryId: OWN_REPOSITORY_ID,
      headOwner: this.owner,
      artifacts: new ArtifactStore(this.#nextId),
      ...changes,
    }
    this.runs.set(run.id, run)
    this.currentRun = run.id
    return run
  }

  comment(issue: number, body: string, login = BOT): Comment {
    const comment = { id: this.#nextId(), issue, login, body }
    this.comments.push(comment)
    return comment
  }

  release(tag: string, assets: ReadonlyMap<string, Buffer>): Release {
    const listed = [...assets].map(([name, bytes]) => ({ id: this.#nextId(), name, bytes }))
    const release = { id: this.#nextId(), tag, assets: listed }
    this.releases.push(release)
    return release
  }

  pullRequest(changes: Partial<PullRequest> & Pick<PullRequest, 'number' | 'headSha' | 'headRef'>): PullRequest {
    const own = { headOwner: this.owner, headRepositoryId: OWN_REPOSITORY_ID }
    const base = { baseSha: this.branches.get(this.defaultBranch) ?? '', baseRef: this.defaultBranch }
    const pullRequest: PullRequest = { ...own, ...base, state: 'open', ...changes }
    this.pullRequests.set(pullRequest.number, pullRequest)
    return pullRequest
  }

  /** A branch's tip, or a commit by its sha. */
  resolve(ref: string): Commit | undefined {
    return this.commits.get(this.branches.get(ref.replace(/^refs\/heads\//, '')) ?? ref)
  }

  /** The commit and all before it, newest first. */
  ancestors(sha: string): Commit[] {
    const seen = new Set<string>()
    const open = [sha]
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (seen.has(one)) continue
      seen.add(one)
      open.push(...(this.commits.get(one)?.parents ?? []))
    }
    return [...this.commits.values()].filter((commit) => seen.has(commit.sha)).reverse()
  }

  mergeBase(base: string, head: string): Commit | undefined {
    const ofHead = new Set(this.ancestors(head))
    return this.ancestors(base).find((commit) => ofHead.has(commit))
  }
}
