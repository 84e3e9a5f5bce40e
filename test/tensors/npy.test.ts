import fc from 'fast-check'
import { expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { decodeNpy, encodeNpy } from '../../src/core/tensors/npy.js'
import { tensors } from './arbitrary-tensor.js'

test('every dtype and shape survives writing and reading, bit by bit', () => {
  fc.assert(
    fc.property(tensors, (tensor) => {
      expect(decodeNpy(encodeNpy(tensor))).toEqual(tensor)
    }),
  )
})

test('the header is padded so that the data begins at a multiple of 64, as NumPy does', () => {
  fc.assert(
    fc.property(tensors, (tensor) => {
      const bytes = encodeNpy(tensor)
      expect((10 + (bytes[8] ?? 0) + (bytes[9] ?? 0) * 256) % 64).toBe(0)
    }),
  )
})

test('Fortran order is turned into C order', () => {
  const file = npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", [1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0])
  expect(decodeNpy(file)).toEqual({ dtype: 'int16', shape: [2, 3], data: Int16Array.of(1, 2, 3, 4, 5, 6) })
})

test.each([
  ['>i4', [0, 0, 1, 2], { dtype: 'int32', shape: [1], data: Int32Array.of(258) }],
  ['>f4', [0x3f, 0x80, 0, 0], { dtype: 'float32', shape: [1], data: Float32Array.of(1) }],
  ['>u8', [0, 0, 0, 0, 0, 0, 1, 0], { dtype: 'uint64', shape: [1], data: BigUint64Array.of(256n) }],
  ['>U2', [0, 0, 0, 97, 0, 1, 0xf6, 0], { dtype: 'string', shape: [1], data: ['a😀'] }],
] as const)('big endian %s is read', (descr, payload, tensor) => {
  expect(decodeNpy(npy(header(descr, '(1,)'), payload))).toEqual(tensor)
})

test('byte strings are read as text without their padding', () => {
  expect(decodeNpy(npy(header('|S3', '(2,)'), [97, 98, 99, 100, 0, 0])).data).toEqual(['abc', 'd'])
})

test.each([2, 3])('format version %i is read', (version) => {
  const file = npy(header('|u1', '()'), [7], version)
  expect(decodeNpy(file)).toEqual({ dtype: 'uint8', shape: [], data: Uint8Array.of(7) })
})

test.each([
  ['Python objects', npy(header('|O', '(1,)'), [0x80, 4, 0x4e, 0x2e]), 'pickle'],
  ['complex numbers', npy(header('<c8', '(1,)'), new Array<number>(8).fill(0)), 'complex'],
  ['an unknown type', npy(header('<V8', '(1,)'), new Array<number>(8).fill(0)), 'not supported'],
  ['a structured type', npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", []), 'plain array'],
  ['an unknown version', npy(header('|u1', '()'), [7], 4), 'version 4'],
  ['more elements than data', npy(header('<f8', '(1000000,)'), [0]), 'ends before'],
  ['an impossible count', npy(header('<f8', '(9007199254740991, 9007199254740991)'), []), 'ends before'],
  ['an unsafe size', npy(header('|u1', '(99999999999999999999,)'), []), 'impossible'],
  ['too many axes', npy(header('|u1', `(${'1, '.repeat(65)})`), [1]), 'impossible'],
  [
    'a header longer than allowed',
    Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 255),
    'longer',
  ],
  ['other bytes', new TextEncoder().encode('not an array at all'), 'does not begin'],
])('an array with %s is refused', (_, bytes, words) => {
  const error = errorOf(() => decodeNpy(bytes))
  expect([error.code, error.message]).toEqual(['npy-invalid', expect.stringContaining(words)])
})

test('every truncated file is refused', () => {
  const whole = encodeNpy({ dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) })
  for (let length = 0; length < whole.length; length++) {
    expect(errorOf(() => decodeNpy(whole.subarray(0, length))).code).toBe('npy-invalid')
  }
})

test('any bytes after the magic give an array or an npy-invalid error, nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), (text, payload) => {
      try {
        decodeNpy(npy(text, [...payload]))
      } catch (error) {
        expect(error).toMatchObject({ code: 'npy-invalid' })
      }
    }),
  )
})

function header(descr: string, shape: string): string {
  return `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`
}

function npy(text: string, payload: readonly number[], version = 1): Uint8Array {
  const head = new TextEncoder().encode(text)
  const length = [head.length & 0xff, head.length >> 8, ...(version === 1 ? [] : [0, 0])]
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...head, ...payload])
}

function errorOf(attempt: () => unknown): NavigatorError {
  try {
    attempt()
  } catch (error) {
    if (error instanceof NavigatorError) return error
    throw error
  }
  throw new Error('Expected a NavigatorError')
}
