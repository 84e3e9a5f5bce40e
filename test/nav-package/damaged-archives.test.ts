import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { deflateRawSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { openNavPackage } from '../../src/core/nav-package/archive-file.js'
import { HostileFolder, sized, STATUS } from './hostile-folder.js'
import { extraField, makeZip, type RawEnd, type RawEntry, zip64Sizes } from './make-zip.js'

/** The end record of an archive without a comment. */
const END_BYTES = 22

const GOOD: RawEntry[] = [STATUS, { name: 'a', content: 'x' }]

test.each<[string, Buffer, string, string]>([
  [
    'with bytes after its end',
    makeZip(GOOD, { suffix: Buffer.from('x') }),
    'package-invalid',
    'Its end record does not end the file',
  ],
  [
    'cut off in its comment',
    makeZip(GOOD, { comment: Buffer.from('abc') }).subarray(0, -1),
    'package-invalid',
    'Its end record does not end the file',
  ],
  [
    'cut off in its end record',
    makeZip(GOOD).subarray(0, -1),
    'package-not-zip',
    'it is no zip archive, or was cut off',
  ],
  [
    'with bytes before its beginning',
    makeZip(GOOD, { prefix: Buffer.from('MZ') }),
    'package-invalid',
    'Its central directory is not where its end record says',
  ],
  [
    'with bytes before its end record',
    makeZip(GOOD, { beforeEnd: Buffer.from('x') }),
    'package-invalid',
    'Its central directory is not where its end record says',
  ],
  [
    'that was cut at the end of an archive in it',
    makeZip([{ name: 'a.npz', content: makeZip([{ name: 'x' }]) }]).subarray(0, 35 + makeZip([{ name: 'x' }]).length),
    'package-invalid',
    'Its central directory is not where',
  ],
  ['with an end record in its comment', makeZip(GOOD, { comment: makeZip(GOOD) }), 'package-unsafe', 'two end records'],
  [
    'of several disks',
    makeZip(GOOD, { end: { disk: 1 } }),
    'package-invalid',
    'It is one part of an archive of several parts',
  ],
  [
    'with its list on another disk',
    makeZip(GOOD, { end: { directoryDisk: 1 } }),
    'package-invalid',
    'It is one part of an archive of several parts',
  ],
  [
    'with some entries on another disk',
    makeZip(GOOD, { end: { entriesHere: 1 } }),
    'package-invalid',
    'It is one part of an archive of several parts',
  ],
  [
    'that counts more entries than it has',
    makeZip(GOOD, { end: { entries: 3, entriesHere: 3 } }),
    'package-invalid',
    'The archive is damaged',
  ],
  [
    'that counts fewer entries than it has',
    makeZip(GOOD, { end: { entries: 1, entriesHere: 1 } }),
    'package-invalid',
    'it lists other entries than its end record counts',
  ],
  [
    'that counts none',
    makeZip(GOOD, { end: { entries: 0, entriesHere: 0 } }),
    'package-invalid',
    'it lists other entries than its end record counts',
  ],
  [
    'whose list has no signature',
    makeZip([STATUS, { name: 'a', central: { signature: 0 } }]),
    'package-invalid',
    'invalid central directory file header signature',
  ],
  [
    'whose zip64 record is missing',
    makeZip(GOOD, { end64: { signature: 0 } }),
    'package-invalid',
    'Its zip64 end record is missing',
  ],
  [
    'whose zip64 record is elsewhere',
    makeZip(GOOD, { locator: { endOffset: 0 } }),
    'package-invalid',
    'Its zip64 end record is not where its locator says',
  ],
  [
    'whose zip64 record is longer',
    makeZip(GOOD, { end64: { size: 60 } }),
    'package-invalid',
    'Its zip64 end record is not where its locator says',
  ],
  [
    'whose zip64 record is of several disks',
    makeZip(GOOD, { locator: { disks: 2 } }),
    'package-invalid',
    'It is one part of an archive of several parts',
  ],
  [
    'whose zip64 record counts others',
    makeZip(GOOD, { end64: { entries: 1, entriesHere: 1 } }),
    'package-invalid',
    'Its end record and its zip64 end record contradict each other',
  ],
  [
    'whose zip64 list is elsewhere',
    makeZip(GOOD, { end64: { directoryOffset: 2 ** 52 } }),
    'package-invalid',
    'contradict each other',
  ],
  [
    'with a 64-bit size left out',
    makeZip([STATUS, { name: 'a', central: { compressedSize: 0xffffffff } }]),
    'package-unsafe',
    '"a": it is stored, but should unpack from 4294967295 bytes to 0',
  ],
  [
    'with a 64-bit size cut off',
    makeZip([STATUS, { name: 'a', central: { compressedSize: 0xffffffff, extra: extraField(1, Buffer.alloc(4)) } }]),
    'package-invalid',
    'The archive is damaged: zip64 extended information',
  ],
  [
    'with an extra field that is too long',
    makeZip([STATUS, { name: 'a', central: { extra: Buffer.from([1, 0, 9, 0]) } }]),
    'package-invalid',
    'The archive is damaged: extra field length',
  ],
  [
    'with too many entries',
    makeZip(GOOD, { end: { entries: 0xffff, entriesHere: 0xffff }, end64: { entries: 100_001, entriesHere: 100_001 } }),
    'package-too-large',
    'it holds 100001 entries, more than 100000',
  ],
  [
    'with a list that is too long',
    hugeList(),
    'package-too-large',
    'the list of its entries takes 65 MiB, more than 64',
  ],
  ['that unpacks to a thousand times its size', bomb(2 ** 21), 'package-too-large', '"bomb" unpacks to '],
])('an archive %s is refused and nothing is left', async (_, bytes, code, why) => {
  using folder = new HostileFolder()
  const refusal = await folder.refusalOf(bytes)
  expect(refusal).toMatchObject({ code, left: ['hostile.nav'] })
  expect([refusal.message, ...refusal.problems].join('\n')).toContain(why)
})

test('an archive that unpacks to more than a disk holds is refused before anything is written', async () => {
  const hole = 300 * 2 ** 30
  const head = { ...sized(0xffffffff), extra: zip64Sizes(hole, hole) }
  const entries = [STATUS, { name: 'a', local: head, central: head }]
  const offset = makeZip(entries).indexOf('PK\x01\x02')
  const bytes = makeZip(entries, {
    end: { directoryOffset: 0xffffffff },
    end64: { directoryOffset: offset + hole },
    locator: { endOffset: makeZip(entries).length - END_BYTES + hole },
  })
  using folder = new HostileFolder()
  const file = await open(folder.file, 'w')
  await file.write(bytes.subarray(0, offset))
  await file.write(bytes.subarray(offset), 0, null, offset + hole)
  await file.close()
  const refusal = await folder.refusalOf(null)
  expect(refusal).toMatchObject({ code: 'package-too-large', left: ['hostile.nav'] })
  expect(refusal.problems).toEqual(['it unpacks to 300 GiB, more than 256'])
})

test.each<[string, RawEntry, string]>([
  ['has another checksum', { name: 'a', content: 'x', crc: 1 }, 'its checksum does not match'],
  ['inflates to more than it says', lying(1, 5), 'it holds more than the 1 bytes that it should'],
  ['inflates to fewer than it says', lying(9, 5), 'its size does not match'],
  ['is large and inflates to more', lying(2 ** 17, 2 ** 18), 'more than the 131072 bytes'],
  ['is large and inflates to fewer', lying(2 ** 18, 2 ** 17), 'its size does not match'],
  ['is deflated and damaged', { ...lying(5, 5), data: Buffer.alloc(7, 0xff) }, 'cannot be unpacked'],
  [
    'is large, deflated and cut off',
    { name: 'a', method: 8, content: noise(2 ** 17), data: brokenDeflate(2 ** 17) },
    'a ',
  ],
])('content that %s is refused and nothing is left', async (_, entry, why) => {
  using folder = new HostileFolder()
  const refusal = await folder.refusalOf(makeZip([STATUS, { name: 'first', content: 'x' }, entry]))
  expect(refusal).toMatchObject({ code: 'package-invalid', left: ['hostile.nav'] })
  expect(refusal.message).toContain(why)
})

test.each<[string, RawEntry[], RawEnd]>([
  ['deflated entries', [{ name: 'a', method: 8, content: 'x'.repeat(1000) }], {}],
  ['zip64 sizes in both headers', [large('a', 'content')], {}],
  [
    'a data descriptor',
    [
      {
        name: 'a',
        content: 'x',
        flags: 0x808,
        local: { crc: 0, compressedSize: 0, uncompressedSize: 0 },
        after: Buffer.alloc(16),
      },
    ],
    {},
  ],
  [
    'a zip64 end record',
    [{ name: 'a' }],
    { end64: {}, end: { entries: 0xffff, entriesHere: 0xffff, directoryOffset: 0xffffffff } },
  ],
  ['a comment', [{ name: 'a' }], { comment: Buffer.from('made by hand') }],
  [
    'entries with comments and extra fields',
    [{ name: 'a', central: { comment: Buffer.from('x'), extra: extraField(0x5455, Buffer.alloc(5)) } }],
    {},
  ],
  ['gaps between entries', [{ name: 'a', content: 'x', before: Buffer.alloc(100) }], {}],
  ['folders that are listed and not', [{ name: 'b/', mode: 0o040755 }, { name: 'b/c' }, { name: 'd/e' }], {}],
  ['a folder whose nothing was deflated', [{ name: 'b/', method: 8 }], {}],
])('an archive with %s opens', async (_, entries, ending) => {
  using folder = new HostileFolder()
  writeFileSync(folder.file, makeZip([STATUS, ...entries], ending))
  const opened = await openNavPackage(folder.file, folder.workspace)
  expect([...opened.entries.keys()]).toEqual(entries.map(({ name }) => name))
})

test('names without the UTF-8 flag are read as Python reads them, in code page 437', async () => {
  const entry = { name: Buffer.from([0x61, 0x81, 0xe6, 0x2e, 0x62]), flags: 0 }
  using folder = new HostileFolder()
  writeFileSync(folder.file, makeZip([STATUS, entry]))
  const { entries } = await openNavPackage(folder.file, folder.workspace)
  expect([...entries.keys()]).toEqual(['aüµ.b'])
  expect(readdirSync(folder.workspace)).toEqual(['aüµ.b', 'status.yaml'])
})

test('what is unpacked can be run by nobody, whatever the archive says', async () => {
  using folder = new HostileFolder()
  writeFileSync(folder.file, makeZip([STATUS, { name: 'a.sh', content: 'x', mode: 0o104777 }]))
  await openNavPackage(folder.file, folder.workspace)
  expect(statSync(path.join(folder.workspace, 'a.sh')).mode & 0o7133).toBe(0)
})

test('what is no file is refused as unreadable', async () => {
  using folder = new HostileFolder()
  mkdirSync(folder.file)
  expect(await folder.refusalOf(null)).toMatchObject({ code: 'file-unreadable', left: ['hostile.nav'] })
})

/** Deflated, of `actual` bytes, where both headers say `promised`. */
function lying(promised: number, actual: number): RawEntry {
  const content = Buffer.alloc(actual, 'x')
  const sizes = { uncompressedSize: promised }
  return { name: 'a', method: 8, content, local: sizes, central: sizes }
}

/** Placeholders in both headers, the sizes beside them. */
function large(name: string, content: string): RawEntry {
  const sizes = { compressedSize: 0xffffffff, uncompressedSize: 0xffffffff }
  const head = { ...sizes, extra: zip64Sizes(content.length, content.length) }
  return { name, content, local: head, central: head }
}

function bomb(bytes: number): Buffer {
  const data = deflateRawSync(Buffer.alloc(1000))
  const sizes = { uncompressedSize: bytes, compressedSize: data.length }
  return makeZip([STATUS, { name: 'bomb', method: 8, data, local: sizes, central: sizes }])
}

/** Comments of entries that make their list 65 MiB long. */
function hugeList(): Buffer {
  const comment = Buffer.alloc(0xffff)
  return makeZip([STATUS, ...Array.from({ length: 1040 }, (_, index) => ({ name: `${index}`, central: { comment } }))])
}

/** A deflated stream whose last bytes were overwritten. */
function brokenDeflate(bytes: number): Buffer {
  const data = deflateRawSync(noise(bytes))
  return data.fill(0xff, data.length - 9)
}

function noise(bytes: number): Buffer {
  const content = Buffer.alloc(bytes)
  let state = 1
  for (let at = 0; at < bytes; at++) content[at] = (state = (state * 48271) % 0x7fffffff) & 0xff
  return content
}
