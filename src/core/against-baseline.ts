import path from 'node:path'

import { compare } from './compare.js'
import { judgeGate } from './comparison/gate.js'
import { judgeObjectives } from './comparison/objectives.js'
import type { Environment } from './environment.js'
import { NavigatorError, sentencesOf } from './errors.js'
import { writeRecord } from './record-file.js'
import { type CompareRecord, type Comparison, comparisonSchema } from './report/comparison.js'
import { headline } from './report/headline.js'
import type { Baseline, RunRecord } from './report/run-record.js'
import type { GateRequest } from './request.js'
import { winnerFigures } from './winner-figures.js'

/** A baseline's package on this machine, and where it was found. */
export interface FoundBaseline {
  readonly file: string
  readonly baseline: Baseline
}

/** A file that the user named as the baseline. */
export function fileBaseline(file: string): FoundBaseline {
  const description = path.basename(file)
  return { file, baseline: { kind: 'file', description, commit: null, url: null } }
}

/**
 * Holds a run that is done to what was asked of it: compares its package with the baseline's, side by side on this
 * machine, looks at the objectives, and decides whether it fails. Gives the record with all of that in it, and writes it
 * to `environment.recordPath`; a run that is not done, or made no package, is only written. `note` says why there is no baseline, or
 * not the one first looked for.
 *
 * What was measured is never lost: a comparison that cannot be made is inconclusive, with the reason, and one that is
 * interrupted makes the run `interrupted`. Throws nothing of its own.
 */
export async function judgeRun(
  record: RunRecord,
  found: FoundBaseline | null,
  note: string | null,
  request: GateRequest,
  environment: Environment,
): Promise<RunRecord> {
  if (record.outcome !== 'done' || record.package === null) {
    await keep(record, environment)
    return record
  }
  const compared = found === null ? null : await compareSafely(found.file, record.package.path, request, environment)
  const named = { ...record, baseline: found?.baseline ?? null, baselineNote: note }
  const { judged, reported } = withVerdict(named, compared, request)
  for (const reason of reported) environment.log.warn(reason)
  await keep(judged, environment)
  return judged
}

/** A comparison and what the user should know of it, one sentence each. */
interface Compared {
  readonly comparison: Comparison
  readonly notes: readonly string[]
}

function withVerdict(
  record: RunRecord,
  compared: Compared | null,
  request: GateRequest,
): { judged: RunRecord; reported: readonly string[] } {
  const objectives = judgeObjectives(request.objectives, winnerFigures(record))
  const comparison = compared?.comparison ?? null
  const facts = {
    verdict: comparison?.verdict ?? 'none',
    verdictText: `${headline({ ...record, comparison })}.`,
    objectives,
  }
  const { failed, reasons, failures } = judgeGate(facts, request)
  const explain = (reason: string): string => explained(reason, facts, comparison)
  const isAsked = comparison !== null || objectives.length > 0
  const judged = {
    ...record,
    comparison,
    objectives,
    gate: isAsked ? { failed, reasons } : null,
    notes: [...new Set([...record.notes, ...(compared?.notes ?? [])])],
    ...endOf(comparison, failures.map(explain)),
  }
  return { judged, reported: reasons.slice(failures.length).map(explain) }
}

function endOf(
  comparison: Comparison | null,
  failures: readonly string[],
): Pick<RunRecord, 'outcome' | 'outcomeReason'> {
  if (comparison?.reason === 'interrupted') {
    return { outcome: 'interrupted', outcomeReason: `${comparison.explanation} The run itself was done.` }
  }
  if (failures.length === 0) return { outcome: 'done', outcomeReason: null }
  return { outcome: 'gate-failed', outcomeReason: failures.join(' ') }
}

/** A reason of the gate with why it is so, where the verdict alone does not say. */
function explained(reason: string, { verdictText }: { verdictText: string }, comparison: Comparison | null): string {
  const isOpen = comparison?.verdict === 'inconclusive' || comparison?.verdict === 'not-comparable'
  return isOpen && reason === verdictText ? `${reason} ${comparison.explanation}` : reason
}

/** The comparison, whatever happens in it. */
async function compareSafely(
  base: string,
  head: string,
  request: GateRequest,
  environment: Environment,
): Promise<Compared> {
  try {
    return comparedOf(await compareWithFallback(base, head, request, environment))
  } catch (error) {
    if (environment.signal.aborted) {
      return failed('inconclusive', 'interrupted', 'The comparison with the baseline was interrupted.')
    }
    if (error instanceof NavigatorError && error.code === 'samples-invalid') {
      return failed('not-comparable', 'different-inputs', sentencesOf(error))
    }
    const why = error instanceof NavigatorError ? sentencesOf(error) : `A bug of this tool: ${String(error)}`
    if (!(error instanceof NavigatorError)) environment.log.debug(error instanceof Error ? (error.stack ?? '') : '')
    return failed('inconclusive', 'failed', `The comparison with the baseline could not be made. ${why}`)
  }
}

function failed(verdict: Comparison['verdict'], reason: Comparison['reason'], explanation: string): Compared {
  const nothing = { metrics: [], generations: 0, spentMs: 0, evidence: [], accuracy: null, size: null }
  return { comparison: { verdict, reason, explanation, ...nothing }, notes: [] }
}

/** Side by side; by what both recorded when the models of one cannot run here. */
async function compareWithFallback(
  base: string,
  head: string,
  { comparison: asked }: GateRequest,
  environment: Environment,
): Promise<CompareRecord> {
  // The inner record would take the place of the run's.
  const inner = { ...environment, recordPath: null }
  const live = await compare({ ...asked, base, head }, inner)
  if (asked.recorded || live.reason !== 'no-common-model') return live
  const recorded = await compare({ ...asked, base, head, recorded: true }, inner)
  const explanation = `${live.explanation} So what both packages recorded was compared. ${recorded.explanation}`
  return { ...recorded, explanation, notes: [...live.notes, ...recorded.notes, explanation] }
}

function comparedOf(record: CompareRecord): Compared {
  const notes = [...record.notes, ...(record.environment?.warnings ?? [])]
  // Measuring has a time budget of its own.
  const whose = record.reason === 'time-budget' ? ' The time budget of the comparison is compare-time-budget.' : ''
  const explanation = `${record.explanation}${whose}`
  return {
    comparison: comparisonSchema.parse({ ...record, explanation }),
    notes: notes.map((note) => `Comparison with the baseline: ${note}`),
  }
}

/** The record before is kept where this one cannot be written. */
async function keep(record: RunRecord, environment: Environment): Promise<void> {
  try {
    await writeRecord(record, environment)
  } catch (error) {
    const why = error instanceof NavigatorError ? error.message : String(error)
    environment.log.warn(`The record could not be completed: ${why}`)
  }
}
