import type { GithubContext } from '../../../src/action/github/context.js'
import type { ReportInputs } from '../../../src/action/report/inputs.js'
import { makeReport, type Report } from '../../../src/action/report/make-report.js'
import type { RunRecord, WorkflowRun } from '../../../src/core/report/run-record.js'
import { COMPARISONS } from '../../report/comparisons.js'
import { WINNER } from '../../report/records.js'
import { FORK_REPOSITORY_ID, OWN_REPOSITORY_ID } from '../../support/github-server-state.js'
import {
  HEAD_SHA,
  keepArtifact,
  type PullRequestServer,
  startPullRequestServer,
  WORKFLOW,
} from '../../support/pull-request-server.js'
import { temporaryFolder } from '../../support/run-engine.js'

/** The inputs of a report of which the workflow says nothing. */
export const INPUTS: ReportInputs = {
  runId: null,
  artifacts: 'navpkg-record-*',
  records: null,
  expectedRecords: 1,
  failOnGate: true,
  comment: 'on-change',
  commentKey: 'default',
  token: 'token-of-the-test',
}

/** What the record of the fork's run says of the run. */
const OF_RUN: WorkflowRun = {
  repository: 'octo/demo',
  runId: 900,
  runAttempt: 1,
  event: 'pull_request',
  path: WORKFLOW,
  sha: 'd'.repeat(40),
  headSha: HEAD_SHA,
  pullRequest: 5,
}
export const SLOWER = recordOf('detector', { comparison: 'slower' })
export const FASTER = recordOf('classifier', { comparison: 'faster' })

/** A server whose run 900 left these records. */
export async function serverWith(records: readonly RunRecord[]): Promise<PullRequestServer> {
  const server = await startPullRequestServer()
  for (const record of records) keepRecord(server, record)
  return server
}

/** Keeps a record as the main action uploads it; gives the id of the artifact. */
export function keepRecord(server: PullRequestServer, record: RunRecord): number {
  return keepArtifact(server, `navpkg-record-${record.name}.json`, JSON.stringify(record))
}

/** A record of run 900 that was compared as one of COMPARISONS was. */
export function recordOf(
  name: string,
  { comparison, workflow = {} }: { comparison?: string; workflow?: Partial<WorkflowRun> },
): RunRecord {
  const compared = comparison === undefined ? null : comparisonOf(comparison)
  const failed = compared?.verdict === 'slower'
  return {
    ...WINNER,
    name,
    outcome: failed ? 'gate-failed' : 'done',
    outcomeReason: failed ? 'It got slower.' : null,
    comparison: compared,
    gate: compared === null ? null : { failed, reasons: failed ? ['It got slower.'] : [] },
    workflow: { ...OF_RUN, ...workflow },
  }
}

/** One of COMPARISONS as part of a record. */
export function comparisonOf(name: string): NonNullable<RunRecord['comparison']> {
  const { verdict, reason, explanation, metrics, generations, spentMs, evidence, accuracy, size } =
    COMPARISONS.get(name)!
  return { verdict, reason, explanation, metrics, generations, spentMs, evidence, accuracy, size }
}

/** What the runner says to a report: of a `workflow_run` event that is about run 900, where that is the event. */
export function contextOf(event: string): GithubContext {
  const run = { id: 900, head_sha: HEAD_SHA, head_repository: { id: FORK_REPOSITORY_ID } }
  return {
    repository: { owner: 'octo', name: 'demo', id: OWN_REPOSITORY_ID },
    defaultBranch: 'main',
    event,
    sha: 'd'.repeat(40),
    ref: 'refs/heads/main',
    runId: 1000,
    runAttempt: 1,
    workflowPath: '.github/workflows/report.yml',
    pullRequest: null,
    mergeGroupBaseSha: null,
    serverUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    graphqlUrl: 'https://api.github.com/graphql',
    isDefaultBranchPush: false,
    payload: { action: 'completed', workflow_run: run, workflow: { path: WORKFLOW } },
  }
}

/** Makes a report, with next to no waiting. */
export async function report(
  server: PullRequestServer,
  context: GithubContext,
  inputs: Partial<ReportInputs> = {},
  folder?: string,
): Promise<Report> {
  await using own = await temporaryFolder()
  const { client, log } = server
  const pause = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return await makeReport({ ...INPUTS, ...inputs }, { context, client, folder: folder ?? own.path, log, pause })
}

/** The report on run 900 that `workflow_run` starts. */
export function reportForeign(server: PullRequestServer): Promise<Report> {
  return report(server, contextOf('workflow_run'))
}

/** The report at the end of run 900 itself, for a pull request of this repository or, with `isFork`, of a fork. */
export function reportOwn(
  server: PullRequestServer,
  inputs: Partial<ReportInputs> = {},
  isFork = false,
): Promise<Report> {
  const pullRequest = {
    number: 5,
    headSha: HEAD_SHA,
    headRepositoryId: OWN_REPOSITORY_ID,
    baseSha: 'a'.repeat(40),
    baseRef: 'main',
    isFork,
  }
  const context = { ...contextOf('pull_request'), runId: 900, workflowPath: WORKFLOW, pullRequest, payload: {} }
  return report(server, context, inputs)
}
