import type { Verdict } from '../comparison/verdict.js'
import type { RunRecord } from './run-record.js'

/** What decides first when several models are one report: the worst, then what nobody knows, then what is good news. */
const BY_WEIGHT: readonly Verdict[] = ['slower', 'inconclusive', 'not-comparable', 'faster', 'same', 'none']

/** The verdict on several models together; `none` when nothing of them was compared. */
export function overallOf(records: readonly Pick<RunRecord, 'comparison'>[]): Verdict {
  const verdicts = new Set(records.map(({ comparison }) => comparison?.verdict ?? 'none'))
  return BY_WEIGHT.find((verdict) => verdicts.has(verdict)) ?? 'none'
}
