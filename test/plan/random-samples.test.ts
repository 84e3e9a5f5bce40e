import fc from 'fast-check'
import { expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { mulberry32, randomRequest } from '../../src/core/plan/random-samples.js'
import { checkSample } from '../../src/core/plan/samples.js'
import { type Dtype, DTYPES, type TensorData, type TensorSpec } from '../../src/core/tensors/tensor.js'

test('the generator gives the same numbers for the same seed', () => {
  const [first, second, other] = [mulberry32(1), mulberry32(1), mulberry32(2)]
  expect([first(), first(), first()]).toEqual([second(), second(), second()])
  expect(mulberry32(1)()).not.toBe(other())
  expect([mulberry32(1)()]).toEqual([0.6270739405881613])
})

test('a request fits the inputs it was drawn for, whatever their dtypes', () => {
  const inputs = DTYPES.map((dtype): TensorSpec => ({ name: dtype, dtype, shape: ['batch', 3], batchAxis: null }))
  const shapes = new Map(inputs.map(({ name }) => [name, [2, 3]]))
  expect(checkSample(randomRequest(inputs, shapes, new Map(), mulberry32(1)), inputs, 'random')).toEqual([])
})

test('integers and booleans are 0 or 1, strings a, without a range', () => {
  const values = (dtype: Dtype): unknown[] => [...new Set<unknown>(draw(dtype, 100))].sort()
  expect(values('int8')).toEqual([0, 1])
  expect(values('uint64')).toEqual([0n, 1n])
  expect(values('bool')).toEqual([0, 1])
  expect(values('string')).toEqual(['a'])
})

test('values stay within their range, both bounds reached by integers', () => {
  const numeric = fc.constantFrom<Dtype>('float32', 'float64', 'int16', 'int64', 'uint8')
  fc.assert(
    fc.property(numeric, fc.nat(100), fc.nat(20), fc.integer(), (dtype, low, width, seed) => {
      const drawn = [...draw(dtype, 50, [low, low + width], seed)].map(Number)
      expect(drawn.every((value) => value >= low && value <= low + width)).toBe(true)
    }),
  )
  expect([...new Set<unknown>(draw('int64', 200, [5, 7]))].sort()).toEqual([5n, 6n, 7n])
  expect(draw('int64', 2, [16000, 16000])).toEqual(BigInt64Array.of(16000n, 16000n))
})

test.each([
  [0, 0],
  [1, 0x3c00],
  [-2, 0xc000],
  [0.1, 0x2e66],
  [65504, 0x7bff],
  [2 ** -24, 0x0001],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2 - 2 ** -12, 0x4000],
])('float16 %d is stored as the bits of the nearest half', (value, bits) => {
  expect(draw('float16', 1, [value, value])).toEqual(Uint16Array.of(bits))
})

test('ranges that do not fit are all refused', () => {
  const inputs = (['int8', 'float16', 'string', 'bool', 'int64'] as const).map((dtype): TensorSpec => ({
    name: dtype,
    dtype,
    shape: [1],
    batchAxis: null,
  }))
  const ranges = new Map<string, readonly [number, number]>([
    ['int8', [0, 300]],
    ['float16', [2, 1]],
    ['string', [0, 1]],
    ['bool', [0, 2]],
    ['int64', [0.5, 1]],
    ['nobody', [0, 1]],
  ])
  expect(problemsOf(() => randomRequest(inputs, new Map(), ranges, mulberry32(1)))).toEqual([
    '--input-range int8=0:300: int8 goes from -128 to 127',
    '--input-range float16=2:1: the first bound must not be above the second',
    '--input-range string=0:1: strings have no range',
    '--input-range bool=0:2: bool goes from 0 to 1',
    '--input-range int64=0.5:1: bounds for int64 must be whole numbers',
    '--input-range nobody=0:1: the model has no input of that name; ' +
      'its inputs are "int8", "float16", "string", "bool", "int64"',
  ])
})

test('a shape that no memory holds is refused', () => {
  const inputs: TensorSpec[] = [{ name: 'x', dtype: 'float32', shape: [null, null], batchAxis: null }]
  const shapes = new Map([['x', [100_000, 100_000]]])
  expect(() => randomRequest(inputs, shapes, new Map(), mulberry32(1))).toThrow('Give a smaller --input-shape.')
})

function draw(dtype: Dtype, length: number, range?: readonly [number, number], seed = 1): TensorData {
  const inputs: TensorSpec[] = [{ name: 'x', dtype, shape: [length], batchAxis: null }]
  const ranges = new Map(range === undefined ? [] : [['x', range] as const])
  const data = randomRequest(inputs, new Map([['x', [length]]]), ranges, mulberry32(seed)).get('x')?.data
  if (data === undefined) throw new Error('no tensor was drawn')
  return data
}

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action()
  } catch (error) {
    if (error instanceof NavigatorError) return error.problems
    throw error
  }
  return []
}
