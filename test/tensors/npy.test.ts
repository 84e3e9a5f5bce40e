import fc from 'fast-check'
import { expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { decodeNpy, encodeNpy } from '../../src/core/tensors/npy.js'
import { tensors } from './arbitrary-tensor.js'
import { layouts, npyFile } from './npy-file.js'

test('every dtype and shape survives writing and reading, bit by bit', () => {
  fc.assert(
    fc.property(tensors, (tensor) => {
      expect(decodeNpy(encodeNpy(tensor))).toEqual(tensor)
    }),
  )
})

test('one array is the same in every version, order and spelling that NumPy reads', () => {
  fc.assert(
    fc.property(tensors, layouts, (tensor, layout) => {
      expect(decodeNpy(npyFile(tensor, layout))).toEqual(tensor)
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

test.each([
  ['|S0', '(3,)', ['', '', '']],
  ['<U0', '(0, 4)', []],
  ['|S4', '(1,)', ['\ufeffa']],
  ['|S4', '(1,)', ['\0\0\0a']],
  ['<U1', '()', ['é']],
] as const)('texts of type %s and shape %s are read', (descr, shape, texts) => {
  const stored = texts.map((text) => Buffer.from(text, descr.startsWith('|') ? 'utf8' : 'utf16le'))
  const padded = stored.flatMap((bytes) => [...bytes, ...(descr === '<U1' ? [0, 0] : [])])
  expect(decodeNpy(npy(header(descr, shape), padded)).data).toEqual(texts)
})

test('a text of a million NULs and a letter is read as quickly as any other', () => {
  const long = `${'\0'.repeat(999_999)}x`
  const types = [`|S${long.length}`, `<U${long.length}`]
  const [bytes, points] = types.map((descr) => npy(header(descr, '()'), []))
  expect(decodeNpy(Buffer.concat([bytes!, Buffer.from(long)])).data).toEqual([long])
  expect(decodeNpy(Buffer.concat([points!, encodedPoints(long)])).data).toEqual([long])
})

test('every byte of a bool but 0 is true', () => {
  expect(decodeNpy(npy(header('|b1', '(3,)'), [0, 2, 255])).data).toEqual(Uint8Array.of(0, 1, 1))
})

test('what follows the data is left alone', () => {
  expect(decodeNpy(npy(header('|u1', '(1,)'), [7, 8, 9])).data).toEqual(Uint8Array.of(7))
})

test.each([
  ["{'shape': (), 'descr': '|u1', 'fortran_order': False}", []],
  ['{"descr": "|u1", "fortran_order": False, "shape": (1,)}', [1]],
  ["{'descr':'|u1','fortran_order':True,'shape':(1L,1L)}", [1, 1]],
  [" \t{'descr'\n:\r\n'|u1' ,\f'fortran_order': False, 'shape': ( 1 , 1 , ) , }  \n\n", [1, 1]],
])('the header %s is read', (text, shape) => {
  expect(decodeNpy(npy(text, [7]))).toEqual({ dtype: 'uint8', shape, data: Uint8Array.of(7) })
})

test.each([
  ['no dictionary', '', '"{"'],
  ['a list', "['descr']", '"{"'],
  ['a key too many', "{'descr': '|u1', 'fortran_order': False, 'shape': (), 'x': 1}", 'the key "x"'],
  ['a key twice', "{'descr': '|u1', 'descr': '<f8', 'fortran_order': False, 'shape': ()}", '"descr" twice'],
  ['a key missing', "{'descr': '|u1', 'shape': ()}", 'lacks "fortran_order"'],
  ['a number for a truth', "{'descr': '|u1', 'fortran_order': 0, 'shape': ()}", 'True or False'],
  ['another word for a truth', "{'descr': '|u1', 'fortran_order': false, 'shape': ()}", '"false"'],
  ['a number for a shape', "{'descr': '|u1', 'fortran_order': False, 'shape': (1)}", '"," should be'],
  ['a negative axis', header('|u1', '(-1,)'), '"-1'],
  ['a hexadecimal axis', header('|u1', '(0x1,)'), '"0x1"'],
  ['an axis with leading zeros', header('|u1', '(01,)'), '"01"'],
  ['an axis that is no whole number', header('|u1', '(1.0,)'), '"1"'],
  ['a call', "{'descr': print(1), 'fortran_order': False, 'shape': ()}", '"print"'],
  ['an escape', "{'descr': '|u\\x31', 'fortran_order': False, 'shape': ()}", 'no part'],
  ['no comma', "{'descr': '|u1' 'fortran_order': False, 'shape': ()}", '"," or "}"'],
  ['something behind it', `${header('|u1', '()')} + {}`, '" + {}"'],
  ['a NUL behind it', `${header('|u1', '()')}\0`, 'no part'],
  ['a space that Python has not', "{'descr':\u00a0'|u1', 'fortran_order': False, 'shape': ()}", 'no part'],
  ['a subarray', "{'descr': ('<i4', (2,)), 'fortran_order': False, 'shape': ()}", 'structured type'],
  ['too many elements', header('|u1', '(0, 9007199254740991, 3)'), 'too many elements'],
])('a header with %s is refused', (_, text, words) => {
  const error = errorOf(() => decodeNpy(npy(text, [7])))
  expect([error.code, error.message]).toEqual(['npy-invalid', expect.stringContaining(words)])
})

test.each([2, 3])('format version %i is read', (version) => {
  const file = npy(header('|u1', '()'), [7], version)
  expect(decodeNpy(file)).toEqual({ dtype: 'uint8', shape: [], data: Uint8Array.of(7) })
})

test.each([
  ['Python objects', npy(header('|O', '(1,)'), [0x80, 4, 0x4e, 0x2e]), 'pickle'],
  ['complex numbers', npy(header('<c8', '(1,)'), new Array<number>(8).fill(0)), 'complex'],
  ['dates', npy(header('<M8[ns]', '(1,)'), new Array<number>(8).fill(0)), 'datetime64'],
  ['spans of time', npy(header('<m8[s]', '(1,)'), new Array<number>(8).fill(0)), 'timedelta64'],
  ['raw bytes', npy(header('|V8', '(1,)'), new Array<number>(8).fill(0)), 'void'],
  ['long doubles', npy(header('<f16', '(1,)'), new Array<number>(16).fill(0)), 'long double'],
  ['long complex numbers', npy(header('<c32', '(1,)'), new Array<number>(32).fill(0)), 'complex'],
  ['an unknown type', npy(header('<q8', '(1,)'), new Array<number>(8).fill(0)), 'not supported'],
  ['a unit on a number', npy(header('<f4[s]', '(1,)'), new Array<number>(4).fill(0)), 'not supported'],
  ['bytes that are no text', npy(header('|S1', '(1,)'), [0xff]), 'UTF-8'],
  ['half a character', npy(header('<U1', '(1,)'), [0, 0xd8, 0, 0]), 'impossible character 55296'],
  ['a character beyond the last', npy(header('<U1', '(1,)'), [0, 0, 0x11, 0]), 'impossible character'],
  ['more empty texts than bytes', npy(header('|S0', '(4294967296,)'), []), 'empty texts'],
  ['a header that is no UTF-8', npyHead([0x7b, 0xff, 0x7d], 3), 'UTF-8'],
  ['an unknown minor version', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 9, 2, 0, 0x7b, 0x7d), '1.9'],
  ['a structured type', npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", []), 'plain array'],
  ['an unknown version', npy(header('|u1', '()'), [7], 4), 'version 4'],
  ['more elements than data', npy(header('<f8', '(1000000,)'), [0]), 'ends before'],
  ['an impossible count', npy(header('<f8', '(9007199254740991, 9007199254740991)'), []), 'too many elements'],
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

test('an array with more texts than fit into memory is refused, to be read as to be written', () => {
  const bytes = Buffer.concat([npy(header('|S1', '(1048577,)'), []), Buffer.alloc(1048577)])
  expect(errorOf(() => decodeNpy(bytes)).message).toContain('1048577 texts are more than the 1048576')
  const data = ['x'.repeat(2 ** 20), ...new Array<string>(127).fill('')]
  expect(errorOf(() => encodeNpy({ dtype: 'string', shape: [128], data })).code).toBe('npy-invalid')
  expect(errorOf(() => encodeNpy({ dtype: 'string', shape: [1], data: ['\ud800'] })).code).toBe('npy-invalid')
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
  const head = npyHead(version === 3 ? Buffer.from(text) : Buffer.from(text, 'latin1'), version)
  return Uint8Array.from([...head, ...payload])
}

function npyHead(head: ArrayLike<number>, version: number): Uint8Array {
  const length = [head.length & 0xff, head.length >> 8, ...(version === 1 ? [] : [0, 0])]
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...Array.from(head)])
}

function encodedPoints(text: string): Uint8Array {
  const points = Uint32Array.from(text, (character) => character.codePointAt(0)!)
  return new Uint8Array(points.buffer)
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
