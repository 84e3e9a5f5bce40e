import { fromBinary, toBinary } from '@bufbuild/protobuf'

import { ModelProtoSchema } from '../../../src/core/onnx/generated/onnx_pb.js'
import { encodeNpy } from '../../../src/core/tensors/npy.js'
import { goodModels } from '../../models/make-models.js'
import { makeZip, type RawEntry } from '../make-zip.js'
import { type Attack, packageWith, STATUS } from './attack.js'

const X = encodeNpy({ dtype: 'float32', shape: [16], data: new Float32Array(16) })
const SAMPLE = 'model_input/correctness/0.npz'

const npz = (...arrays: readonly RawEntry[]): Buffer => makeZip(arrays)

/** An array with this header and no honest data. */
function npy(header: string, data: Uint8Array = new Uint8Array(64)): Buffer {
  const head = Buffer.alloc(10)
  head.write('\x93NUMPY\x01', 'latin1')
  head.writeUInt16LE(header.length, 8)
  return Buffer.concat([head, Buffer.from(header, 'latin1'), data])
}

const typed = (descr: string, shape: string): string =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`

const sample = (name: string, content: Uint8Array, used: Attack['used'], says?: RegExp): Attack => ({
  name: `a sample ${name}`,
  bytes: packageWith([{ name: SAMPLE, content }]),
  expected: 'loads',
  used: used ?? 'loads',
  ...(says === undefined ? {} : { says }),
})

const bad = (name: string, array: Uint8Array, says: RegExp): Attack =>
  sample(name, npz({ name: 'x.npy', content: array }), 'package-invalid', says)

const samples: readonly Attack[] = [
  sample('that fits', npz({ name: 'x.npy', content: X }), 'loads'),
  sample(
    'under names that are paths',
    npz({ name: 'x.npy', content: X }, { name: '../../x.npy', content: X }),
    'loads',
  ),
  sample('under the name __proto__', npz({ name: '__proto__.npy', content: X }), 'loads'),
  sample('that is no archive', Buffer.from('x'), 'package-invalid', /no \.npz archive/),
  sample('that is a single array', Buffer.from(X), 'package-invalid', /single \.npy array/),
  sample(
    'with an array twice',
    npz({ name: 'x.npy', content: X }, { name: 'x.npy', content: X }),
    'package-invalid',
    /twice/,
  ),
  sample(
    'that unpacks to very much',
    npz({
      name: 'x.npy',
      method: 8,
      central: { uncompressedSize: 0xfffffffe },
      local: { uncompressedSize: 0xfffffffe },
    }),
    'package-invalid',
    /unpack to 4096\.0 MiB/,
  ),
  bad('of Python objects', npy(typed('|O', '(1,)'), Buffer.from('cos\nsystem\n(S"id"\ntR.')), /pickle/),
  bad('of an unknown type', npy(typed('|V8', '(1,)')), /void/),
  bad('of more elements than there are', npy(typed('<f4', '(1000000000,)')), /ends before/),
  bad('of more elements than can be counted', npy(typed('<f4', '(9007199254740991, 9007199254740991)')), /impossible/),
  bad('of a negative size', npy(typed('<f4', '(-1,)')), /header/),
  bad(
    'with a call in its header',
    npy("{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': ()}"),
    /header/,
  ),
  bad('with a header of a hundred thousand brackets', npy(`{'descr': ${'('.repeat(60_000)}`), /structured/),
  bad('of a thousand million empty texts', npy(typed('|S0', '(1000000000,)')), /empty texts/),
  bad('of five million texts', npy(typed('|S1', '(5000000,)'), Buffer.alloc(5_000_000)), /texts are more/),
  sample(
    'of a million NULs and a letter',
    npz({
      name: 'x.npy',
      content: npy(typed('|S1000000', '()'), Buffer.concat([Buffer.alloc(999_999), Buffer.from('x')])),
    }),
    'loads',
  ),
]

/** Each of them is small and may be read alone; all of them would fill the memory. */
const MANY_TEXTS = npz({
  name: 'x.npy',
  method: 8,
  content: npy(typed('|S1', '(1000000,)'), Buffer.alloc(1_000_000, 'a')),
})

const manySamples: Attack = {
  name: 'twenty samples of a million texts each',
  bytes: packageWith(
    Array.from({ length: 20 }, (_, index) => ({ name: `model_input/correctness/${index}.npz`, content: MANY_TEXTS })),
  ),
  expected: 'loads',
  used: 'package-invalid',
  says: /more than the \d+\.\d MiB that are read/,
}

/** The model with its weights outside, at these fields. */
function external(fields: Readonly<Record<string, string>>): Uint8Array {
  const { bytes } = goodModels['external-weights']()
  const model = fromBinary(ModelProtoSchema, bytes)
  for (const tensor of model.graph?.initializer ?? []) {
    for (const entry of tensor.externalData) entry.value = fields[entry.key] ?? entry.value
  }
  return toBinary(ModelProtoSchema, model)
}

const weights = (name: string, fields: Readonly<Record<string, string>>, says: RegExp): Attack => ({
  name: `a model whose weights ${name}`,
  bytes: () =>
    makeZip([
      STATUS,
      { name: 'onnx/model.onnx', content: external(fields) },
      { name: 'onnx/weights/mlp.bin', content: new Uint8Array(10_000) },
      { name: 'secret.bin', content: new Uint8Array(10_000) },
    ]),
  expected: 'loads',
  used: 'external-data',
  says,
})

const models: readonly Attack[] = [
  weights('are another file of the package', { location: '../secret.bin' }, /climbs/),
  weights('are a file of this machine', { location: '/etc/passwd' }, /absolute/),
  weights('are a file of this machine, by climbing', { location: '../../../../../../../../etc/passwd' }, /climbs/),
  weights('are behind a backslash', { location: '..\\secret.bin' }, /backslash/),
  weights('are on a drive', { location: 'C:/secret.bin' }, /absolute/),
  weights('are an address in memory', { location: '*/_ORT_MEM_ADDR_/*' }, /memory/),
  weights('have no name', { location: '' }, /no file name/),
  weights('have a NUL in their name', { location: 'weights/mlp.bin\0' }, /NUL/),
  weights('are not there', { location: 'weights/other.bin' }, /not found/),
  weights('are a folder', { location: 'weights' }, /not a file/),
  weights('begin beyond the end', { offset: '99999999999999999999' }, /asks for/),
  weights('have a negative offset', { offset: '-1' }, /no whole number/),
  weights('have a length that is no number', { length: '1e3' }, /no whole number/),
  {
    name: 'a model that is a pointer of git LFS',
    bytes: () =>
      makeZip([STATUS, { name: 'onnx/model.onnx', content: 'version https://git-lfs.github.com/spec/v1\n' }]),
    expected: 'loads',
    used: 'git-lfs-pointer',
  },
  {
    name: 'a model that is a pickle',
    bytes: () =>
      makeZip([STATUS, { name: 'onnx/model.onnx', content: Buffer.from('\x80\x04cos\nsystem\n', 'latin1') }]),
    expected: 'loads',
    used: 'not-onnx',
  },
  {
    name: 'a model that is cut off',
    bytes: () => makeZip([STATUS, { name: 'onnx/model.onnx', content: goodModels.mlp().bytes.subarray(0, 300) }]),
    expected: 'loads',
    used: 'not-onnx',
  },
  {
    name: 'a model of messages in messages, a hundred thousand deep',
    bytes: () => makeZip([STATUS, { name: 'onnx/model.onnx', content: nested(100_000) }]),
    expected: 'loads',
    used: 'not-onnx',
  },
  {
    name: 'scripts that nobody may run',
    bytes: packageWith(
      ['onnx/reproduce_conversion.py', 'reproduce.sh', 'sitecustomize.py'].map((name) => ({
        name,
        content: 'id > /tmp/navpkg-escaped',
        mode: 0o100755,
      })),
    ),
    expected: 'loads',
    used: 'loads',
  },
]

/** A graph in the attribute of a node of a graph, over and over: its fields 7, 1, 5 and 6. */
function nested(depth: number): Uint8Array {
  const fields = [6, 5, 1]
  const parts: Buffer[] = []
  let length = 0
  for (let level = 0; level < depth; level++) {
    const field = fields[level % fields.length]!
    const head = Buffer.from([(field << 3) | 2, ...varint(length)])
    parts.push(head)
    length += head.length
  }
  return Buffer.concat([Buffer.from([(7 << 3) | 2, ...varint(length)]), ...parts.reverse()])
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))]
}

export const contentAttacks: readonly Attack[] = [...samples, manySamples, ...models]
