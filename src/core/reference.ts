import {
  type Backend,
  BackendFailure,
  type LoadRequest,
  type ModelSession,
  type ProcessLimits,
} from './backends/backend.js'
import { firstItem, tryBatch } from './batch-trial.js'
import { batchAxisGuess, type BatchProof } from './measurement/batch-proof.js'
import { compareOutputs, findNonFinite, PRECISE } from './measurement/correctness.js'
import type { SessionSettings } from './plan/candidate.js'
import type { OptimizeRequest } from './request.js'
import type { Samples } from './samples-source.js'
import type { SubjectModel } from './subject.js'
import type { NamedTensors, TensorSpec } from './tensors/tensor.js'

/** What the model as given answers, and what was learnt about its batch axis from that. */
export interface Reference {
  /** One single-item request per sample; the batch axis cut to its first item where there is one. */
  readonly requests: readonly NamedTensors[]
  readonly profiling: NamedTensors
  /** What the model answers to `profiling`. */
  readonly profilingOutput: NamedTensors
  /** Expected outputs of `requests`: the package's own, else the model's with graph optimization off. */
  readonly expected: readonly NamedTensors[]
  readonly deterministic: boolean
  /** ν: largest relative RMS between outputs at default session options and with graph optimization off. */
  readonly noise: number
  /** Proven batch axes of the inputs by name, or null. */
  readonly batchAxes: ReadonlyMap<string, number> | null
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** status.yaml's `batch_dim`. */
  readonly batchDim: 0 | null
  /** Why there are no batch axes; null when there are. */
  readonly unbatchedBecause: string | null
  readonly notes: readonly string[]
}

interface ReferenceOptions {
  readonly request: OptimizeRequest
  readonly settings: SessionSettings
  /** False when the package the model came in says that it does not batch. */
  readonly mayBatch: boolean
  readonly limits: ProcessLimits
  readonly signal: AbortSignal
}

/**
 * Runs the model as given: twice for every request with graph optimization off, to see what to expect and whether it
 * repeats itself; then at default options, to see how far it is from itself, and on a batch of two different requests,
 * to see whether it really batches.
 * Throws BackendFailure when the model cannot run at all, or answers with NaN or infinity.
 */
export async function measureReference(
  backend: Backend,
  model: SubjectModel,
  samples: Samples,
  options: ReferenceOptions,
): Promise<Reference> {
  const { settings, limits, signal, request } = options
  const { inputs, outputs } = model.description
  const load = { modelPath: model.file.path, settings, limits }
  const unoptimized = { ...load, settings: { ...settings, graphLevel: 'disabled' as const } }
  const shapes = new Map([...samples.profiling].map(([name, tensor]) => [name, tensor.shape]))
  const guess = batchAxisGuess(inputs, outputs, shapes)
  const whole: Requests = { requests: samples.correctness, profiling: samples.profiling }
  const single = guess === null ? whole : mapRequests(whole, (one) => firstItem(one, guess))
  const ofSingle = await answersOf(backend, unoptimized, single, signal)

  await using session = await backend.load(load, signal)
  const atDefault = await inferAll(session, single.requests)
  const noise = largestDifference(ofSingle.outputs, atDefault) ?? 0
  const proof: BatchProof =
    guess === null
      ? { reason: 'no dynamic axis that all inputs could share as a batch axis' }
      : ofSingle.deterministic
        ? await tryBatch(session, { axes: guess, requests: single.requests, outputs: atDefault, model, request, noise })
        : { reason: 'the outputs are not deterministic, so rows of a batch cannot be compared' }
  await session.close()

  const proven = 'outputAxes' in proof && guess !== null ? { inputAxes: guess, outputAxes: proof.outputAxes } : null
  const used = proven === null ? whole : single
  const answers = isSameSize(used, single) ? ofSingle : await answersOf(backend, unoptimized, whole, signal)
  const { deterministic } = answers
  const stored = samples.expected === null ? null : storedAnswers(samples.expected, answers.outputs)
  return {
    ...used,
    profilingOutput: answers.profilingOutput,
    expected: stored?.outputs ?? answers.outputs,
    deterministic,
    noise,
    batchAxes: proven?.inputAxes ?? null,
    inputs: inputs.map((spec) => ({ ...spec, batchAxis: proven?.inputAxes.get(spec.name) ?? null })),
    outputs: outputs.map((spec) => ({ ...spec, batchAxis: proven?.outputAxes.get(spec.name) ?? null })),
    batchDim: proven !== null && options.mayBatch && isLeading(model, proven) ? 0 : null,
    unbatchedBecause: 'reason' in proof ? proof.reason : null,
    notes: [...referenceNotes(proof, { deterministic, noise }), ...(stored?.notes ?? [])],
  }
}

