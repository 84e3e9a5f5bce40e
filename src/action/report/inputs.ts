import path from 'node:path'

import { type Option, option, OptionReader } from '../../core/option-reader.js'
import { GITHUB_INPUTS, givenInputs, type PullRequestInputs, readPullRequestInputs, startReading } from '../inputs.js'

const ARTIFACTS = 'navpkg-record-*'

/** Every input of `report/action.yml`; a test compares. */
export const REPORT_INPUTS: readonly Option[] = [
  option(
    'run-id',
    'N',
    'Workflow run whose records are reported. Default: in a workflow_run workflow the run that it is about, else this run.',
  ),
  option('artifacts', 'PATTERN', 'Which artifacts are records; * stands for any text.', ARTIFACTS),
  option(
    'records',
    'PATH',
    'Record files, or folders of them, to report instead of artifacts. One per line.',
    null,
    true,
  ),
  option(
    'expected-records',
    'N',
    'How many records there must be, as many as the matrix has jobs; fewer fail the step. Default: at least one.',
  ),
  option(
    'fail-on-gate',
    'true|false',
    'Whether the step fails when a record failed its gate, did not come to an end, is missing or cannot be used. Never for the run of a workflow_run event.',
    'true',
  ),
  ...GITHUB_INPUTS.filter(({ name }) => name === 'comment' || name === 'comment-key'),
  option('github-token', 'TOKEN', 'Reads the run and its artifacts, and writes the comment.', '${{ github.token }}'),
  option('working-directory', 'DIR', 'Folder that relative paths start from.', '.'),
]

/** What `report/action.yml` is asked to do. */
export interface ReportInputs extends PullRequestInputs {
  /** null: the run of the event, or this one. */
  readonly runId: number | null
  readonly artifacts: string
  /** Absolute paths; null to take artifacts. */
  readonly records: readonly string[] | null
  readonly expectedRecords: number
  readonly failOnGate: boolean
}

/** Reads the inputs of `report/action.yml`. Throws one `invalid-options` with every problem. */
export async function readReportInputs(environment: NodeJS.ProcessEnv): Promise<ReportInputs> {
  const all = new OptionReader(REPORT_INPUTS, givenInputs(environment), 'input')
  const { reader, cwd } = await startReading(all, environment)
  const records = linesOf(reader.text('records')).map((line) => path.resolve(cwd, line))
  if (records.length > 0 && reader.has('artifacts') && reader.text('artifacts') !== ARTIFACTS) {
    reader.problem('artifacts', 'is given together with records; give one of the two')
  }
  const inputs: ReportInputs = {
    runId: reader.whole('run-id', 1),
    artifacts: reader.text('artifacts') ?? ARTIFACTS,
    records: records.length === 0 ? null : records,
    expectedRecords: reader.whole('expected-records', 1, 256) ?? 1,
    failOnGate: reader.choice('fail-on-gate', ['true', 'false']) === 'true',
    ...readPullRequestInputs(reader),
  }
  reader.finish()
  return inputs
}

function linesOf(text: string | null): string[] {
  const lines = text?.split('\n').map((line) => line.trim()) ?? []
  return lines.filter((line) => line !== '')
}
