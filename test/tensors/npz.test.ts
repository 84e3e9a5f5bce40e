import fc from 'fast-check'
import JSZip from 'jszip'
import { expect, test } from 'vitest'

import { encodeNpy } from '../../src/core/tensors/npy.js'
import { readNpz, writeNpz } from '../../src/core/tensors/npz.js'
import type { Tensor } from '../../src/core/tensors/tensor.js'
import { makeZip } from '../nav-package/make-zip.js'
import { tensors } from './arbitrary-tensor.js'

const X: Tensor = { dtype: 'float32', shape: [2], data: Float32Array.of(1.5, -2) }

const names = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'a/b', '../up', 'input:0', 'ü', 'x.npy', 'a\u0005b', 'é\n'),
  fc.string({ minLength: 1 }).filter((name) => /^[\w ./:-]+$/.test(name) && !name.endsWith('/')),
)

test('arrays survive writing and reading under any name a model may use', async () => {
  const maps = fc.uniqueArray(fc.tuple(names, tensors), { selector: ([name]) => name, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(maps, async (entries) => {
      expect(await readNpz(await writeNpz(new Map(entries)))).toEqual(new Map(entries))
    }),
    { numRuns: 50 },
  )
})

test('the same arrays give the same bytes', async () => {
  expect(await writeNpz(new Map([['x', X]]))).toEqual(await writeNpz(new Map([['x', X]])))
})

test('compressed archives are read, as savez_compressed writes them', async () => {
  const zip = new JSZip().file('x.npy', encodeNpy(X))
  const bytes = await zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE' })
  expect(await readNpz(bytes)).toEqual(new Map([['x', X]]))
})

test.each([
  ['no archive', () => new TextEncoder().encode('x,y\n1,2\n')],
  ['empty', () => new Uint8Array()],
])('a file that is %s is refused', async (_, bytes) => {
  await expect(readNpz(bytes())).rejects.toMatchObject({ code: 'npz-invalid' })
})

test('a truncated archive and one with a flipped bit are refused', async () => {
  const whole = await writeNpz(new Map([['x', X]]))
  await expect(readNpz(whole.subarray(0, -30))).rejects.toMatchObject({ code: 'npz-invalid' })
  const flipped = whole.slice()
  // Within the data of x: after the zip's 35 bytes and the array's header of 128.
  flipped[35 + 128] = (flipped[35 + 128] ?? 0) ^ 1
  await expect(readNpz(flipped)).rejects.toMatchObject({ code: 'npz-invalid' })
})

test('an array of Python objects in an archive is refused by its name', async () => {
  const pickled = Buffer.from(encodeNpy(X))
  pickled.write("'|O' ", pickled.indexOf("'<f4'"))
  const bytes = await new JSZip().file('x.npy', pickled).generateAsync({ type: 'uint8array' })
  await expect(readNpz(bytes)).rejects.toMatchObject({
    code: 'npz-invalid',
    problems: [expect.stringMatching(/^"x": .* holds Python objects \(a pickle\), which are never loaded/)],
  })
})

test('names that a path would make one are two arrays, and one that is there twice is refused', async () => {
  const apart = makeZip([
    { name: 'x.npy', content: encodeNpy(X) },
    { name: '../x.npy', content: encodeNpy({ ...X, data: Float32Array.of(3, 4) }) },
  ])
  expect([...(await readNpz(apart)).keys()]).toEqual(['x', '../x'])
  const twice = makeZip(['x.npy', 'x.npy'].map((name) => ({ name, content: encodeNpy(X) })))
  await expect(readNpz(twice)).rejects.toMatchObject({ problems: ['"x": It is there twice.'] })
})

test('texts that are too many together are refused, although each array is read', async () => {
  const type = "{'descr': '|S1', 'fortran_order': False, 'shape': (524289,), }"
  const head = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(type.length)}\x00${type}`, 'latin1')
  const array = Buffer.concat([head, Buffer.alloc(2 ** 19 + 1)])
  const alone = makeZip([{ name: 'a.npy', content: array }])
  expect((await readNpz(alone)).get('a')?.data.length).toBe(2 ** 19 + 1)
  const both = makeZip(['a.npy', 'b.npy'].map((name) => ({ name, content: array })))
  await expect(readNpz(both)).rejects.toMatchObject({
    code: 'npz-invalid',
    problems: ['"b": With it there are more than the 1048576 texts that are read.'],
  })
})

test('of very many bad arrays the first are named', async () => {
  const bad = Array.from({ length: 50 }, (_, index) => ({ name: `${index}.npy`, content: 'no array' }))
  const error: unknown = await readNpz(makeZip(bad)).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ problems: expect.objectContaining({ length: 20 }) as unknown })
})

test('an archive that unpacks to more than allowed is refused before it is unpacked', async () => {
  const zeros: Tensor = { dtype: 'uint8', shape: [2 ** 20], data: new Uint8Array(2 ** 20) }
  const bytes = await new JSZip()
    .file('x.npy', encodeNpy(zeros))
    .generateAsync({ type: 'uint8array', compression: 'DEFLATE' })
  expect(bytes.length).toBeLessThan(10_000)
  await expect(readNpz(bytes, 2 ** 18)).rejects.toMatchObject({
    code: 'npz-invalid',
    message: 'Its arrays unpack to 1.0 MiB, more than the 0.3 MiB that are read; give fewer or smaller samples.',
  })
  // The size it promises is a lie: nothing beyond it is unpacked.
  const lying = Buffer.from(bytes)
  lying.writeUInt32LE(1000, lying.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 24)
  await expect(readNpz(lying, 2 ** 19)).rejects.toMatchObject({ code: 'npz-invalid' })
})
