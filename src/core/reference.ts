import {
  type Backend,
  BackendFailure,
  type LoadRequest,
  type ModelSession,
  type ProcessLimits,
} from './backends/backend.js'
import { batchAxisGuess, joinBatch, proveBatch } from './measurement/batch-proof.js'
import { compareOutputs, findNonFinite, PRECISE, precisionBound } from './measurement/correctness.js'
import { expandBatch, squeezeBatch } from './nav-package/nav-package.js'
import type { SessionSettings } from './plan/candidate.js'
import { mulberry32, randomRequest } from './plan/random-samples.js'
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

/**
 * Runs the model as given with graph optimization off: twice for every request, to see whether it repeats itself, and
 * on a batch of two different requests, to see whether it really batches.
 * Throws BackendFailure when the model cannot run at all, or answers with NaN or infinity.
 */
export async function measureReference(
  backend: Backend,
  model: SubjectModel,
  samples: Samples,
  options: {
    readonly request: OptimizeRequest
    readonly settings: SessionSettings
    /** False when the package the model came in says that it does not batch. */
    readonly mayBatch: boolean
    readonly limits: ProcessLimits
    readonly signal: AbortSignal
  },
): Promise<Reference> {
  const { settings, limits, signal } = options
  const load = { modelPath: model.file.path, settings: { ...settings, graphLevel: 'disabled' as const }, limits }
  await using session = await backend.load(load, signal)
  const { inputs, outputs } = model.description
  const resolved = new Map([...samples.profiling].map(([name, tensor]) => [name, tensor.shape]))
  const guess = batchAxisGuess(inputs, outputs, resolved)
  const toSingle = (request: NamedTensors): NamedTensors => (guess === null ? request : firstItem(request, guess))
  const requests = samples.correctness.map(toSingle)
  const unoptimized = await inferAll(session, requests)
  requireFinite(unoptimized)
  const deterministic = await repeats(session, requests, unoptimized)
  const noise = await defaultNoise(backend, { ...load, settings }, signal, requests, unoptimized)
  const proof =
    guess === null
      ? { reason: 'no dynamic axis that all inputs could share as a batch axis' }
      : deterministic
        ? await tryBatch(session, guess, requests, unoptimized, { model, request: options.request, noise })
        : { reason: 'the outputs are not deterministic, so rows of a batch cannot be compared' }
  const proven = 'outputAxes' in proof && guess !== null ? { inputAxes: guess, outputAxes: proof.outputAxes } : null
  const wereCut = guess !== null
  const profiling = proven === null ? samples.profiling : toSingle(samples.profiling)
  return {
    requests: proven === null ? [...samples.correctness] : requests,
    profiling,
    profilingOutput: await session.infer(profiling),
    expected:
      samples.expected ?? (wereCut && proven === null ? await inferAll(session, samples.correctness) : unoptimized),
    deterministic,
    noise,
    batchAxes: proven?.inputAxes ?? null,
    inputs: inputs.map((spec) => ({ ...spec, batchAxis: proven?.inputAxes.get(spec.name) ?? null })),
    outputs: outputs.map((spec) => ({ ...spec, batchAxis: proven?.outputAxes.get(spec.name) ?? null })),
    batchDim: proven !== null && options.mayBatch && isLeading(model, proven) ? 0 : null,
    unbatchedBecause: 'reason' in proof ? proof.reason : null,
    notes: referenceNotes(proof, { deterministic, noise, maxBatchSize: options.request.maxBatchSize }),
  }
}

function firstItem(request: NamedTensors, axes: ReadonlyMap<string, number>): NamedTensors {
  return new Map(
    [...request].map(([name, tensor]) => {
      const axis = axes.get(name)
      return [name, axis === undefined ? tensor : expandBatch(squeezeBatch(tensor, axis), axis)]
    }),
  )
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
        'Give samples it is meant for (--samples), or a range its inputs may have (--input-range).',
    )
  })
}

