import type { Tensor } from '../tensors/tensor.js'

/** A tensor's elements as numbers; null for strings. 64-bit integers lose digits beyond 2^53. */
export function numbersOf({ dtype, data }: Tensor): Float64Array | null {
  if (Array.isArray(data) || dtype === 'string') return null
  if (dtype === 'float16') return Float64Array.from(data as Uint16Array, float16ToNumber)
  const numbers = new Float64Array(data.length)
  for (let index = 0; index < data.length; index++) numbers[index] = Number(data[index])
  return numbers
}

/** IEEE 754 binary16 bits as a number. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
