import pc from 'picocolors'

import type { Environment } from '../core/environment.js'
import { plainText } from '../core/report/escape.js'
import { counted } from '../core/report/headline.js'
import { type VerifyReport, verifyPackage } from '../core/verify.js'
import { hearInterrupt, prepareJson, printResult } from './print-result.js'
import { terminalWidth } from './text-table.js'
import { wrapped } from './wrapped.js'

/** A package with more failures than these is broken as a whole; the rest are in the JSON. */
const MOST_LINES = 100

/**
 * Prints what was checked of a package and whether it is whole, which is also what it returns; `json` is a file to
 * write it to as JSON, `-` for stdout instead of the text.
 */
export async function verifyCommand(
  file: string,
  environment: Environment,
  load: boolean,
  json: string | null,
): Promise<boolean> {
  await prepareJson(json, [file])
  const report = await verifyPackage(file, environment, { load })
  await hearInterrupt(environment.signal)
  await printResult(report, reportText(report, file), json)
  return report.verdict === 'ok'
}

const MARKS: Record<Check['status'], string> = {
  ok: pc.green('✓'),
  failed: pc.red('✗'),
  warning: pc.yellow('!'),
  note: pc.dim('–'),
}
type Check = VerifyReport['checks'][number]

function reportText({ verdict, checks }: VerifyReport, file: string): string {
  const lines = checks.slice(0, MOST_LINES).map(({ status, subject, detail }) => {
    return wrapped(`${MARKS[status]} ${pc.bold(plainText(subject))}: ${plainText(detail, 1000)}`, terminalWidth())
  })
  const left = checks.length - lines.length
  const count = (wanted: Check['status']): number => checks.filter(({ status }) => status === wanted).length
  const warnings = count('warning') === 0 ? '' : `, ${counted(count('warning'), 'warning')}`
  const name = plainText(file)
  const text =
    verdict === 'ok'
      ? pc.green(`${name} is whole: ${counted(count('ok'), 'check')} passed${warnings}.`)
      : pc.red(`${name} is not whole: ${count('failed')} of ${counted(checks.length, 'check')} failed${warnings}.`)
  return [
    ...lines,
    ...(left > 0 ? [`and ${left} more; --json lists them all`] : []),
    wrapped(text, terminalWidth()),
    '',
  ].join('\n')
}
