import path from 'node:path'

import { type Backend, BackendFailure, type ModelSession, type ProcessLimits } from './backends/backend.js'
import { measureBatch, newSweep } from './batch-measurement.js'
import type { Environment } from './environment.js'
import { NavigatorError } from './errors.js'
import { compareOutputs, judge } from './measurement/correctness.js'
import type {
  Correctness,
  MeasuredOutcome,
  Measurement,
  ModelFile,
  Outcome,
  ProfilingResult,
  RawSamples,
} from './measurement/outcome.js'
import { batchSchedule } from './plan/batch-sizes.js'
import type { Candidate } from './plan/candidate.js'
import type { Reference } from './reference.js'
import type { OptimizeRequest } from './request.js'
import type { ResumeJournal } from './resume.js'
import { fingerprintFile, type SubjectModel } from './subject.js'
import { NO_TIME_LEFT } from './time-budget.js'

/** Everything that screening one candidate needs besides the candidate. */
export interface Screening {
  readonly backend: Backend
  readonly model: SubjectModel
  readonly reference: Reference
  readonly request: OptimizeRequest
  readonly limits: ProcessLimits
  readonly workspaceDir: string
  /** True once the time for screening is used up. */
  readonly outOfTime: () => boolean
  /** What the outputs may differ by from the expected ones, relative RMS. */
  readonly bound: number
  readonly journal: ResumeJournal
  readonly environment: Environment
}

/**
 * Builds, loads, checks and sweeps one candidate in a process of its own, unless an interrupted run did. A model's
 * failure is an outcome; ours throws.
 */
export async function screen(candidate: Candidate, screening: Screening): Promise<Outcome> {
  let file: ModelFile | null = null
  try {
    file = await buildFile(candidate, screening)
    const known = await screening.journal.find(candidate, file)
    if (known !== null) return known
    const outcome = await measure(candidate, file, screening)
    if (outcome.status === 'measured' && outcome.sweepEnd !== NO_TIME_LEFT) await screening.journal.keep(outcome)
    return outcome
  } catch (error) {
    if (!(error instanceof BackendFailure)) throw error
    const failure = { failureClass: error.failureClass, reason: error.message, file, correctness: null }
    return { status: 'failed', candidate, ...failure }
  }
}

async function measure(candidate: Candidate, file: ModelFile, screening: Screening): Promise<Outcome> {
  const { backend, limits, environment } = screening
  const load = { modelPath: file.path, settings: candidate.settings, limits }
  await using session = await backend.load(load, environment.signal)
  const correctness = await check(session, screening)
  if (correctness.status === 'FAIL') {
    const worst = Math.max(...correctness.outputs.map((output) => output.relativeRms))
    const reason = `its outputs differ from the model as given by ${worst.toExponential(1)} (relative RMS)`
    return { status: 'failed', candidate, failureClass: 'incorrect', reason, file, correctness }
  }
  try {
    return { ...(await sweep(session, candidate, screening)), file, correctness }
  } catch (error) {
    if (!(error instanceof BackendFailure)) throw error
    // Its outputs were right all the same.
    return { status: 'failed', candidate, failureClass: error.failureClass, reason: error.message, file, correctness }
  }
}

async function buildFile(candidate: Candidate, screening: Screening): Promise<ModelFile> {
  switch (candidate.recipe.kind) {
    case 'as-given':
      return screening.model.file
    case 'graph-optimized': {
      const outputPath = path.join(screening.workspaceDir, `${candidate.id}.onnx`)
      const settings = { ...candidate.settings, graphLevel: candidate.recipe.level }
      const load = { modelPath: screening.model.file.path, settings, limits: screening.limits, outputPath }
      await screening.backend.optimizeGraph(load, screening.environment.signal).catch((error: unknown) => {
        if (!(error instanceof BackendFailure) || error.failureClass !== 'load-error') throw error
        throw new BackendFailure('build-error', error.message, error.tail)
      })
      return fingerprintFile(outputPath)
    }
  }
}

async function check(session: ModelSession, { reference, bound }: Screening): Promise<Correctness> {
  const pairs = []
  for (const [index, request] of reference.requests.entries()) {
    const expected = reference.expected[index]
    if (expected === undefined) throw new NavigatorError('worker-failed', `no expected output for sample ${index}`)
    pairs.push({ expected, got: await session.infer(request) })
  }
  const { differences, problem } = compareOutputs(
    pairs,
    reference.outputs.map((output) => output.name),
  )
  if (problem !== null) throw new BackendFailure(problem.includes('finite') ? 'non-finite' : 'incorrect', problem)
  if (!reference.deterministic) return { status: 'NOT-JUDGED', outputs: differences }
  return { status: judge(differences, bound), outputs: differences }
}

type SweepResult = Omit<MeasuredOutcome, 'file' | 'correctness'>

async function sweep(session: ModelSession, candidate: Candidate, screening: Screening): Promise<SweepResult> {
  const { request, reference } = screening
  const samples = new Map<number, RawSamples>()
  const measurements: Measurement[] = []
  const results: ProfilingResult[] = []
  const saturation = newSweep(request)
  const { batchSizes, maxBatchSize } = request
  const serving = { request: reference.profiling, batchAxes: reference.batchAxes ?? new Map<string, number>() }
  let sweepEnd: string | null = null
  for (const batchSize of batchSchedule({ hasBatchAxis: reference.batchAxes !== null, batchSizes, maxBatchSize })) {
    if (measurements.length > 0 && screening.outOfTime()) {
      sweepEnd = NO_TIME_LEFT
      break
    }
    const batch = await measureBatch(session, serving, batchSize, measurements.at(-1)).catch((error: unknown) => {
      if (!(error instanceof BackendFailure) || measurements.length === 0) throw error
      sweepEnd = `batch size ${batchSize ?? 1}: ${error.message}`
      return null
    })
    if (batch === null) break
    const { measurement } = batch
    measurements.push(measurement)
    samples.set(batchSize ?? 0, batch.samples)
    results.push(batch.result)
    announce(candidate, measurement, screening)
    if (saturation.offer(measurement.throughputPerSecond) === 'stop') break
  }
  const peakMemoryBytes = sweepEnd === null || sweepEnd === NO_TIME_LEFT ? await session.peakMemoryBytes() : null
  const rows = candidate.key === null ? [] : statusRows(results.slice(0, saturation.recorded()), reference)
  return {
    status: 'measured',
    candidate,
    loadMs: session.loadMs,
    peakMemoryBytes,
    measurements,
    profilingResults: rows,
    samples,
    sweepEnd,
  }
}

/** A model whose batch axes the format cannot express has one row, its batch of 1, without a batch size. */
function statusRows(results: readonly ProfilingResult[], reference: Reference): readonly ProfilingResult[] {
  return reference.batchDim === 0 ? results : results.slice(0, 1).map((row) => ({ ...row, batchSize: null }))
}

function announce(candidate: Candidate, measurement: Measurement, { environment }: Screening): void {
  environment.onProgress({
    kind: 'batch-measured',
    candidate,
    batchSize: measurement.batchSize,
    p50Ms: measurement.latencyMs.p50?.value ?? null,
    throughputPerSecond: measurement.throughputPerSecond,
  })
}
