import { repository, shownPull, shownRun } from './github-server-rest.js'
import type { GithubState } from './github-server-state.js'

/** What GitHub sends with a push to the default branch. */
export function pushEvent(state: GithubState): object {
  const after = state.branches.get(state.defaultBranch)
  return { ref: `refs/heads/${state.defaultBranch}`, after, repository: repository(state) }
}

/** What GitHub sends with a pull request. */
export function pullRequestEvent(state: GithubState, number: number, action = 'synchronize'): object {
  const pullRequest = state.pullRequests.get(number)
  if (pullRequest === undefined) throw new Error(`there is no pull request ${number}`)
  return { action, number, pull_request: shownPull(state, pullRequest), repository: repository(state) }
}

/** What GitHub sends when a run is over. */
export function workflowRunEvent(state: GithubState, runId: number): object {
  const run = state.runs.get(runId)
  if (run === undefined) throw new Error(`there is no run ${runId}`)
  return {
    action: 'completed',
    workflow_run: shownRun(state, run),
    workflow: { path: run.path },
    repository: repository(state),
  }
}
