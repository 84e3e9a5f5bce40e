import { npyHeaderBytes, readNpyHeader } from './npy-header.js'
import { npyInvalid } from './npy-invalid.js'
import { readTexts, type TextType, writeTexts } from './npy-text.js'
import type { Dtype, Tensor, TensorData } from './tensor.js'

/**
 * Reads one array as NumPy's `save` writes it: format versions 1 to 3, C and Fortran order, either byte order, scalars,
 * empty arrays; what follows the data is left alone, as by NumPy. Objects (pickles), complex numbers, structured types
 * and others that no tensor here can hold are refused. Throws `npy-invalid`. Format: numpy/lib/format.py.
 */
export function decodeNpy(bytes: Uint8Array): Tensor {
  const { descr, fortran, shape, count, offset } = readNpyHeader(bytes)
  const type = typeOf(descr)
  const length = count * type.bytes
  if (type.bytes === 0 && count > bytes.length)
    throw npyInvalid(`its ${count} empty texts are more than the file has bytes`)
  if (!Number.isSafeInteger(length) || offset + length > bytes.length) {
    throw npyInvalid(`the header promises ${count} elements, but the data ends before them`)
  }
  const data = readElements(bytes.subarray(offset, offset + length), type, count)
  return { dtype: type.dtype, shape, data: fortran ? toCOrder(data, shape) : data }
}

/**
 * Writes one array as NumPy's `save` does: version 1.0, C order, little endian. Strings become `<U`. Throws
 * `npy-invalid` for texts that {@link decodeNpy} would not read.
 */
export function encodeNpy(tensor: Tensor): Uint8Array {
  const { descr, payload } = payloadOf(tensor)
  const header = npyHeaderBytes(descr, tensor.shape)
  const out = new Uint8Array(header.length + payload.length)
  out.set(header)
  out.set(payload, header.length)
  return out
}

type NumericDtype = Exclude<Dtype, 'string'>

type ElementType =
  | { readonly dtype: NumericDtype; readonly bytes: number; readonly bigEndian: boolean }
  | (TextType & { readonly dtype: 'string' })

const KINDS = new Map<string, NumericDtype>([
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

/** What NumPy can hold and a tensor cannot, in words. */
const REFUSED_KINDS = new Map([
  ['O', 'holds Python objects (a pickle), which are never loaded; save plain numbers instead'],
  ['c', 'holds complex numbers, which no model input here takes'],
  ['M', 'holds dates (datetime64), which no model takes; save them as int64'],
  ['m', 'holds spans of time (timedelta64), which no model takes; save them as int64'],
  ['V', 'holds raw bytes (void); save them as uint8'],
  ['f12', 'holds long doubles, which differ from machine to machine; save them as float64'],
  ['f16', 'holds long doubles, which differ from machine to machine; save them as float64'],
])

function typeOf(descr: string): ElementType {
  const [, order = '', kind = '', size = ''] = /^([<>|=]?)([A-Za-z])(\d*)(?:\[\w+\])?$/.exec(descr) ?? []
  const refused = REFUSED_KINDS.get(kind) ?? REFUSED_KINDS.get(kind + size)
  if (refused !== undefined) throw npyInvalid(`it ${refused}`)
  const bigEndian = order === '>'
  if ((kind === 'U' || kind === 'S') && !descr.endsWith(']')) {
    return { dtype: 'string', kind, bytes: Number(size) * (kind === 'U' ? 4 : 1), bigEndian }
  }
  const dtype = descr.endsWith(']') ? undefined : KINDS.get(kind + size)
  if (dtype === undefined) {
    const shown = JSON.stringify(descr.slice(0, 40))
    throw npyInvalid(`its type ${shown} is not supported (float16 to float64, integers, bool and text are)`)
  }
  return { dtype, bytes: Number(size), bigEndian }
}

function readElements(raw: Uint8Array, type: ElementType, count: number): TensorData {
  if (type.dtype === 'string') return readTexts(raw, type, count)
  // A copy: the views below need an aligned start, and slices of a Buffer are none.
  const bytes = new Uint8Array(raw)
  if (type.bigEndian) swapBytes(Buffer.from(bytes.buffer), type.bytes)
  return viewOf(type.dtype, bytes)
}

function swapBytes(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16()
  if (size === 4) bytes.swap32()
  if (size === 8) bytes.swap64()
}

/** The bytes as elements of the dtype. */
function viewOf(dtype: NumericDtype, bytes: Uint8Array<ArrayBuffer>): TensorData {
  const { buffer } = bytes
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
      return bytes
    case 'bool':
      // NumPy takes every byte but 0 for true.
      return bytes.map((byte) => Math.min(byte, 1))
    case 'uint32':
      return new Uint32Array(buffer)
    case 'uint64':
      return new BigUint64Array(buffer)
  }
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
  if (isText(data)) return writeTexts(data)
  const kind = [...KINDS].find(([, known]) => known === dtype)?.[0] ?? ''
  const payload = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { descr: (kind.endsWith('1') ? '|' : '<') + kind, payload }
}

function isText(data: TensorData): data is readonly string[] {
  return Array.isArray(data)
}
