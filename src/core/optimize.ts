import { BackendFailure } from './backends/backend.js'
import { choose } from './choose.js'
import type { Environment } from './environment.js'
import { NavigatorError } from './errors.js'
import { keepPartialRecord, keepRecord, withRecord } from './keep-record.js'
import { precisionBound } from './measurement/correctness.js'
import type { Outcome } from './measurement/outcome.js'
import type { Candidate } from './plan/candidate.js'
import { planAsGiven, type PlannedCandidate, planVariants } from './plan/plan.js'
import { measureReference, type Reference } from './reference.js'
import type { OptimizeRequest } from './request.js'
import { openResumeJournal, type ResumeJournal } from './resume.js'
import { finish, referenceOptions, type Run, type RunResult, startRun, type Tools, withTools } from './run.js'
import { type Screening, screen } from './screen.js'
import type { SubjectModel } from './subject.js'
import { NO_TIME_LEFT, outOfTime, SCREEN_SHARE } from './time-budget.js'

/**
 * Finds the fastest correct way to serve a model on this machine and saves it, with all that was measured, as a
 * Navigator Package at `request.output`. A candidate's failure is part of the record; `outcome` in the record says how
 * the run ended. Throws NavigatorError for inputs that cannot be used and machines that cannot do it.
 */
export async function optimize(request: OptimizeRequest, environment: Environment): Promise<RunResult> {
  // A dry run measures nothing.
  const { exclusive, waitForQuietMs } = request.dryRun ? NO_CARE : request
  return withTools({ ...request, waitForQuietMs }, environment, exclusive, async (tools) => {
    const run = await startRun('optimize', request, tools)
    const facts = { ...request, models: run.subject.models, allowedCores: run.host.allowedCores }
    const asGiven = planAsGiven(facts)
    const first = asGiven.find(({ skip }) => skip === null)?.candidate.id ?? null
    const plan = [...asGiven, ...planVariants(facts, asGiven, first)]
    environment.onProgress({ kind: 'planned', candidates: plan.map((planned) => planned.candidate) })
    if (request.dryRun) return skipAll(run, plan, environment)
    const journal = await openResumeJournal(run, tools)
    const context = { run, tools, journal, total: plan.length, outOfTime: outOfTime(run, SCREEN_SHARE) }
    return withRecord(run, environment, async () => {
      await screenAll(asGiven, context)
      // Of another model when the first one does not run.
      await screenAll(planVariants(facts, asGiven, run.referenceId), context)
      await choose(run, tools)
      if (run.outcome === 'done') await finish(run, tools)
      await journal.clear()
    })
  })
}

const NO_CARE = { exclusive: 'off', waitForQuietMs: null } as const

interface Context {
  readonly run: Run
  readonly tools: Tools
  readonly journal: ResumeJournal
  /** How many candidates there are in all, for progress. */
  readonly total: number
  readonly outOfTime: () => boolean
}

async function screenAll(plan: readonly PlannedCandidate[], context: Context): Promise<void> {
  const { run, tools, total } = context
  const { environment } = tools
  for (const { candidate, skip } of plan) {
    const progress = { index: run.outcomes.length, total }
    environment.onProgress({ kind: 'candidate-started', candidate, ...progress })
    const whySkipped = skip ?? (run.referenceId !== null && context.outOfTime() ? NO_TIME_LEFT : null)
    const outcome: Outcome =
      whySkipped === null ? await screenOne(candidate, context) : { status: 'skipped', candidate, reason: whySkipped }
    run.outcomes.push(outcome)
    environment.onProgress({ kind: 'candidate-finished', outcome, ...progress })
    await keepPartialRecord(run, environment)
  }
}

async function screenOne(candidate: Candidate, { run, tools, journal, outOfTime }: Context): Promise<Outcome> {
  const { backend, environment, limits, workspace } = tools
  const model = run.subject.models.find(({ key }) => key === candidate.modelKey) ?? run.subject.models[0]
  const reference = run.reference ?? (await tryReference(run, model, tools))
  if (reference instanceof BackendFailure) {
    const { failureClass, message } = reference
    return { status: 'failed', candidate, failureClass, reason: message, file: model.file, correctness: null }
  }
  const screening: Screening = {
    backend,
    model,
    reference,
    request: run.request,
    limits,
    workspaceDir: workspace.dir,
    outOfTime,
    bound: boundFor(candidate, reference, run),
    journal,
    environment,
  }
  const outcome = await screen(candidate, screening)
  if (outcome.status === 'measured' && run.referenceId === null) {
    run.reference = reference
    run.referenceId = candidate.id
  }
  return outcome
}

/**
 * What a candidate's outputs may differ by, as relative RMS: the reference by anything finite, what keeps its precision
 * by rounding, and another model by the accuracy budget, but never by less than the reference differs from itself.
 */
function boundFor(candidate: Candidate, { noise }: Reference, { referenceId, request }: Run): number {
  if (referenceId === null) return Infinity
  return candidate.parentId === null ? Math.max(request.accuracyBudget, noise) : precisionBound(noise)
}

async function tryReference(run: Run, model: SubjectModel, tools: Tools): Promise<Reference | BackendFailure> {
  tools.environment.onProgress({ kind: 'stage', stage: 'reference' })
  try {
    const reference = await measureReference(tools.backend, model, run.samples, referenceOptions(run, tools))
    checkBatchOptions(run, reference, tools.environment)
    tools.environment.onProgress({ kind: 'stage', stage: 'screen' })
    return reference
  } catch (error) {
    if (error instanceof BackendFailure) return error
    throw error
  }
}

/** Whether the model batches is known only once it ran: then sizes asked for by number are not quietly left out. */
function checkBatchOptions(run: Run, { unbatchedBecause, notes }: Reference, { log }: Environment): void {
  const { batchSizes, maxBatchSize } = run.request
  if (unbatchedBecause === null) return
  if (batchSizes !== null) {
    throw new NavigatorError(
      'invalid-options',
      `The batch sizes ${batchSizes.join(', ')} cannot be measured: the model is not batched. Leave batch-sizes away.`,
      { problems: notes },
    )
  }
  if (maxBatchSize === null) return
  const note = `The largest batch size, ${maxBatchSize}, was not used: the model is not batched.`
  run.notes.push(note)
  log.warn(note)
}

async function skipAll(run: Run, plan: readonly PlannedCandidate[], environment: Environment): Promise<RunResult> {
  for (const { candidate, skip } of plan) run.outcomes.push({ status: 'skipped', candidate, reason: skip ?? 'dry run' })
  run.notes.push('Dry run: nothing was measured and no package was written.')
  return { record: await keepRecord(run, environment) }
}
