import {
  type CompareRun,
  conclude,
  identicalReason,
  keepRecorded,
  startCompare,
  withCompareRecord,
} from './compare-record.js'
import { fingerprintDifferences } from './comparison/fingerprint.js'
import { METRICS, type MetricName } from './comparison/metrics.js'
import { judgeRecorded, runToRunOf } from './comparison/recorded.js'
import { overallVerdict } from './comparison/verdict.js'
import type { Environment } from './environment.js'
import { readPackageRecord } from './inspect.js'
import { isSameSettings } from './plan/settings.js'
import { winnerOf } from './report/figures.js'
import type { CompareRecord } from './report/comparison.js'
import type { CandidateRecord, RunRecord } from './report/run-record.js'
import type { CompareRequest } from './request.js'

/**
 * Compares what the records of two packages say, and runs nothing. Only records of one fingerprint can be compared, and
 * as they were made at different times, only large differences are told (`RUN_TO_RUN`).
 */
export async function compareRecorded(request: CompareRequest, environment: Environment): Promise<CompareRecord> {
  const run = startCompare(request, { runtimeVersion: null, startedAt: new Date(), watch: null })
  return withCompareRecord(run, environment, async () => {
    environment.onProgress({ kind: 'stage', stage: 'read' })
    const base = await readPackageRecord(request.base, environment.signal)
    const head = await readPackageRecord(request.head, environment.signal)
    judgeRecords(run, base, head)
  })
}

function judgeRecords(run: CompareRun, base: RunRecord | null, head: RunRecord | null): void {
  const ofBase = base === null ? null : winnerOf(base)
  const ofHead = head === null ? null : winnerOf(head)
  if (base === null || head === null || ofBase === null || ofHead === null) {
    const without = [...(ofBase === null ? ['base'] : []), ...(ofHead === null ? ['head'] : [])]
    const explanation =
      `There is no record of what the ${without.join(' and the ')} was measured at, as navpkg optimize keeps it. ` +
      'Compare without recorded to measure both here.'
    conclude(run, { verdict: 'not-comparable', reason: 'not-recorded', explanation })
    return
  }
  const differences = fingerprintDifferences(base.fingerprint, head.fingerprint)
  if (differences.length > 0) {
    const explanation = `They were measured on machines that differ: ${differences.join('; ')}.`
    conclude(run, { verdict: 'not-comparable', reason: 'different-fingerprint', explanation })
    return
  }
  if (base.model.sha256 === head.model.sha256 && isSameServing(ofBase, ofHead)) {
    identicalReason(run)
    return
  }
  judgeFigures(run, ofBase, ofHead, runToRunOf(head.fingerprint))
}

function isSameServing(base: CandidateRecord, head: CandidateRecord): boolean {
  return base.file?.sha256 === head.file?.sha256 && isSameSettings(base.settings, head.settings)
}

function judgeFigures(run: CompareRun, base: CandidateRecord, head: CandidateRecord, runToRun: number): void {
  const evidence = METRICS.map((name) => ({
    name,
    tolerance: run.request.tolerances[name],
    pairId: name,
    baseMs: timesOf(base, name),
    headMs: timesOf(head, name),
  }))
  const judgements = judgeRecorded(evidence, runToRun)
  keepRecorded(run, judgements, evidence)
  const verdict = overallVerdict(judgements.map((one) => one.verdict))
  const reasons = [...new Set(judgements.flatMap(({ reason }) => reason ?? []))]
  const explanation = reasons.length > 0 ? reasons.join(' ') : 'By the figures that both packages recorded.'
  conclude(run, { verdict, reason: 'recorded', explanation })
}

/** Milliseconds of every generation; none where the winner was not measured against others. */
function timesOf({ settled }: CandidateRecord, metric: MetricName): number[] {
  return (metric === 'latency-p50' ? settled?.latencyMs : settled?.itemMs) ?? []
}
