import type { Tensor, TensorData } from './tensor.js'

/** Repeats a tensor `times` along `axis`: a request of one item becomes a batch of equal items. Same dtype. */
export function repeatAlongAxis(tensor: Tensor, axis: number, times: number): Tensor {
  const inner = tensor.shape.slice(axis).reduce((product, size) => product * size, 1)
  const outer = tensor.data.length / Math.max(inner, 1)
  const data = allocateLike(tensor.data, tensor.data.length * times)
  for (let block = 0; block < outer; block++) {
    for (let copy = 0; copy < times; copy++) {
      copyInto(data, (block * times + copy) * inner, tensor.data, block * inner, inner)
    }
  }
  const shape = tensor.shape.map((size, index) => (index === axis ? size * times : size))
  return { dtype: tensor.dtype, shape, data }
}

/** An empty array of the same kind with room for `length` elements. */
export function allocateLike(data: TensorData, length: number): TensorData {
  if (isStrings(data)) return new Array<string>(length).fill('')
  const Kind = data.constructor as new (length: number) => Exclude<TensorData, readonly string[]>
  return new Kind(length)
}

/** Copies `count` elements; both must be of the same kind. */
export function copyInto(target: TensorData, at: number, source: TensorData, from: number, count: number): void {
  const destination = target as { [index: number]: unknown }
  for (let index = 0; index < count; index++) destination[at + index] = source[from + index]
}

function isStrings(data: TensorData): data is readonly string[] {
  return Array.isArray(data)
}