async function repeats(
  session: ModelSession,
  requests: readonly NamedTensors[],
  first: readonly NamedTensors[],
): Promise<boolean> {
  const second = await inferAll(session, requests)
  const names = [...(first[0]?.keys() ?? [])]
  const pairs = first.map((expected, index) => ({ expected, got: second[index] ?? new Map() }))
  const { differences, problem } = compareOutputs(pairs, names)
  return problem === null && differences.every((difference) => difference.relativeRms <= 1e-6)
}

/** How far the model is from itself when its graph is optimized as by default: what no verdict on it can go below. */
async function defaultNoise(
  backend: Backend,
  load: LoadRequest,
  signal: AbortSignal,
  requests: readonly NamedTensors[],
  unoptimized: readonly NamedTensors[],
): Promise<number> {
  await using session = await backend.load(load, signal)
  const outputs = await inferAll(session, requests)
  const pairs = unoptimized.map((expected, index) => ({ expected, got: outputs[index] ?? new Map() }))
  const { differences } = compareOutputs(pairs, [...(unoptimized[0]?.keys() ?? [])])
  return Math.max(0, ...differences.map((difference) => difference.relativeRms))
}

/** Two different requests joined into one batch must give the rows that they give alone. */
async function tryBatch(
  session: ModelSession,
  axes: ReadonlyMap<string, number>,
  requests: readonly NamedTensors[],
  outputs: readonly NamedTensors[],
  subject: { model: SubjectModel; request: OptimizeRequest; noise: number },
): Promise<ReturnType<typeof proveBatch>> {
  const [first, firstOutput] = [requests[0], outputs[0]]
  if (first === undefined || firstOutput === undefined) return { reason: 'there is no sample to try it with' }
  const partner = partnerOf(first, axes, requests, subject)
  try {
    const partnerOutput = await session.infer(partner)
    const mixed = await session.infer(joinBatch(first, partner, axes))
    return proveBatch({
      single: [firstOutput, partnerOutput],
      mixed,
      bound: precisionBound(subject.noise),
      outputs: subject.model.description.outputs,
    })
  } catch (error) {
    if (error instanceof BackendFailure && error.failureClass === 'run-error') {
      return { reason: `a batch of two does not run: ${error.message}` }
    }
    throw error
  }
}

/** Another request of the same shapes, a sample or a drawn one; what carries no batch is the same in both. */
function partnerOf(
  first: NamedTensors,
  axes: ReadonlyMap<string, number>,
  requests: readonly NamedTensors[],
  { model, request }: { model: SubjectModel; request: OptimizeRequest },
): NamedTensors {
  const shapes = new Map([...first].map(([name, tensor]) => [name, tensor.shape]))
  const other =
    requests.find((one) => shapesOf(one) === shapesOf(first) && !isSame(one, first)) ??
    randomRequest(model.description.inputs, shapes, request.inputRanges, mulberry32(request.seed + 1))
  return new Map([...other].map(([name, tensor]) => [name, axes.has(name) ? tensor : (first.get(name) ?? tensor)]))
}

function isSame(one: NamedTensors, other: NamedTensors): boolean {
  return [...one].every(([name, { data }]) => data.every((value, index) => value === other.get(name)?.data[index]))
}

const shapesOf = (request: NamedTensors): string =>
  JSON.stringify([...request].map(([name, tensor]) => [name, tensor.shape]).sort())

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

function referenceNotes(
  proof: ReturnType<typeof proveBatch>,
  facts: { deterministic: boolean; noise: number; maxBatchSize: number | null },
): string[] {
  const notes: string[] = []
  if (!facts.deterministic) notes.push('The model gives different outputs for the same input: accuracy was not judged.')
  else if (facts.noise > PRECISE) {
    notes.push(
      `With these samples the outputs depend on rounding: optimizing the graph alone changes them by ` +
        `${(facts.noise * 100).toPrecision(2)} %. Give real samples to judge accuracy.`,
    )
  }
  if ('reason' in proof) notes.push(`Measured without batching: ${proof.reason}.`)
  if ('reason' in proof && facts.maxBatchSize !== null) notes.push('The largest batch size asked for has no effect.')
  return notes
}
