import type { RunRecord, WorkflowRun } from '../../core/report/run-record.js'

/** The run that a record must be of, by what GitHub says of it. */
export interface ExpectedRun {
  readonly repository: { readonly owner: string; readonly name: string }
  readonly id: number
  readonly attempt: number
  readonly event: string
  /** null when it is not known. */
  readonly workflowPath: string | null
  readonly headSha: string
  readonly pullRequest: number | null
}

/** Why a record is not of the run that its artifact came from, a phrase; null when it is. */
export function disagreementOf({ workflow }: RunRecord, expected: ExpectedRun): string | null {
  if (workflow === null) return 'it does not say which run measured it'
  const wrong = differences(workflow, expected)
  return wrong.length === 0 ? null : `it is of another run: ${wrong.join(', ')}`
}

function differences(workflow: WorkflowRun, expected: ExpectedRun): string[] {
  const repository = `${expected.repository.owner}/${expected.repository.name}`
  const { path } = workflow
  const isOfPath = path === null || expected.workflowPath === null || path === expected.workflowPath
  return [
    ...(workflow.repository.toLowerCase() === repository.toLowerCase() ? [] : ['its repository is not this one']),
    ...(workflow.runId === expected.id ? [] : [`its run is ${workflow.runId}, not ${expected.id}`]),
    // Jobs that are not run again keep the artifacts of an earlier attempt.
    ...(workflow.runAttempt <= expected.attempt
      ? []
      : [`it is of attempt ${workflow.runAttempt}, and the run has had ${expected.attempt}`]),
    ...(workflow.event === expected.event ? [] : [`it was not started by ${expected.event}`]),
    ...(isOfPath ? [] : ['its workflow is another one']),
    ...(workflow.headSha === expected.headSha ? [] : [`its commit is not ${expected.headSha.slice(0, 7)}`]),
    ...(workflow.pullRequest === expected.pullRequest ? [] : [pullRequestDifference(workflow, expected)]),
  ]
}

function pullRequestDifference({ pullRequest }: WorkflowRun, expected: ExpectedRun): string {
  const text = (number: number | null): string => (number === null ? 'no pull request' : `pull request #${number}`)
  return `it is for ${text(pullRequest)}, not for ${text(expected.pullRequest)}`
}
