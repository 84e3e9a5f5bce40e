import fc from 'fast-check'

import { type Dtype, DTYPES, type Tensor, type TensorData } from '../../src/core/tensors/tensor.js'

const shapes = fc.array(fc.nat(3), { maxLength: 4 })

/** Tensors of every dtype, with any bits, empty ones and scalars among them. */
export const tensors: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...DTYPES), shapes)
  .chain(([dtype, shape]) => dataOf(dtype, countOf(shape)).map((data) => ({ dtype, shape, data })))

function dataOf(dtype: Dtype, count: number): fc.Arbitrary<TensorData> {
  const length = { minLength: count, maxLength: count }
  // NumPy pads text with NULs, so a text cannot end with one.
  if (dtype === 'string') return fc.array(fc.string({ unit: 'grapheme', maxLength: 5 }).map(withoutNulEnd), length)
  if (dtype === 'bool') return fc.array(fc.nat(1), length).map((bits) => Uint8Array.from(bits))
  const Kind = KINDS[dtype]
  const bytes = count * Kind.BYTES_PER_ELEMENT
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((raw) => new Kind(raw.slice().buffer))
}

const KINDS = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
const withoutNulEnd = (text: string): string => text.replace(/\0+$/, '')
