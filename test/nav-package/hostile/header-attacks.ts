import { type Attack, bomb, MEBIBYTE, MODEL, packageWith, STATUS, X } from './attack.js'
import { makeZip, zip64Sizes } from '../make-zip.js'

const FULL = 0xffffffff

/** Headers and data that lie. */
export const headerAttacks: readonly Attack[] = [
  {
    name: 'a wrong checksum',
    bytes: packageWith([{ ...X, crc: 1 }]),
    expected: 'package-invalid',
    inspected: 'loads',
    says: /checksum/,
  },
  {
    name: 'a wrong checksum of status.yaml',
    bytes: () => makeZip([{ ...STATUS, crc: 1 }, MODEL]),
    expected: 'package-invalid',
    says: /status\.yaml is damaged: its checksum/,
  },
  {
    name: 'a wrong checksum of the record',
    bytes: packageWith([{ name: 'navpkg/run-record.json', content: '{}', crc: 1 }]),
    expected: 'package-invalid',
    says: /run-record\.json is damaged: its checksum/,
  },
  {
    name: 'a status.yaml that unpacks to more than it says',
    bytes: () =>
      makeZip([
        {
          name: 'status.yaml',
          content: Buffer.alloc(100_000),
          method: 8,
          data: bomb(64 * MEBIBYTE),
          central: { compressedSize: bomb(64 * MEBIBYTE).length },
          local: { compressedSize: bomb(64 * MEBIBYTE).length },
        },
        MODEL,
      ]),
    expected: 'package-invalid',
    says: /more than the 100000 bytes/,
  },
  {
    name: 'a checksum in the list that is not the one before the data',
    bytes: packageWith([{ ...X, central: { crc: 1 } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'damaged deflated data',
    bytes: packageWith([{ ...X, method: 8, data: Buffer.alloc(9, 0xff) }]),
    expected: 'package-invalid',
    inspected: 'loads',
  },
  {
    name: 'an encrypted entry',
    bytes: packageWith([{ ...X, flags: 0x0801 }]),
    expected: 'package-unsafe',
    says: /encrypted/,
  },
  {
    name: 'a strongly encrypted entry',
    bytes: packageWith([{ ...X, flags: 0x0841 }]),
    expected: 'package-unsafe',
    says: /encrypted/,
  },
  {
    name: 'an entry that is encrypted in its own header only',
    bytes: packageWith([{ ...X, local: { flags: 0x0801 } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'an entry of an unknown compression',
    bytes: packageWith([{ ...X, method: 99 }]),
    expected: 'package-unsafe',
    says: /method 99/,
  },
  {
    name: 'an entry compressed by LZMA',
    bytes: packageWith([{ ...X, method: 14 }]),
    expected: 'package-unsafe',
    says: /method 14/,
  },
  {
    name: 'a compression in the list that is not the one before the data',
    bytes: packageWith([{ ...X, local: { method: 8 } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'an entry whose header is elsewhere',
    bytes: packageWith([{ ...X, central: { offset: 5 } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'an entry whose header is beyond the end',
    bytes: packageWith([{ ...X, central: { offset: 0x7fffffff } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'an entry without the mark of its header',
    bytes: packageWith([{ ...X, local: { signature: 0 } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'an entry of the list without its mark',
    bytes: packageWith([{ ...X, central: { signature: 0 } }]),
    expected: 'package-invalid',
  },
  {
    name: 'an entry whose name is longer than the list',
    bytes: packageWith([{ ...X, central: { nameLength: 0xffff } }]),
    expected: 'package-invalid',
  },
  {
    name: 'an entry whose extra field runs over its data',
    bytes: packageWith([{ ...X, local: { extraLength: 0xffff } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'an extra field that is longer than it is',
    bytes: packageWith([{ ...X, central: { extra: Buffer.from([9, 9, 255, 255]) } }]),
    expected: 'package-invalid',
  },
  {
    name: 'two entries that share their data',
    bytes: packageWith([X, { ...X, name: 'y', hasLocal: false, central: { offset: 0 } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'a thousand entries of one piece of data',
    bytes: packageWith(
      Array.from({ length: 1000 }, (_, index) => ({
        name: `status.yaml${index}`,
        content: STATUS.content!,
        hasLocal: false,
        central: { offset: 0 },
      })),
    ),
    expected: 'package-unsafe',
  },
  {
    name: 'bytes between two entries',
    bytes: packageWith([{ ...X, before: Buffer.from('hidden') }]),
    expected: 'loads',
  },
  {
    name: 'an entry with a data descriptor',
    bytes: packageWith([
      {
        ...X,
        flags: 0x0808,
        local: { crc: 0, compressedSize: 0, uncompressedSize: 0 },
        after: Buffer.from('PK\x07\x08xxxxyyyyzzzz', 'latin1'),
      },
    ]),
    expected: 'loads',
  },
  {
    name: 'zip64 sizes of a small entry, as NumPy writes them',
    bytes: packageWith([{ ...X, local: { compressedSize: FULL, uncompressedSize: FULL, extra: zip64Sizes(7, 7) } }]),
    expected: 'loads',
  },
  {
    name: 'three hundred folders',
    bytes: packageWith(Array.from({ length: 300 }, (_, index) => ({ name: `${index}/`, mode: 0o040755 }))),
    expected: 'loads',
  },
]
