import { type Attack, bomb, MEBIBYTE, MODEL, packageWith, STATUS, X } from './attack.js'
import { makeZip, zip64Sizes } from '../make-zip.js'

const FULL = 0xffffffff

/** What was cut off, put before or behind, or is no zip at all. */
const frames: readonly Attack[] = [
  { name: 'an empty file', bytes: () => Buffer.alloc(0), expected: 'package-not-zip' },
  { name: 'one byte', bytes: () => Buffer.of(0x50), expected: 'package-not-zip' },
  { name: 'zeros', bytes: () => Buffer.alloc(100_000), expected: 'package-not-zip' },
  { name: 'text', bytes: () => Buffer.from('format_version: 0.3.2\n'.repeat(100)), expected: 'package-not-zip' },
  {
    name: 'a gzip archive',
    bytes: () => Buffer.from([0x1f, 0x8b, 8, ...new Array<number>(60).fill(0)]),
    expected: 'package-not-zip',
  },
  {
    name: 'an archive without its last byte',
    bytes: () => packageWith([])().subarray(0, -1),
    expected: 'package-not-zip',
  },
  {
    name: 'the first half of an archive',
    bytes: () => packageWith([])().subarray(0, 700),
    expected: 'package-not-zip',
  },
  { name: 'the second half of an archive', bytes: () => packageWith([])().subarray(700), expected: 'package-invalid' },
  { name: 'an archive of nothing', bytes: () => makeZip([]), expected: 'package-invalid', says: /no status\.yaml/ },
  {
    name: 'an end record alone with a comment',
    bytes: () => makeZip([], { comment: Buffer.alloc(65_535) }),
    expected: 'package-invalid',
  },
  {
    name: 'a comment on the archive',
    bytes: packageWith([], { comment: Buffer.from('a comment') }),
    expected: 'loads',
  },
  {
    name: 'a program before the archive',
    bytes: packageWith([], { prefix: Buffer.from('#!/bin/sh\nid\n') }),
    expected: 'package-invalid',
  },
  {
    name: 'bytes behind the archive',
    bytes: packageWith([], { suffix: Buffer.from('x') }),
    expected: 'package-invalid',
  },
  {
    name: 'bytes between the list of entries and the end',
    bytes: packageWith([], { beforeEnd: Buffer.from('x') }),
    expected: 'package-invalid',
  },
  {
    name: 'two archives, one behind the other',
    bytes: () => Buffer.concat([packageWith([])(), makeZip([STATUS])]),
    expected: 'package-invalid',
  },
  {
    name: 'an archive in the comment of another',
    bytes: () => {
      const inner = makeZip([STATUS])
      return packageWith([], { comment: inner })()
    },
    expected: 'package-unsafe',
  },
]

/** End records that lie. */
const ends: readonly Attack[] = [
  {
    name: 'fewer entries announced than listed',
    bytes: packageWith([X], { end: { entries: 2, entriesHere: 2 } }),
    expected: 'package-invalid',
  },
  {
    name: 'more entries announced than listed',
    bytes: packageWith([X], { end: { entries: 4, entriesHere: 4 } }),
    expected: 'package-invalid',
  },
  {
    name: 'a hundred thousand and one entries announced',
    bytes: packageWith([], {
      end: { entries: 0xffff, entriesHere: 0xffff, directorySize: FULL, directoryOffset: FULL },
      end64: { entries: 100_001, entriesHere: 100_001 },
    }),
    expected: 'package-too-large',
  },
  {
    name: '2⁶⁰ entries announced',
    bytes: packageWith([], {
      end: { entries: 0xffff, entriesHere: 0xffff, directorySize: FULL, directoryOffset: FULL },
      end64: { entries: 2 ** 60, entriesHere: 2 ** 60 },
    }),
    expected: 'package-too-large',
  },
  {
    name: 'a list of entries beyond the end',
    bytes: packageWith([], { end: { directoryOffset: 0x7fffffff } }),
    expected: 'package-invalid',
  },
  {
    name: 'a list of entries at the very start',
    bytes: packageWith([], { end: { directoryOffset: 0 } }),
    expected: 'package-invalid',
  },
  {
    name: 'a list of entries longer than the file',
    bytes: packageWith([], { end: { directorySize: 0x7fffffff } }),
    expected: 'package-invalid',
  },
  {
    name: 'a zip64 end beyond the file',
    bytes: packageWith([], { end64: {}, locator: { endOffset: 2 ** 52 } }),
    expected: 'package-invalid',
  },
  {
    name: 'a zip64 end that says another than the plain one',
    bytes: packageWith([], { end64: { entries: 1, entriesHere: 1 } }),
    expected: 'package-invalid',
  },
  {
    name: 'a list of entries at 2⁶³',
    bytes: packageWith([], { end: { directoryOffset: FULL }, end64: { directoryOffset: 2 ** 63 } }),
    expected: 'package-invalid',
  },
  {
    name: 'a part of an archive on several disks',
    bytes: packageWith([], { end: { disk: 1, directoryDisk: 1 } }),
    expected: 'package-invalid',
  },
]

