import { expect, test } from 'vitest'

import { checkSample, splitAlongAxis } from '../../src/core/plan/samples.js'
import type { NamedTensors, Tensor, TensorSpec } from '../../src/core/tensors/tensor.js'

const INPUTS: readonly TensorSpec[] = [
  { name: 'x', dtype: 'float32', shape: ['batch', 3, null], batchAxis: null },
  { name: 'sr', dtype: 'int64', shape: [], batchAxis: null },
]
const RATE: Tensor = { dtype: 'int64', shape: [], data: BigInt64Array.of(16000n) }

test('a sample that fits has no problems, whatever the size of its dynamic axes', () => {
  expect(
    checkSample(
      new Map([
        ['x', floats([2, 3, 5])],
        ['sr', RATE],
      ]),
      INPUTS,
      's.npz',
    ),
  ).toEqual([])
})

test('missing and extra names are told with the names that are there', () => {
  expect(checkSample(new Map([['y', floats([2])]]), INPUTS, 's.npz')).toEqual([
    's.npz: input "x" is missing; the file has "y"',
    's.npz: input "sr" is missing; the file has "y"',
    's.npz: "y" is no input of the model; its inputs are "x", "sr"',
  ])
})

test('dtype, rank, fixed sizes and empty axes are checked, each with what was expected', () => {
  const check = (tensor: Tensor): string[] =>
    checkSample(
      new Map([
        ['x', tensor],
        ['sr', RATE],
      ]),
      INPUTS,
      's',
    )
  expect(check({ dtype: 'float64', shape: [1, 3, 1], data: new Float64Array(3) })).toEqual([
    `s: input "x" is float64, expected float32; convert it with .astype('float32')`,
  ])
  expect(check(floats([3, 5]))).toEqual([
    's: input "x" has 2 axes [3, 5], expected [batch, 3, ?]: all axes, the batch axis included',
  ])
  expect(check(floats([0, 4, 5]))).toEqual([
    's: input "x" has shape [0, 4, 5], expected [batch, 3, ?]: axis 0 has size 0; axis 1 has size 4, not 3',
  ])
})

test('names of object properties are names like any other', () => {
  const inputs: TensorSpec[] = [{ name: '__proto__', dtype: 'float32', shape: [1], batchAxis: null }]
  expect(checkSample(new Map([['__proto__', floats([1])]]), inputs, 's')).toEqual([])
  expect(checkSample(new Map(), inputs, 's')).toEqual(['s: input "__proto__" is missing; the file has none'])
})

test('splitting keeps the axis with size 1 and repeats tensors without it', () => {
  const sample: NamedTensors = new Map([
    ['x', floats([2, 3])],
    ['sr', RATE],
  ])
  expect(splitAlongAxis(sample, 0)).toEqual([
    new Map([
      ['x', { dtype: 'float32', shape: [1, 3], data: Float32Array.of(0, 1, 2) }],
      ['sr', RATE],
    ]),
    new Map([
      ['x', { dtype: 'float32', shape: [1, 3], data: Float32Array.of(3, 4, 5) }],
      ['sr', RATE],
    ]),
  ] as unknown)
})

test('splitting along an inner axis picks every block', () => {
  const words: Tensor = { dtype: 'string', shape: [2, 2], data: ['a', 'b', 'c', 'd'] }
  const [, second] = splitAlongAxis(
    new Map([
      ['x', floats([2, 2, 2])],
      ['w', words],
    ]),
    1,
  )
  expect(second?.get('x')).toEqual({ dtype: 'float32', shape: [2, 1, 2], data: Float32Array.of(2, 3, 6, 7) })
  expect(second?.get('w')).toEqual({ dtype: 'string', shape: [2, 1], data: ['b', 'd'] })
})

test('arrays of different sizes, or without the axis, cannot be split', () => {
  expect(() =>
    splitAlongAxis(
      new Map([
        ['x', floats([2])],
        ['y', floats([3])],
      ]),
      0,
    ),
  ).toThrow('"x" has 2, "y" has 3')
  expect(() => splitAlongAxis(new Map([['sr', RATE]]), 0)).toThrow('no array has that axis')
})

/** 0, 1, 2 … */
function floats(shape: readonly number[]): Tensor {
  const length = shape.reduce((product, size) => product * size, 1)
  return { dtype: 'float32', shape, data: Float32Array.from({ length }, (_, index) => index) }
}
