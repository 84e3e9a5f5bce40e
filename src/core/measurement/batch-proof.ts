import { allocateLike, copyInto } from '../tensors/repeat.js'
import type { NamedTensors, Tensor, TensorSpec } from '../tensors/tensor.js'
import { compareOutputs, judge } from './correctness.js'

/**
 * Which axis of each input may be the batch: axis 0 where it is dynamic, else the input's only dynamic axis (a
 * recurrent state). Inputs without dynamic axes, such as scalars, carry no batch. null when no input could.
 * `resolved` holds the shapes of one request; an axis that is not 1 there in any sample may still be cut to 1.
 */
export function batchAxisGuess(
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  resolved: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, number> | null {
  if (outputs.length === 0) return null
  const axes = new Map<string, number>()
  for (const { name, shape } of inputs) {
    const dynamic = shape.flatMap((size, axis) => (typeof size === 'number' ? [] : [axis]))
    const axis = dynamic.includes(0) ? 0 : dynamic.length === 1 ? dynamic[0] : undefined
    if (axis !== undefined && (resolved.get(name)?.length ?? 0) > axis) axes.set(name, axis)
    else if (shape.length > 0) return null
  }
  return axes.size === 0 ? null : axes
}

/** Puts `second` behind `first` along each input's batch axis; inputs without one are taken from `first`. */
export function joinBatch(first: NamedTensors, second: NamedTensors, axes: ReadonlyMap<string, number>): NamedTensors {
  return new Map(
    [...first].map(([name, tensor]) => {
      const axis = axes.get(name)
      const other = second.get(name)
      return [name, axis === undefined || other === undefined ? tensor : concatenate(tensor, other, axis)]
    }),
  )
}

/** The batch axis of every output, or why there is no batch. */
export type BatchProof = { readonly outputAxes: ReadonlyMap<string, number> } | { readonly reason: string }

/**
 * Whether the rows of a mixed batch equal what its items give alone, within `bound` (relative RMS), along some axis of
 * every output. Says along which, or why not.
 */
export function proveBatch(evidence: {
  readonly single: readonly NamedTensors[]
  readonly mixed: NamedTensors
  readonly bound: number
  readonly outputs: readonly TensorSpec[]
}): BatchProof {
  const [first, second] = evidence.single
  const outputAxes = new Map<string, number>()
  for (const { name } of evidence.outputs) {
    const [one, two, both] = [first?.get(name), second?.get(name), evidence.mixed.get(name)]
    if (one === undefined || two === undefined || both === undefined) return { reason: `output ${name} is missing` }
    const axis = one.shape.findIndex((size, index) => fits(one, two, both, index, size, evidence.bound, name))
    if (axis === -1) return { reason: `rows of a mixed batch differ from what the items give alone in output ${name}` }
    outputAxes.set(name, axis)
  }
  return { outputAxes }
}

function fits(
  one: Tensor,
  two: Tensor,
  both: Tensor,
  axis: number,
  size: number,
  bound: number,
  name: string,
): boolean {
  const sizeOfTwo = two.shape[axis] ?? 0
  if (both.shape[axis] !== size + sizeOfTwo || both.shape.length !== one.shape.length) return false
  const joined = concatenate(one, two, axis)
  if (joined.shape.join() !== both.shape.join()) return false
  const pair = { expected: new Map([[name, joined]]), got: new Map([[name, both]]) }
  const { differences, problem } = compareOutputs([pair], [name])
  return problem === null && judge(differences, bound) === 'OK'
}

function concatenate(first: Tensor, second: Tensor, axis: number): Tensor {
  const [sizeOne, sizeTwo] = [first.shape[axis] ?? 1, second.shape[axis] ?? 1]
  const inner = first.shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  const outer = first.shape.slice(0, axis).reduce((product, size) => product * size, 1)
  const data = allocateLike(first.data, outer * (sizeOne + sizeTwo) * inner)
  for (let row = 0; row < outer; row++) {
    const at = row * (sizeOne + sizeTwo) * inner
    copyInto(data, at, first.data, row * sizeOne * inner, sizeOne * inner)
    copyInto(data, at + sizeOne * inner, second.data, row * sizeTwo * inner, sizeTwo * inner)
  }
  const shape = first.shape.map((size, index) => (index === axis ? sizeOne + sizeTwo : size))
  return { dtype: first.dtype, shape, data }
}
