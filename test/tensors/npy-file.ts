import fc from 'fast-check'

import { encodeNpy } from '../../src/core/tensors/npy.js'
import type { Tensor } from '../../src/core/tensors/tensor.js'

/** How NumPy may have written an array, at its own choice or that of its user. */
export interface Layout {
  readonly version: 1 | 2 | 3
  readonly fortran: boolean
  readonly bigEndian: boolean
  readonly quote: '"' | "'"
  readonly keys: readonly string[]
  readonly space: string
  /** Python 2 wrote whole numbers as `3L`. */
  readonly python2: boolean
}

export const layouts: fc.Arbitrary<Layout> = fc.record({
  version: fc.constantFrom(1, 2, 3),
  fortran: fc.boolean(),
  bigEndian: fc.boolean(),
  quote: fc.constantFrom('"', "'"),
  keys: fc.shuffledSubarray(['descr', 'fortran_order', 'shape'], { minLength: 3 }),
  space: fc.string({ unit: fc.constantFrom(' ', '\t', '\n'), maxLength: 3 }),
  python2: fc.boolean(),
})

/** The array as an .npy file of that layout, made from what our writer gives by another way than the reader's. */
export function npyFile(tensor: Tensor, layout: Layout): Uint8Array {
  const ours = Buffer.from(encodeNpy(tensor))
  const start = 10 + ours.readUInt16LE(8)
  const descr = /'([<|])(\w\d+)'/.exec(ours.toString('latin1', 10, start))?.[2] ?? ''
  const width = Number(descr.slice(1)) * (descr.startsWith('U') ? 4 : 1)
  const elements = Array.from({ length: tensor.data.length }, (_, index) =>
    ours.subarray(start + index * width, start + (index + 1) * width),
  )
  const ordered = layout.fortran ? fortranOrder(tensor.shape).map((index) => elements[index]!) : elements
  const unit = descr.startsWith('U') ? 4 : width
  const data = ordered.map((element) => (layout.bigEndian ? swapped(element, unit) : element))
  return Buffer.concat([head(tensor, (layout.bigEndian ? '>' : '<') + descr, layout), ...data])
}

function head(tensor: Tensor, descr: string, { version, fortran, quote, keys, space, python2 }: Layout): Buffer {
  const sizes = tensor.shape.map((size) => `${size}${python2 ? 'L' : ''}${space},`)
  const values: Readonly<Record<string, string>> = {
    descr: quote + descr + quote,
    fortran_order: fortran ? 'True' : 'False',
    shape: `(${space}${sizes.join('')})`,
  }
  const fields = keys.map((key) => `${space}${quote}${key}${quote}${space}:${values[key] ?? ''}${space},`)
  const text = Buffer.from(`{${fields.join('')}${space}}${space}\n`)
  const start = Buffer.alloc(version === 1 ? 10 : 12)
  start.write('\x93NUMPY', 'latin1')
  start[6] = version
  start.writeUInt16LE(text.length, 8)
  return Buffer.concat([start, text])
}

/** For each place in the file the index in C order of the element that lies there: the first axis runs fastest. */
function fortranOrder(shape: readonly number[]): number[] {
  const [first, ...rest] = shape
  if (first === undefined) return [0]
  const inner = rest.reduce((product, size) => product * size, 1)
  return fortranOrder(rest).flatMap((offset) => Array.from({ length: first }, (_, row) => row * inner + offset))
}

function swapped(element: Uint8Array, unit: number): Uint8Array {
  const out = Buffer.from(element)
  for (let at = 0; at < out.length; at += unit) out.subarray(at, at + unit).reverse()
  return out
}
