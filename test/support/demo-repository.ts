import path from 'node:path'

import { type ActFiles, type ActJob, ActRepository } from './run-act.js'
import { type GithubServer, TOKEN } from './github-server.js'
import { pullRequestEvent, pushEvent, workflowRunEvent } from './github-server-events.js'
import { FORK_REPOSITORY_ID, OWN_REPOSITORY_ID, type Run } from './github-server-state.js'

/** What a run of a workflow left: its jobs, and the run as the stand-in for GitHub has it. */
export interface DemoRun {
  readonly job: (name: string) => ActJob
  readonly run: Run
}

/** A token that may only read, as a fork's workflow gets it. */
const READ_ONLY_TOKEN = 'token-of-a-fork'

/** A repository that uses the action, whose events run its workflows with act against the stand-in for GitHub. */
export class DemoRepository {
  readonly server: GithubServer
  readonly git: ActRepository
  readonly #home: string

  private constructor(server: GithubServer, git: ActRepository, home: string) {
    this.server = server
    this.git = git
    this.#home = home
    server.state.tokens.set(READ_ONLY_TOKEN, { login: 'github-actions[bot]', readOnly: true })
  }

  /** `workflows` are texts by file name; `files` are the first commit, on main. */
  static async create(
    home: string,
    server: GithubServer,
    workflows: ReadonlyMap<string, string>,
    files: ActFiles,
  ): Promise<DemoRepository> {
    const repository = new DemoRepository(server, await ActRepository.create(home, workflows), home)
    await repository.git.write(files)
    repository.git.commit('first')
    repository.#tellServer()
    for (const [name, text] of workflows) server.state.files.set(`.github/workflows/${name}@main`, text)
    return repository
  }

  /** Changes files on a branch, which begins at main when it is new; gives the commit. */
  async change(branch: string, files: ActFiles): Promise<string> {
    const isNew = this.git.git('branch', '--list', branch) === ''
    this.git.git('checkout', '-q', ...(isNew ? ['-b', branch, 'main'] : [branch]))
    await this.git.write(files)
    const commit = this.git.commit(`change ${branch}`)
    this.#tellServer()
    return commit
  }

  /** Merges a branch into main as GitHub's button does. */
  merge(branch: string): void {
    this.git.git('checkout', '-q', 'main')
    this.git.git('merge', '-q', '--no-ff', '-m', `merge ${branch}`, branch)
    this.#tellServer()
  }

  /** The run of a push to main, whatever is its newest commit. */
  async push(workflow: string): Promise<DemoRun> {
    this.git.git('checkout', '-q', 'main')
    const headSha = this.git.git('rev-parse', 'HEAD')
    return this.#run('push', workflow, { headSha }, pushEvent(this.server.state), TOKEN)
  }

  /** The run of a workflow that somebody started by hand on main. */
  async dispatch(workflow: string): Promise<DemoRun> {
    this.git.git('checkout', '-q', 'main')
    const headSha = this.git.git('rev-parse', 'HEAD')
    return this.#run('workflow_dispatch', workflow, { headSha }, pushEvent(this.server.state), TOKEN)
  }

  /** The run of a pull request of `branch`, on the merge commit, as GitHub makes it. */
  async pullRequest(number: number, branch: string, workflow: string, fork: string | null = null): Promise<DemoRun> {
    const headSha = this.git.git('rev-parse', branch)
    const from = {
      headOwner: fork ?? this.server.state.owner,
      headRepositoryId: fork === null ? OWN_REPOSITORY_ID : FORK_REPOSITORY_ID,
    }
    const baseSha = this.git.git('rev-parse', 'main')
    this.server.state.pullRequest({ number, headSha, headRef: branch, ...from, baseSha })
    this.git.git('checkout', '-q', '--detach', 'main')
    this.git.git('merge', '-q', '--no-ff', '-m', `merge of ${number}`, branch)
    this.#tellServer()
    const run = { headSha, headBranch: branch, ...from }
    const payload = pullRequestEvent(this.server.state, number)
    return this.#run('pull_request', workflow, run, payload, fork === null ? TOKEN : READ_ONLY_TOKEN)
  }

  /** The run of a workflow on main that GitHub starts when `of` is over. */
  async workflowRun(of: Run, workflow: string): Promise<DemoRun> {
    this.git.git('checkout', '-q', 'main')
    const headSha = this.git.git('rev-parse', 'HEAD')
    const payload = workflowRunEvent(this.server.state, of.id)
    return this.#run('workflow_run', workflow, { headSha }, payload, TOKEN)
  }

  async #run(event: string, workflow: string, of: Partial<Run>, payload: object, token: string): Promise<DemoRun> {
    const { state } = this.server
    const file = `.github/workflows/${workflow}`
    const run = state.run({ event, path: file, ...of })
    const { owner, name } = state
    const job = await this.git.run({
      event,
      workflow,
      payload,
      environment: {
        ...this.server.environment(),
        GITHUB_SHA: this.git.git('rev-parse', 'HEAD'),
        GITHUB_WORKFLOW_REF: `${owner}/${name}/${file}@refs/heads/main`,
        RUNNER_TEMP: path.join(this.#home, 'temporary'),
        RUNNER_TOOL_CACHE: path.join(this.#home, 'tools'),
      },
      token,
    })
    return { job, run }
  }

  #tellServer(): void {
    this.server.state.readGit(path.join(this.#home, 'tree'))
  }
}
