import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import { type RunRecord, runRecordSchema } from '../../src/core/report/run-record.js'
import type { TestModel } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { ACTION_PATH } from './built-paths.js'
import { type GithubServer, TOKEN } from './github-server.js'
import { pullRequestEvent, pushEvent } from './github-server-events.js'
import { type ActionRun, runAction } from './run-action.js'
import { temporaryFolder } from './run-engine.js'

const INPUTS = { name: 'demo', settings: 'default', 'time-budget': '15s', exclusive: 'off', 'github-token': TOKEN }
/** The number of the one pull request there is. */
const PULL_REQUEST = 5

/** Runs the step on a model, as a job of the server's current run would. */
async function step(
  server: GithubServer,
  model: TestModel,
  given: { payload: object; inputs?: Readonly<Record<string, string>>; environment?: Record<string, string> },
): Promise<ActionRun & { record: RunRecord }> {
  await using folder = await temporaryFolder()
  const event = path.join(folder.path, 'event.json')
  await writeFile(event, JSON.stringify(given.payload))
  const environment = {
    ...server.environment(),
    GITHUB_EVENT_PATH: event,
    GITHUB_REF: 'refs/heads/main',
    GITHUB_WORKFLOW_REF: 'octo/demo/.github/workflows/ci.yml@refs/heads/main',
    ...given.environment,
  }
  const file = writeModel(model, folder.path)
  const run = await runAction(
    folder.path,
    { ...INPUTS, model: file, ...given.inputs },
    { program: [ACTION_PATH], environment },
  )
  const uploaded = server.state.runs.get(server.state.currentRun)?.artifacts.artifacts.get('navpkg-record-demo.json')
  return { ...run, record: runRecordSchema.parse(JSON.parse(String(uploaded?.bytes))) }
}

/** A push to the default branch. */
export function push(server: GithubServer, model: TestModel, inputs: Readonly<Record<string, string>> = {}) {
  server.state.run({ headSha: server.state.commit() })
  return step(server, model, { inputs, payload: pushEvent(server.state) })
}

/** A push to the branch of the pull request, which GitHub merges into main for the run. */
export function pushToPullRequest(
  server: GithubServer,
  model: TestModel,
  { isFork = false, ...given }: { isFork?: boolean; inputs?: Readonly<Record<string, string>> } = {},
) {
  const { state } = server
  const base = state.branches.get('main') ?? ''
  const headSha = state.commit('change', [state.branches.get('change') ?? base])
  const merge = state.commit('merge', [base, headSha])
  const repositoryId = isFork ? 200 : 100
  state.pullRequest({ number: PULL_REQUEST, headSha, headRef: 'change', headRepositoryId: repositoryId })
  state.run({ event: 'pull_request', headSha, headBranch: 'change', headRepositoryId: repositoryId })
  return step(server, model, {
    ...given,
    payload: pullRequestEvent(state, PULL_REQUEST),
    environment: { GITHUB_SHA: merge, GITHUB_REF: `refs/pull/${PULL_REQUEST}/merge` },
  })
}
