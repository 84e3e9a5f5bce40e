import { outputSetter } from '../report.js'

/** The outputs of report/action.yml; a test compares. */
export const REPORT_OUTPUTS = ['outcome', 'verdict', 'records', 'pull-request', 'comment-url', 'summary-path'] as const

export const setReportOutputs = outputSetter(REPORT_OUTPUTS)
