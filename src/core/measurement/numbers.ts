import { float16ToNumber } from '../tensors/float16.js'
import type { Tensor } from '../tensors/tensor.js'

/** A tensor's elements as numbers; null for strings. 64-bit integers lose digits beyond 2^53. */
export function numbersOf({ dtype, data }: Tensor): Float64Array | null {
  if (Array.isArray(data) || dtype === 'string') return null
  if (dtype === 'float16') return Float64Array.from(data as Uint16Array, float16ToNumber)
  const numbers = new Float64Array(data.length)
  for (let index = 0; index < data.length; index++) numbers[index] = Number(data[index])
  return numbers
}
