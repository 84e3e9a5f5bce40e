import { BackendFailure, type ModelSession } from './backends/backend.js'
import { type BatchProof, joinBatch, proveBatch } from './measurement/batch-proof.js'
import { precisionBound } from './measurement/correctness.js'
import { expandBatch, squeezeBatch } from './nav-package/nav-package.js'
import { mulberry32, randomRequest } from './plan/random-samples.js'
import type { OptimizeRequest } from './request.js'
import type { SubjectModel } from './subject.js'
import type { NamedTensors } from './tensors/tensor.js'

interface BatchTrial {
  /** The axis of each input that may be its batch. */
  readonly axes: ReadonlyMap<string, number>
  /** Requests of one item each, and what the session answered to them. */
  readonly requests: readonly NamedTensors[]
  readonly outputs: readonly NamedTensors[]
  readonly model: SubjectModel
  readonly request: OptimizeRequest
  /** How far the model is from itself, see `Reference`. */
  readonly noise: number
}

/** Two different requests joined into one batch must give the rows that they give alone. */
export async function tryBatch(session: ModelSession, trial: BatchTrial): Promise<BatchProof> {
  const { axes, model, noise } = trial
  const [first, firstOutput] = [trial.requests[0], trial.outputs[0]]
  if (first === undefined || firstOutput === undefined) return { reason: 'there is no sample to try it with' }
  const partner = partnerOf(first, trial)
  try {
    const partnerOutput = await session.infer(partner)
    const mixed = await session.infer(joinBatch(first, partner, axes))
    const single = [firstOutput, partnerOutput]
    return proveBatch({ single, mixed, bound: precisionBound(noise), outputs: model.description.outputs })
  } catch (error) {
    if (error instanceof BackendFailure && error.failureClass === 'run-error') {
      return { reason: `a batch of two does not run: ${error.message}` }
    }
    throw error
  }
}

/** The request with every batch axis cut to its first item. */
export function firstItem(request: NamedTensors, axes: ReadonlyMap<string, number>): NamedTensors {
  return new Map(
    [...request].map(([name, tensor]) => {
      const axis = axes.get(name)
      return [name, axis === undefined ? tensor : expandBatch(squeezeBatch(tensor, axis), axis)]
    }),
  )
}

/** Another request of the same shapes, a sample or a drawn one; what carries no batch is the same in both. */
function partnerOf(first: NamedTensors, { axes, requests, model, request }: BatchTrial): NamedTensors {
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
