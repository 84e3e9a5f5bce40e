import { type JudgedObjective, objectiveSentence } from './objectives.js'
import type { Verdict } from './verdict.js'

/** What may fail a run that measured all it should; the option `fail-on` lists them. */
export const FAILURES = ['slower', 'objective'] as const
export type FailureKind = (typeof FAILURES)[number]

/** What fails a run, and what is only reported. */
export interface GatePolicy {
  readonly failOn: readonly FailureKind[]
  /** Whether what nobody knows fails: a comparison that could not be decided or made, an objective without a figure. */
  readonly onInconclusive: 'warn' | 'fail'
  /** Whether a push to the default branch may fail: by then the change is in. */
  readonly failOnPush: boolean
  readonly isDefaultBranchPush: boolean
}

export interface GateFacts {
  /** `none` where there was no baseline. */
  readonly verdict: Verdict
  /** The verdict and what led to it, in sentences. */
  readonly verdictText: string
  readonly objectives: readonly JudgedObjective[]
}

export interface GateDecision {
  readonly failed: boolean
  /** What was not as asked for, a sentence each: what fails first, then what is only reported. */
  readonly reasons: string[]
  /** Those of `reasons` that fail. */
  readonly failures: string[]
}

interface Complaint {
  readonly text: string
  readonly fails: boolean
}

/**
 * Decides whether a run fails. A comparison without data is no pass: `on-inconclusive` decides. No baseline at all never
 * fails, and neither does what is faster or the same.
 */
export function judgeGate(facts: GateFacts, policy: GatePolicy): GateDecision {
  const mayFail = policy.failOnPush || !policy.isDefaultBranchPush
  const complaints = [...comparisonComplaints(facts, policy), ...objectiveComplaints(facts, policy)]
  const failures = complaints.filter(({ fails }) => fails && mayFail).map(({ text }) => text)
  const reported = complaints.filter(({ fails }) => !(fails && mayFail)).map(({ text }) => text)
  return { failed: failures.length > 0, reasons: [...failures, ...reported], failures }
}

function comparisonComplaints({ verdict, verdictText }: GateFacts, policy: GatePolicy): Complaint[] {
  switch (verdict) {
    case 'slower':
      return [{ text: verdictText, fails: policy.failOn.includes('slower') }]
    case 'inconclusive':
    case 'not-comparable':
      return [{ text: verdictText, fails: policy.onInconclusive === 'fail' }]
    case 'faster':
    case 'same':
    case 'none':
      return []
  }
}

function objectiveComplaints({ objectives }: GateFacts, { failOn, onInconclusive }: GatePolicy): Complaint[] {
  return objectives
    .filter(({ met }) => met !== true)
    .map((one) => ({
      text: objectiveSentence(one),
      fails: one.met === false ? failOn.includes('objective') : onInconclusive === 'fail',
    }))
}
