import { NavigatorError } from '../errors.js'
import type { Dtype, Tensor, TensorData } from './tensor.js'

/** NumPy writes headers of a few hundred bytes; the format allows 4 GiB. */
const LONGEST_HEADER = 64 * 1024
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const LARGEST_RANK = 64

/**
 * Reads one array as NumPy's `save` writes it: format versions 1 to 3, C and Fortran order, either byte order, scalars,
 * empty arrays. Objects (pickles) and complex numbers are refused. Throws `npy-invalid`.
 * Format: numpy/lib/format.py.
 */
export function decodeNpy(bytes: Uint8Array): Tensor {
  const { descr, fortran, shape, offset } = readHeader(bytes)
  const type = typeOf(descr)
  const count = shape.reduce((product, size) => product * size, 1)
  const length = count * type.bytes
  if (type.bytes === 0 && count > bytes.length)
    throw invalid(`its ${count} empty texts are more than the file has bytes`)
  if (!Number.isSafeInteger(length) || offset + length > bytes.length) {
    throw invalid(`the header promises ${count} elements, but the data ends before them`)
  }
  const data = readElements(bytes.subarray(offset, offset + length), type, count)
  return { dtype: type.dtype, shape, data: fortran ? toCOrder(data, shape) : data }
}

/** Writes one array as NumPy's `save` does: version 1.0, C order, little endian. Strings become `<U`. */
export function encodeNpy(tensor: Tensor): Uint8Array {
  const { descr, payload } = payloadOf(tensor)
  const shape = tensor.shape.length === 1 ? `(${tensor.shape[0] ?? 0},)` : `(${tensor.shape.join(', ')})`
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`
  const padding = 64 - ((10 + dictionary.length + 1) % 64)
  const header = dictionary + ' '.repeat(padding % 64) + '\n'
  const out = new Uint8Array(10 + header.length + payload.length)
  out.set([...MAGIC, 1, 0, header.length & 0xff, header.length >> 8])
  out.set(new TextEncoder().encode(header), 10)
  out.set(payload, 10 + header.length)
  return out
}

interface Header {
  readonly descr: string
  readonly fortran: boolean
  readonly shape: number[]
  readonly offset: number
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 10 || MAGIC.some((byte, index) => bytes[index] !== byte))
    throw invalid('it does not begin as an .npy file')
  const version = bytes[6] ?? 0
  if (version < 1 || version > 3) throw invalid(`its format version ${version} is unknown`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = version === 1 ? 10 : 12
  if (bytes.length < start) throw invalid('it ends within its header')
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > LONGEST_HEADER) throw invalid(`its header of ${length} bytes is longer than ${LONGEST_HEADER}`)
  if (start + length > bytes.length) throw invalid('it ends within its header')
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + length))
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1]
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1]
  const sizes = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1]
  if (descr === undefined || fortran === undefined || sizes === undefined) {
    throw invalid('its header does not describe a plain array (structured types cannot be read)')
  }
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number)
  if (shape.length > LARGEST_RANK || !shape.every(Number.isSafeInteger))
    throw invalid(`its shape (${sizes}) is impossible`)
  return { descr, fortran: fortran === 'True', shape, offset: start + length }
}

interface ElementType {
  readonly dtype: Dtype
  readonly bytes: number
  readonly bigEndian: boolean
  readonly text: 'U' | 'S' | null
}

const KINDS = new Map<string, Dtype>([
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
  ['i1', 'int8'],
  ['i2', 'int16'],
  ['i4', 'int32'],
  ['i8', 'int64'],
  ['u1', 'uint8'],
  ['u2', 'uint16'],
  ['u4', 'uint32'],
  ['u8', 'uint64'],
  ['b1', 'bool'],
])

function typeOf(descr: string): ElementType {
  const [, order = '', kind = '', size = ''] = /^([<>|=]?)([A-Za-z])(\d*)$/.exec(descr) ?? []
  if (kind === 'O')
    throw invalid('it holds Python objects (a pickle), which are never loaded; save plain numbers instead')
  if (kind === 'c') throw invalid('it holds complex numbers, which no model input here takes')
  const bigEndian = order === '>'
  if (kind === 'U' || kind === 'S') {
    return { dtype: 'string', bytes: Number(size) * (kind === 'U' ? 4 : 1), bigEndian, text: kind }
  }
  const dtype = KINDS.get(kind + size)
  if (dtype === undefined)
    throw invalid(`its type "${descr}" is not supported (float16 to float64, integers, bool and text are)`)
  return { dtype, bytes: Number(size), bigEndian, text: null }
}

function readElements(raw: Uint8Array, type: ElementType, count: number): TensorData {
  if (type.text !== null) return readStrings(raw, type, count)
  // A copy: the views below need an aligned start, and slices of a Buffer are none.
  const bytes = new Uint8Array(raw)
  if (type.bigEndian)
    for (let at = 0; at < bytes.length; at += type.bytes) bytes.subarray(at, at + type.bytes).reverse()
  return viewOf(type.dtype, bytes.buffer)
}

/** The bytes as elements of a dtype that is not `string`. */
function viewOf(dtype: Exclude<Dtype, 'string'> | Dtype, buffer: ArrayBuffer): TensorData {
  switch (dtype) {
    case 'float16':
    case 'uint16':
      return new Uint16Array(buffer)
    case 'float32':
      return new Float32Array(buffer)
    case 'float64':
      return new Float64Array(buffer)
    case 'int8':
      return new Int8Array(buffer)
    case 'int16':
      return new Int16Array(buffer)
    case 'int32':
      return new Int32Array(buffer)
    case 'int64':
      return new BigInt64Array(buffer)
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer)
    case 'uint32':
      return new Uint32Array(buffer)
    case 'uint64':
      return new BigUint64Array(buffer)
    case 'string':
      return []
  }
}

function readStrings(raw: Uint8Array, type: ElementType, count: number): string[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  return Array.from({ length: count }, (_, index) => {
    const start = index * type.bytes
    if (type.text === 'S') return new TextDecoder().decode(raw.subarray(start, start + type.bytes)).replace(/\0+$/, '')
    let text = ''
    for (let at = start; at < start + type.bytes; at += 4) {
      const point = view.getUint32(at, !type.bigEndian)
      if (point > 0x10ffff) throw invalid(`it holds the impossible character ${point}`)
      text += String.fromCodePoint(point)
    }
    return text.replace(/\0+$/, '')
  })
}

function toCOrder(data: TensorData, shape: readonly number[]): TensorData {
  const out = data.slice() as { [index: number]: unknown; length: number }
  const strides: number[] = []
  shape.reduce((stride, size) => (strides.push(stride), stride * size), 1)
  for (let index = 0; index < data.length; index++) {
    let rest = index
    let from = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1
      from += (rest % size) * (strides[axis] ?? 1)
      rest = Math.floor(rest / size)
    }
    out[index] = data[from]
  }
  return out as TensorData
}

function payloadOf({ dtype, data }: Tensor): { descr: string; payload: Uint8Array } {
  if (isText(data)) return textPayload(data)
  const kind = [...KINDS].find(([, known]) => known === dtype)?.[0] ?? ''
  const payload = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { descr: (kind.endsWith('1') ? '|' : '<') + kind, payload }
}

function textPayload(data: readonly string[]): { descr: string; payload: Uint8Array } {
  const points = data.map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0))
  const width = points.reduce((most, text) => Math.max(most, text.length), 1)
  const payload = new Uint8Array(data.length * width * 4)
  const view = new DataView(payload.buffer)
  points.forEach((text, row) => {
    text.forEach((point, at) => {
      view.setUint32((row * width + at) * 4, point, true)
    })
  })
  return { descr: `<U${width}`, payload }
}

function isText(data: TensorData): data is readonly string[] {
  return Array.isArray(data)
}

function invalid(why: string): NavigatorError {
  return new NavigatorError('npy-invalid', `The array cannot be read: ${why}.`)
}
