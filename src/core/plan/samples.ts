import { NavigatorError } from '../errors.js'
import type { Dimension, NamedTensors, Tensor, TensorData, TensorSpec } from '../tensors/tensor.js'

export { resolveShapes } from './input-shapes.js'

/**
 * What is wrong with one request for a model with these inputs: names, dtypes, ranks, sizes. One line each that begins
 * with `label`, such as the sample's file name; empty for a request that fits. Dynamic axes take any size but 0.
 */
export function checkSample(sample: NamedTensors, inputs: readonly TensorSpec[], label: string): string[] {
  const known = new Set(inputs.map(({ name }) => name))
  const problems = inputs.flatMap((input) => {
    const tensor = sample.get(input.name)
    if (tensor === undefined) return [`input ${quote(input.name)} is missing; the file has ${listNames(sample.keys())}`]
    return problemsOfTensor(tensor, input)
  })
  const extra = [...sample.keys()].filter((name) => !known.has(name))
  const unknown = extra.map((name) => `${quote(name)} is no input of the model; its inputs are ${listNames(known)}`)
  return [...problems, ...unknown].map((problem) => `${label}: ${problem}`)
}

/**
 * One request for each entry along `axis`, which stays, with size 1. Tensors without that axis, such as scalars, go into
 * every request. Throws `samples-invalid` when the tensors differ in size along it or none has it.
 */
export function splitAlongAxis(sample: NamedTensors, axis: number): NamedTensors[] {
  const sizes = new Map<string, number>()
  for (const [name, { shape }] of sample) {
    const size = shape[axis]
    if (size !== undefined) sizes.set(name, size)
  }
  const [count, ...others] = new Set(sizes.values())
  if (count === undefined || others.length > 0) {
    const found = [...sizes].map(([name, size]) => `${quote(name)} has ${size}`).join(', ')
    throw new NavigatorError(
      'samples-invalid',
      `The samples cannot be split along axis ${axis}: ${found === '' ? 'no array has that axis' : found}. ` +
        'Every array that has the axis must have the same size along it.',
    )
  }
  if (count === 0) {
    throw new NavigatorError('samples-invalid', `Axis ${axis} has size 0: there is no request in it.`)
  }
  return Array.from(
    { length: count },
    (_, index) => new Map([...sample].map(([name, t]) => [name, take(t, axis, index)])),
  )
}

function problemsOfTensor(tensor: Tensor, input: TensorSpec): string[] {
  const label = `input ${quote(input.name)}`
  const expected = `expected [${input.shape.map(showDimension).join(', ')}]`
  const problems: string[] = []
  if (tensor.dtype !== input.dtype) {
    problems.push(
      `${label} is ${tensor.dtype}, expected ${input.dtype}; convert it with .astype('${numpyName(input)}')`,
    )
  }
  if (tensor.shape.length !== input.shape.length) {
    const found = `${label} has ${tensor.shape.length} axes [${tensor.shape.join(', ')}]`
    return [...problems, `${found}, ${expected}: all axes, the batch axis included`]
  }
  const wrong = tensor.shape.flatMap((size, axis) => {
    if (size === 0) return [`axis ${axis} has size 0`]
    const fixed = input.shape[axis]
    return typeof fixed === 'number' && fixed !== size ? [`axis ${axis} has size ${size}, not ${fixed}`] : []
  })
  if (wrong.length > 0)
    problems.push(`${label} has shape [${tensor.shape.join(', ')}], ${expected}: ${wrong.join('; ')}`)
  return problems
}

function numpyName({ dtype }: TensorSpec): string {
  return dtype === 'string' ? 'str' : dtype
}

function showDimension(dimension: Dimension): string {
  return dimension === null ? '?' : String(dimension)
}

function take(tensor: Tensor, axis: number, index: number): Tensor {
  const size = tensor.shape[axis]
  if (size === undefined) return tensor
  const inner = tensor.shape.slice(axis + 1).reduce((product, length) => product * length, 1)
  const outer = tensor.shape.slice(0, axis).reduce((product, length) => product * length, 1)
  const blocks = Array.from({ length: outer }, (_, block) => (block * size + index) * inner)
  const shape = tensor.shape.map((length, at) => (at === axis ? 1 : length))
  return { dtype: tensor.dtype, shape, data: gather(tensor.data, blocks, inner) }
}

/** The elements of `blocks` (starts) one after the other, `length` from each. */
function gather(data: TensorData, blocks: readonly number[], length: number): TensorData {
  if (blocks.length === 1) {
    const [start = 0] = blocks
    return data.slice(start, start + length)
  }
  if (isStrings(data)) return blocks.flatMap((start) => data.slice(start, start + length))
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const width = data.BYTES_PER_ELEMENT
  const result = data.slice(0, blocks.length * length)
  const target = new Uint8Array(result.buffer, result.byteOffset, result.byteLength)
  blocks.forEach((start, block) => {
    target.set(bytes.subarray(start * width, (start + length) * width), block * length * width)
  })
  return result
}

function isStrings(data: TensorData): data is readonly string[] {
  return Array.isArray(data)
}

function quote(name: string): string {
  return JSON.stringify(name)
}

function listNames(names: Iterable<string>): string {
  return [...names].map(quote).join(', ') || 'none'
}