/** Sizes that lie or fill the disk. */
const sizes: readonly Attack[] = [
  {
    name: 'an entry that unpacks to very much',
    bytes: packageWith([{ name: 'bomb', content: Buffer.alloc(8 * MEBIBYTE), method: 8 }]),
    expected: 'package-too-large',
    says: /times its size|too large/,
  },
  {
    name: 'an entry that says it is small and unpacks to very much',
    bytes: packageWith([
      {
        name: 'bomb',
        content: Buffer.alloc(100),
        method: 8,
        data: bomb(64 * MEBIBYTE),
        central: { compressedSize: bomb(64 * MEBIBYTE).length },
        local: { compressedSize: bomb(64 * MEBIBYTE).length },
      },
    ]),
    expected: 'package-invalid',
    inspected: 'loads',
  },
  {
    name: 'an entry that unpacks to less than it says',
    bytes: packageWith([{ ...X, method: 8, central: { uncompressedSize: 700 }, local: { uncompressedSize: 700 } }]),
    expected: 'package-invalid',
    inspected: 'loads',
  },
  {
    name: 'three hundred entries of a gibibyte each',
    bytes: packageWith(
      Array.from({ length: 300 }, (_, index) => ({
        name: String(index),
        method: 8,
        data: Buffer.alloc(2000),
        central: { compressedSize: 2000, uncompressedSize: 2 ** 30 },
        local: { compressedSize: 2000, uncompressedSize: 2 ** 30 },
      })),
    ),
    expected: 'package-too-large',
  },
  {
    name: 'an entry of an exbibyte',
    bytes: packageWith([
      {
        name: 'huge',
        method: 8,
        data: Buffer.alloc(10),
        central: { compressedSize: 10, uncompressedSize: FULL, extra: zip64Sizes(2 ** 60) },
        local: { compressedSize: 10, uncompressedSize: FULL, extra: zip64Sizes(2 ** 60) },
      },
    ]),
    expected: 'package-too-large',
  },
  {
    name: 'a stored entry that is longer than the archive',
    bytes: packageWith([
      {
        ...X,
        central: { compressedSize: 2 ** 30, uncompressedSize: 2 ** 30 },
        local: { compressedSize: 2 ** 30, uncompressedSize: 2 ** 30 },
      },
    ]),
    expected: 'package-unsafe',
  },
  {
    name: 'a stored entry whose two sizes differ',
    bytes: packageWith([{ ...X, central: { compressedSize: 3 }, local: { compressedSize: 3 } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'a size in the list that is not the one before the data',
    bytes: packageWith([{ ...X, local: { compressedSize: 3, uncompressedSize: 3 } }]),
    expected: 'package-unsafe',
  },
  {
    name: 'a zip64 field that is too short',
    bytes: packageWith([{ ...X, central: { uncompressedSize: FULL, extra: Buffer.from([1, 0, 2, 0, 1, 1]) } }]),
    expected: 'package-invalid',
  },
  {
    name: 'a status.yaml of a hundred mebibytes',
    bytes: () =>
      makeZip([
        { name: 'status.yaml', content: `# ${'0123456789abcdef'.repeat(256)}\n`.repeat(25_600), method: 8 },
        MODEL,
      ]),
    expected: 'package-too-large',
  },
]

export const zipAttacks: readonly Attack[] = [...frames, ...ends, ...sizes]
