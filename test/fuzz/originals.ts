import { printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { encodeNpy } from '../../src/core/tensors/npy.js'
import type { Tensor } from '../../src/core/tensors/tensor.js'
import { goodModels } from '../models/make-models.js'
import { makeStatus } from '../nav-package/make-status.js'
import { makeZip, type RawEnd, type RawEntry, zip64Sizes } from '../nav-package/make-zip.js'

const STATUS = makeStatus({
  cpu: { name: 'Example CPU', logical_cores: 8 },
  python_version: '3.11',
  libs: { numpy: '1.26', 'a: b': '10.0', yes: null },
})
export const STATUS_TEXT = printStatusYaml(STATUS)

export const TENSORS: readonly Tensor[] = [
  { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, NaN, 4, 5, 6) },
  { dtype: 'int64', shape: [], data: BigInt64Array.of(7n) },
  { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
  { dtype: 'string', shape: [2], data: ['ü😀', 'text'] },
  { dtype: 'float16', shape: [0, 4], data: new Uint16Array(0) },
  { dtype: 'uint8', shape: [300], data: new Uint8Array(300) },
]

export const MODEL = goodModels.mlp().bytes

/** What is in a package, before it becomes an archive. */
export const CONTENTS: readonly RawEntry[] = [
  { name: 'status.yaml', content: STATUS_TEXT },
  { name: 'onnx/model.onnx', content: 'no model, only its place' },
  {
    name: 'model_input/correctness/0.npz',
    content: makeZip([{ name: 'x.npy', content: encodeNpy(TENSORS[0]!) }]),
  },
  { name: 'navpkg/record ü.json', content: '{}' },
]

const FULL = 0xffffffff

/** Ways to write the same archive that are all in use. */
export const DIALECTS: readonly ((entries: readonly RawEntry[]) => readonly [readonly RawEntry[], RawEnd])[] = [
  (entries) => [entries, {}],
  (entries) => [entries.map((entry) => ({ ...entry, method: 8 })), {}],
  // Python's zipfile, with the folders that a walk lists.
  (entries) => [
    [
      { name: 'onnx/', mode: 0o040755 },
      { name: 'empty/', mode: 0o040755 },
      ...entries.map((entry) => ({ ...entry, method: 8, flags: /^[ -~]*$/.test(String(entry.name)) ? 0 : 0x0800 })),
    ],
    { comment: Buffer.from('made by a test') },
  ],
  // Streamed: sizes behind the data.
  (entries) => [
    entries.map((entry) => ({
      ...entry,
      method: 8,
      flags: 0x0808,
      local: { crc: 0, compressedSize: 0, uncompressedSize: 0 },
      after: Buffer.from('PK\x07\x08............', 'latin1'),
    })),
    {},
  ],
  // Zip64, as NumPy and writers of large files have it.
  (entries) => [
    entries.map((entry) => {
      const size = Buffer.byteLength(entry.content ?? '')
      const extra = zip64Sizes(size, size)
      const sizes = { compressedSize: FULL, uncompressedSize: FULL, extra }
      return { ...entry, method: 0, local: sizes, central: sizes }
    }),
    { end64: {}, end: { directoryOffset: FULL, directorySize: FULL, entries: 0xffff, entriesHere: 0xffff } },
  ],
]
