import * as core from '@actions/core'

/** The outputs of report/action.yml; a test compares. */
export const REPORT_OUTPUTS = ['outcome', 'verdict', 'records', 'pull-request', 'comment-url', 'summary-path'] as const

/** Sets every output: those that are not known to an empty text. */
export function setReportOutputs(known: ReadonlyMap<string, string>): void {
  for (const name of REPORT_OUTPUTS) core.setOutput(name, known.get(name) ?? '')
}
