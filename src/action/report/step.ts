import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import * as core from '@actions/core'

import { plainText } from '../../core/report/escape.js'
import { counted } from '../../core/report/headline.js'
import { connect } from '../github/connect.js'
import { actionLog } from '../log.js'
import { writeSummary } from '../report.js'
import { explain } from '../step.js'
import { readReportInputs, REPORT_INPUTS } from './inputs.js'
import { makeReport, type Report, type ReportOutcome } from './make-report.js'
import { setReportOutputs } from './outputs.js'

/** Problems that are annotations; the summary has all. */
const MAX_ANNOTATIONS = 5
/** Failed records that the log names; the summary shows all. */
const MAX_FAILURES = 10

/** The step of `report/action.yml`: inputs → records → summary, comment, outputs. Ends the process. */
export async function runReport(): Promise<void> {
  try {
    const inputs = await readReportInputs(process.env)
    if (inputs.token !== null) core.setSecret(inputs.token)
    const folder = process.env['RUNNER_TEMP'] ?? '/tmp'
    await mkdir(folder, { recursive: true })
    const github = await connect(inputs.token, { log: actionLog, signal: abortedWhenCancelled() })
    const report = await makeReport(inputs, { ...github, folder, log: actionLog })
    await publish(report, path.join(folder, `navpkg-report-${inputs.commentKey}.md`))
  } catch (error) {
    await explain({ options: REPORT_INPUTS, setOutputs: setReportOutputs }, error, null)
  }
  process.exit()
}

/** A cancelled step has nothing to wait for. */
function abortedWhenCancelled(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      stop.abort()
    })
  }
  return stop.signal
}

async function publish(report: Report, summaryPath: string): Promise<void> {
  await writeFile(summaryPath, report.markdown)
  setReportOutputs(
    new Map([
      ['outcome', report.outcome],
      ['verdict', report.verdict],
      ['records', String(report.records)],
      ['pull-request', String(report.pullRequest ?? '')],
      ['comment-url', report.commentUrl ?? ''],
      ['summary-path', summaryPath],
    ]),
  )
  await writeSummary(report.markdown)
  for (const [index, problem] of report.problems.entries())
    if (index < MAX_ANNOTATIONS) actionLog.warn(problem)
    else actionLog.info(problem)
  const { outcome, records, verdict, failures } = report
  const headline = `${OUTCOME_TEXT[outcome]} (${counted(records, 'record')}, verdict: ${verdict})`
  const lines = [headline, ...failures.slice(0, MAX_FAILURES)].map((line) => plainText(line, 600))
  if (report.failed) core.setFailed(lines.join('\n'))
  else core.info(lines.join('\n'))
}

const OUTCOME_TEXT: Readonly<Record<ReportOutcome, string>> = {
  done: 'Every record is reported, and none failed.',
  'gate-failed': 'A record failed its gate or did not come to an end.',
  refused: 'A record, or the run that it is of, cannot be believed or used.',
  'missing-records': 'Records are missing.',
  'machine-failed': 'The records could not be had.',
}
