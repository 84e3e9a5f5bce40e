import { BackendFailure } from './backends/backend.js'
import { choose } from './choose.js'
import type { Environment } from './environment.js'
import { NavigatorError } from './errors.js'
import type { Outcome } from './measurement/outcome.js'
import { makePlan, type PlannedCandidate } from './plan/plan.js'
import { measureReference, type Reference } from './reference.js'
import type { OptimizeRequest } from './request.js'
import {
  finish,
  keepRecord,
  referenceOptions,
  type Run,
  type RunResult,
  startRun,
  type Tools,
  withTools,
} from './run.js'
import { type Screening, screen } from './screen.js'
import type { SubjectModel } from './subject.js'
import { outOfTime, SCREEN_SHARE } from './time-budget.js'

/**
 * Finds the fastest correct way to serve a model on this machine and saves it, with all that was measured, as a
 * Navigator Package at `request.output`. A candidate's failure is part of the record; `outcome` in the record says how
 * the run ended. Throws NavigatorError for inputs that cannot be used and machines that cannot do it.
 */
export async function optimize(request: OptimizeRequest, environment: Environment): Promise<RunResult> {
  return withTools(request, environment, async (tools) => {
    const run = await startRun('optimize', request, tools)
    const plan = makePlan({
      models: run.subject.models,
      allowedCores: run.host.allowedCores,
      settings: request.settings,
      formats: request.formats,
      runners: request.runners,
      device: request.device,
    })
    environment.onProgress({ kind: 'planned', candidates: plan.map((planned) => planned.candidate) })
    if (request.dryRun) return skipAll(run, plan, environment)
    try {
      await screenAll(run, plan, tools)
      await choose(run, tools)
    } catch (error) {
      if (!environment.signal.aborted) throw error
      run.outcome = 'interrupted'
      run.outcomeReason = 'The run was interrupted; what was measured until then is kept in the record.'
    }
    if (run.outcome === 'done') await finish(run, tools)
    return { record: await keepRecord(run, environment) }
  })
}

async function screenAll(run: Run, plan: readonly PlannedCandidate[], tools: Tools): Promise<void> {
  const { environment } = tools
  const references = new Map<string, Reference | BackendFailure>()
  const screenTimeUp = outOfTime(run, SCREEN_SHARE)
  for (const [index, { candidate, skip }] of plan.entries()) {
    const model = run.subject.models.find((one) => one.key === candidate.modelKey)
    if (model === undefined) continue
    const progress = { candidate, index, total: plan.length }
    environment.onProgress({ kind: 'candidate-started', ...progress })
    let outcome: Outcome
    if (skip !== null) outcome = { status: 'skipped', candidate, reason: skip }
    else if (run.referenceId !== null && screenTimeUp())
      outcome = { status: 'skipped', candidate, reason: 'time budget' }
    else outcome = await screenOne(run, model, candidate, references, tools, screenTimeUp)
    run.outcomes.push(outcome)
    environment.onProgress({ kind: 'candidate-finished', outcome, index, total: plan.length })
    await keepRecord(run, environment, 'interrupted')
  }
}

async function screenOne(
  run: Run,
  model: SubjectModel,
  candidate: PlannedCandidate['candidate'],
  references: Map<string, Reference | BackendFailure>,
  tools: Tools,
  screenTimeUp: () => boolean,
): Promise<Outcome> {
  const { backend, environment, limits, workspace } = tools
  const reference = references.get(model.key) ?? (await tryReference(run, model, tools))
  references.set(model.key, reference)
  if (reference instanceof BackendFailure) {
    const { failureClass, message } = reference
    return { status: 'failed', candidate, failureClass, reason: message, file: model.file, correctness: null }
  }
  run.reference ??= reference
  checkBatchOptions(run, reference, environment)
  const screening: Screening = {
    backend,
    model,
    reference,
    request: run.request,
    limits,
    workspaceDir: workspace.dir,
    outOfTime: screenTimeUp,
    noise: candidate.key === null ? reference.noise : null,
    environment,
  }
  const outcome = await screen(candidate, screening)
  if (outcome.status === 'measured' && run.referenceId === null) {
    run.referenceId = candidate.id
    run.noise = reference.noise
  }
  return outcome
}

/** Whether the model batches is known only once it ran: then `--batch-sizes` cannot be had, and a largest size says nothing. */
function checkBatchOptions(run: Run, reference: Reference, environment: Environment): void {
  const { batchSizes, maxBatchSize } = run.request
  if (reference !== run.reference || reference.batchAxes !== null) return
  if (batchSizes !== null) {
    throw new NavigatorError(
      'invalid-options',
      `The batch sizes ${batchSizes.join(', ')} cannot be measured: the model has no batch axis. Leave batch-sizes away.`,
      { problems: reference.notes },
    )
  }
  if (maxBatchSize === null) return
  const note = `The largest batch size, ${maxBatchSize}, was not used: the model has no batch axis.`
  if (run.notes.includes(note)) return
  run.notes.push(note)
  environment.log.warn(note)
}

async function tryReference(run: Run, model: SubjectModel, tools: Tools): Promise<Reference | BackendFailure> {
  tools.environment.onProgress({ kind: 'stage', stage: 'reference' })
  try {
    const reference = await measureReference(tools.backend, model, run.samples, referenceOptions(run, tools))
    tools.environment.onProgress({ kind: 'stage', stage: 'screen' })
    return reference
  } catch (error) {
    if (error instanceof BackendFailure) return error
    throw error
  }
}

async function skipAll(run: Run, plan: readonly PlannedCandidate[], environment: Environment): Promise<RunResult> {
  for (const { candidate, skip } of plan) run.outcomes.push({ status: 'skipped', candidate, reason: skip ?? 'dry run' })
  run.notes.push('Dry run: nothing was measured and no package was written.')
  return { record: await keepRecord(run, environment) }
}
