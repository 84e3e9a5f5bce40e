import { expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { resolveShapes } from '../../src/core/plan/input-shapes.js'
import type { Dimension, TensorSpec } from '../../src/core/tensors/tensor.js'

const OCR = [spec('x', ['p2o.DynamicDimension.0', 3, 'p2o.DynamicDimension.1', 'p2o.DynamicDimension.2'])]
const SILERO = [spec('input', [null, null]), spec('state', [2, null, 128]), spec('sr', [])]

test('fixed sizes stay and a leading dynamic axis is one item', () => {
  expect(resolve([spec('x', [null, 4]), spec('y', [3])])).toEqual({ x: [1, 4], y: [3] })
})

test('an axis is the batch by its name, and so is every axis with the same symbol', () => {
  expect(resolve([spec('x', ['time', 'batch_size', 40]), spec('y', [5, 'batch_size'])], { x: [7, 1, 40] })).toEqual({
    x: [7, 1, 40],
    y: [5, 1],
  })
  expect(resolve([spec('x', ['unk__6', 4]), spec('y', [2, 'unk__6', 3])])).toEqual({ x: [1, 4], y: [2, 1, 3] })
})

test('Silero VAD needs only the length of its audio', () => {
  expect(resolve(SILERO, { input: [1, 512] })).toEqual({ input: [1, 512], state: [2, 1, 128], sr: [] })
  expect(problems(SILERO)).toEqual([`input "input": no size for axis 1; add --input-shape 'input=1xAXIS1'`])
})

test('a batch size given for one input is that of the others', () => {
  expect(resolve(SILERO, { input: [4, 512] })).toEqual({ input: [4, 512], state: [2, 4, 128], sr: [] })
})

test('a size given for a symbol holds wherever the symbol stands', () => {
  const inputs = [spec('ids', ['batch', 'sequence']), spec('mask', ['batch', 'sequence'])]
  expect(resolve(inputs, { ids: [1, 128] })).toEqual({ ids: [1, 128], mask: [1, 128] })
})

test('axes without size are all named, with the flag to add', () => {
  expect(problems([...OCR, spec('ids', ['batch', 'sequence'])])).toEqual([
    `input "x": no size for axis 2 (p2o.DynamicDimension.1) and axis 3 (p2o.DynamicDimension.2); ` +
      `add --input-shape 'x=1x3xAXIS2xAXIS3'`,
    `input "ids": no size for axis 1 (sequence); add --input-shape 'ids=1xSEQUENCE'`,
  ])
})

test('an axis named like a length is never taken for the batch', () => {
  expect(problems([spec('audio', ['seq_len'])])).toEqual([
    `input "audio": no size for axis 0 (seq_len); add --input-shape 'audio=SEQ_LEN'`,
  ])
})

test('given shapes that do not fit are all refused', () => {
  const given = { x: [1, 4, 48, 192], z: [1], input: [1, 2, 3], state: [2, 0, 128] }
  expect(problems([...OCR, ...SILERO], given)).toEqual([
    '--input-shape x=1x4x48x192: axis 1 of the input is fixed: ' +
      '[p2o.DynamicDimension.0, 3, p2o.DynamicDimension.1, p2o.DynamicDimension.2]',
    '--input-shape z=1: the model has no input of that name; its inputs are "x", "input", "state", "sr"',
    '--input-shape input=1x2x3: 3 axes given, the input has 2: [?, ?]',
    '--input-shape state=2x0x128: axis 1 must be a whole number of at least 1',
  ])
})

function spec(name: string, shape: readonly Dimension[]): TensorSpec {
  return { name, dtype: 'float32', shape, batchAxis: null }
}

function resolve(inputs: readonly TensorSpec[], given: Record<string, number[]> = {}): Record<string, number[]> {
  return Object.fromEntries(resolveShapes(inputs, new Map(Object.entries(given))))
}

function problems(inputs: readonly TensorSpec[], given: Record<string, number[]> = {}): readonly string[] {
  try {
    resolve(inputs, given)
  } catch (error) {
    if (error instanceof NavigatorError && error.code === 'samples-invalid') return error.problems
    throw error
  }
  return []
}