/** The outputs that a package stored, where the model can be held to them. */
function storedAnswers(
  stored: readonly NamedTensors[],
  own: readonly NamedTensors[],
): { outputs: readonly NamedTensors[] | null; notes: string[] } {
  const pairs = stored.map((expected, index) => ({ expected, got: own[index] ?? new Map() }))
  const { problem } = compareOutputs(pairs, [...(own[0]?.keys() ?? [])])
  const isFinite = stored.every((outputs) => findNonFinite(outputs).length === 0)
  if (problem === null && isFinite) return { outputs: stored, notes: [] }
  const why = problem ?? 'they hold NaN or infinity'
  return { outputs: null, notes: [`The outputs stored in the package were not used: ${why}.`] }
}

interface Requests {
  readonly requests: readonly NamedTensors[]
  readonly profiling: NamedTensors
}

function mapRequests({ requests, profiling }: Requests, change: (request: NamedTensors) => NamedTensors): Requests {
  return { requests: requests.map(change), profiling: change(profiling) }
}

/** Whether cutting the requests to single items left them as they were. */
function isSameSize(one: Requests, other: Requests): boolean {
  const sizes = ({ requests, profiling }: Requests): string =>
    JSON.stringify([...requests, profiling].map((request) => [...request].map(([, tensor]) => tensor.shape)))
  return sizes(one) === sizes(other)
}

async function answersOf(
  backend: Backend,
  load: LoadRequest,
  { requests, profiling }: Requests,
  signal: AbortSignal,
): Promise<{ outputs: NamedTensors[]; profilingOutput: NamedTensors; deterministic: boolean }> {
  await using session = await backend.load(load, signal)
  const outputs = await inferAll(session, requests)
  requireFinite(outputs)
  const difference = largestDifference(outputs, await inferAll(session, requests))
  const deterministic = difference !== null && difference <= REPEATS
  return { outputs, profilingOutput: await session.infer(profiling), deterministic }
}

async function inferAll(session: ModelSession, requests: readonly NamedTensors[]): Promise<NamedTensors[]> {
  const outputs: NamedTensors[] = []
  for (const request of requests) outputs.push(await session.infer(request))
  return outputs
}

function requireFinite(outputs: readonly NamedTensors[]): void {
  outputs.forEach((output, index) => {
    const names = findNonFinite(output)
    if (names.length === 0) return
    throw new BackendFailure(
      'non-finite',
      `The model as given answers sample ${index} with NaN or infinity in ${names.join(', ')}. ` +
        'Give samples it is meant for (samples), or a range its inputs may have (input-range).',
    )
  })
}

/** Relative RMS between two answers to the same request up to which a model counts as repeating itself. */
const REPEATS = 1e-6

/** The largest relative RMS difference of an output; null when outputs cannot be compared. */
function largestDifference(expected: readonly NamedTensors[], got: readonly NamedTensors[]): number | null {
  const pairs = expected.map((one, index) => ({ expected: one, got: got[index] ?? new Map() }))
  const { differences, problem } = compareOutputs(pairs, [...(expected[0]?.keys() ?? [])])
  return problem === null ? Math.max(0, ...differences.map(({ relativeRms }) => relativeRms)) : null
}

/** The format has one batch axis for all inputs and outputs: the first. */
function isLeading(
  { description }: SubjectModel,
  { inputAxes, outputAxes }: { inputAxes: ReadonlyMap<string, number>; outputAxes: ReadonlyMap<string, number> },
): boolean {
  return (
    description.inputs.every(({ name }) => inputAxes.get(name) === 0) &&
    description.outputs.every(({ name }) => outputAxes.get(name) === 0)
  )
}

function referenceNotes(proof: BatchProof, facts: { deterministic: boolean; noise: number }): string[] {
  const notes: string[] = []
  if (!facts.deterministic) notes.push('The model gives different outputs for the same input: accuracy was not judged.')
  else if (facts.noise > PRECISE) {
    notes.push(
      `With these samples the outputs depend on rounding: optimizing the graph alone changes them by ` +
        `${(facts.noise * 100).toPrecision(2)} %. Give real samples to judge accuracy.`,
    )
  }
  if ('reason' in proof) notes.push(`Measured without batching: ${proof.reason}.`)
  return notes
}
