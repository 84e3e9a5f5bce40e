import type { Outcome } from './measurement/outcome.js'
import type { NavPackage } from './nav-package/nav-package.js'
import { type ProfilingFigures, profilingFigures } from './nav-package/profiling-figures.js'
import { fingerprintOf } from './platform/fingerprint.js'
import { hostRecord } from './platform/host.js'
import type { Reference } from './reference.js'
import { candidateRecord } from './report/candidate-record.js'
import { RECORD_SCHEMA_VERSION, type RunRecord } from './report/run-record.js'
import type { OptimizeRequest } from './request.js'
import type { Run } from './run.js'
import { PROFILE } from './batch-measurement.js'
import { TOOL } from './version.js'

/** The run as it stands, as one document. `durationMs` is since its start. */
export function recordOf(run: Run, now: Date): RunRecord {
  const { request, host, subject, reference } = run
  return {
    schemaVersion: RECORD_SCHEMA_VERSION,
    tool: { ...TOOL },
    command: run.command,
    name: request.name,
    target: request.target,
    startedAt: run.startedAt.toISOString(),
    durationMs: now.getTime() - run.startedAt.getTime(),
    outcome: run.outcome,
    outcomeReason: run.outcomeReason,
    host: hostRecord(host),
    fingerprint: fingerprintOf(host, run.runtimeVersion),
    settings: settingsOf(request, run.runtimeVersion),
    model: {
      inputs: (reference?.inputs ?? subject.models[0].description.inputs).map(copySpec),
      outputs: (reference?.outputs ?? subject.models[0].description.outputs).map(copySpec),
      batchAxis: reference?.batchDim ?? null,
      sha256: subject.sha256,
      bytes: subject.bytes,
    },
    samples: { origin: run.samples.origin, count: run.samples.correctness.length },
    reference:
      run.referenceId === null
        ? null
        : {
            candidateId: run.referenceId,
            noise: reference?.noise ?? null,
            deterministic: reference?.deterministic ?? true,
          },
    candidates: run.outcomes.map((outcome) =>
      candidateRecord(outcome, null, entryPathOf(outcome, run), run.settled.get(outcome.candidate.id)),
    ),
    previous: previousRows(run),
    selection: run.selection,
    speedUp: run.speedUp,
    comparison: null,
    baseline: null,
    baselineNote: null,
    objectives: [],
    gate: null,
    workflow: null,
    harness: run.harness,
    environment: run.watch?.record() ?? null,
    package: run.navPackage,
    statusSha256: run.statusSha256,
    notes: [...new Set([...run.notes, ...(reference?.notes ?? [])])],
  }
}

/** Where a candidate's file lies in the package; null for a variant that is not kept there. Only the winner's is. */
function entryPathOf({ candidate }: Outcome, run: Run): string | null {
  if (candidate.recipe.kind === 'as-given') return modelEntryPath(run, candidate.modelKey)
  return candidate.id === run.selection?.best.candidateId ? `navpkg/models/${candidate.id}/model.onnx` : null
}

interface RunOfPackage {
  readonly subject: { readonly navPackage: NavPackage | null }
}

/** Where the file of a model as given lies in the package. */
export function modelEntryPath({ subject: { navPackage } }: RunOfPackage, modelKey: string): string {
  return navPackage?.status.models_status[modelKey]?.model_config.path ?? `${modelKey}/model.onnx`
}

/** What the incoming package said it was measured at; rows that are not measured now lose their figures in status.yaml. */
export function previousRows({ subject }: RunOfPackage): RunRecord['previous'] {
  const models = Object.entries(subject.navPackage?.status.models_status ?? {})
  return models.flatMap(([key, { runners_status: runners }]) =>
    Object.entries(runners).flatMap(([runner, { result }]) => {
      const measurements = profilingFigures(result).filter(isComplete)
      return measurements.length === 0 ? [] : [{ key, runner, measurements }]
    }),
  )
}

/** A stranger's figures may be anything; the record holds those that are figures of a batch size. */
function isComplete({ batchSize, p50LatencyMs, throughputPerSecond }: ProfilingFigures): boolean {
  const isBatch = batchSize === null || (Number.isInteger(batchSize) && batchSize > 0)
  return isBatch && Number.isFinite(p50LatencyMs) && Number.isFinite(throughputPerSecond)
}

/** A tensor as records keep it. */
export function copySpec(spec: Reference['inputs'][number]): RunRecord['model']['inputs'][number] {
  return { ...spec, shape: [...spec.shape] }
}

function settingsOf(request: OptimizeRequest, runtimeVersion: string | null): RunRecord['settings'] {
  return {
    strategy: request.strategy,
    latencyBudgetMs: request.latencyBudgetMs,
    accuracyBudget: request.accuracyBudget,
    device: request.device,
    timeBudgetMs: request.timeBudgetMs,
    sessionSettings: request.settings,
    batchSizes: request.batchSizes === null ? null : [...request.batchSizes],
    maxBatchSize: request.maxBatchSize,
    seed: request.seed,
    windowSize: PROFILE.windowSize,
    stabilityPercentage: PROFILE.stabilityPercentage,
    runtime: runtimeVersion === null ? null : { name: 'onnxruntime-node', version: runtimeVersion },
  }
}
