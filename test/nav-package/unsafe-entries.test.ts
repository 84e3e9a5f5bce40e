import { crc32 } from 'node:zlib'

import { expect, test } from 'vitest'

import { HostileFolder, sized, STATUS } from './hostile-folder.js'
import { extraField, makeZip, type RawEntry, zip64Sizes } from './make-zip.js'

const part = (name: string): string => `a/${name}/b`
const unicodePath = (name: string, other: string): Buffer => {
  const head = Buffer.alloc(5, 1)
  head.writeUInt32LE(crc32(Buffer.from(name)), 1)
  return extraField(0x7075, Buffer.concat([head, Buffer.from(other)]))
}

test.each<[string, RawEntry[], string]>([
  ['climbs', [{ name: 'a/../../b' }], '"a/../../b": its name climbs out of the package'],
  ['is absolute', [{ name: '/b' }], '"/b": its name is absolute'],
  ['begins with a drive', [{ name: 'c:b' }], '"c:b": its name is absolute'],
  ['names a stream', [{ name: 'a.txt:b' }], '"a.txt:b": its name holds a colon, which Windows takes for'],
  ['holds a backslash', [{ name: 'a\\b' }], '"a\\\\b": its name holds a backslash'],
  ['holds a NUL', [{ name: 'a\0b' }], '"a\\u0000b": its name holds a control character'],
  ['holds a line break', [{ name: 'a\nb' }], '"a\\nb": its name holds a control character'],
  ['is empty', [{ name: '' }], '"": its name is empty or longer than 1024 bytes'],
  ['has an empty part', [{ name: 'a//b' }], '"a//b": a part of its name is empty or a dot'],
  ['has a part that is a dot', [{ name: 'a/./b' }], '"a/./b": a part of its name is empty or a dot'],
  ['is too long', [{ name: 'a/'.repeat(20) + 'b'.repeat(1000) }], 'its name is empty or longer than 1024 bytes'],
  ['has a part that is too long', [{ name: 'ü'.repeat(128) }], 'a part of its name is longer than 255 bytes'],
  ['lies too deep', [{ name: 'a/'.repeat(32) + 'b' }], 'it lies more than 32 folders deep'],
  ...['CON', 'nul', 'Aux.txt', 'com1', 'COM¹', 'lpt9.tar.gz', 'LPT²', 'prn ', 'CONIN$'].map(
    (name): [string, RawEntry[], string] => [
      `is the device ${name}`,
      [{ name: part(name) }],
      `"a/${name}/b": a part of its name is a device on Windows`,
    ],
  ),
  ['ends in a dot', [{ name: part('x.') }], '"a/x./b": a part of its name ends in a dot or a space'],
  ['ends in a space', [{ name: 'x ' }], '"x ": a part of its name ends in a dot or a space'],
  ['is many dots', [{ name: part('...') }], '"a/.../b": a part of its name ends in a dot or a space'],
  ['is no UTF-8', [{ name: Buffer.from([0x61, 0xff]) }], '"aÿ": its name is not the UTF-8 that it should be'],
  ['has two names', [{ name: 'a', central: { extra: unicodePath('a', 'b') } }], '"a": some systems call it "b"'],
  ['is there twice', [{ name: 'a' }, { name: 'a' }], '"a": it is there twice'],
  ['differs by case', [{ name: 'ä' }, { name: 'Ä' }], '"Ä": it is the same file as "ä" on some systems'],
  ['differs by form', [{ name: '\u00e9' }, { name: 'e\u0301' }], 'it is the same file as'],
  ['differs as ß from ss', [{ name: 'ß' }, { name: 'SS' }], 'it is the same file as'],
  [
    'is a file and a folder',
    [{ name: 'a' }, { name: 'a-b' }, { name: 'a/b' }],
    '"a/b": it lies in "a", which is a file',
  ],
  ['is listed as both', [{ name: 'a' }, { name: 'a/', mode: 0o40755 }], '"a/": it is a file and, as "a", a folder'],
  [
    'is in a folder of two cases',
    [{ name: 'a/b' }, { name: 'A/c' }],
    'it lies in a folder that "a/b" spells in another way',
  ],
  ['is a symbolic link', [{ name: 'a', content: '/etc', mode: 0o120777 }], '"a": it is a link or a device'],
  ['is a device', [{ name: 'a', mode: 0o020666 }], '"a": it is a link or a device'],
  ['is a pipe', [{ name: 'a', mode: 0o010666 }], '"a": it is a link or a device'],
  ['is a socket', [{ name: 'a', mode: 0o140777 }], '"a": it is a link or a device'],
  ['is a folder without a slash', [{ name: 'a', mode: 0o040755 }], '"a": it is a folder named as a file'],
  ['is a folder with content', [{ name: 'a/', content: 'x' }], '"a/": it is a folder with content'],
  ['is encrypted', [{ name: 'a', flags: 0x801 }], '"a": it is encrypted'],
  ['has a hidden header', [{ name: 'a', flags: 0x2800 }], '"a": it is encrypted'],
  ['is a patch', [{ name: 'a', flags: 0x820 }], '"a": it is a patch to another file'],
  [
    'is compressed by bzip2',
    [{ name: 'a', method: 12 }],
    '"a": it is compressed by method 12; only stored and deflated',
  ],
  [
    'is stored in fewer bytes',
    [{ name: 'a', content: 'x', central: { uncompressedSize: 5 } }],
    '"a": it is stored, but should unpack from 1 bytes to 5',
  ],
  [
    'has another name in its header',
    [{ name: 'a', local: { name: 'b' } }],
    '"a": the name in its own header is not the one',
  ],
  ['has other flags there', [{ name: 'a', local: { flags: 0 } }], '"a": the flags in its own header'],
  ['has another method there', [{ name: 'a', local: { method: 8 } }], '"a": the compression method in its own header'],
  ['has another checksum there', [{ name: 'a', local: { crc: 7 } }], '"a": the checksum in its own header'],
  [
    'has another size there',
    [{ name: 'a', content: 'x', local: { uncompressedSize: 2 } }],
    '"a": the size in its own header',
  ],
  [
    'leaves out a size there without a descriptor',
    [{ name: 'a', content: 'x', local: { compressedSize: 0 } }],
    '"a": the size in its own header',
  ],
  [
    'has placeholders there and no sizes',
    [{ name: 'a', local: { compressedSize: 0xffffffff, uncompressedSize: 0xffffffff } }],
    '"a": the size in its own header',
  ],
  [
    'has other 64-bit sizes there',
    [{ name: 'a', local: { compressedSize: 0xffffffff, uncompressedSize: 0xffffffff, extra: zip64Sizes(1, 1) } }],
    '"a": the size in its own header',
  ],
  [
    'has no header',
    [{ name: 'a', local: { signature: 0 } }],
    '"a": it is not where the archive says: invalid local file header signature',
  ],
  ['lies beyond the end', [{ name: 'a', central: { offset: 2 ** 31 } }], '"a": it is not where the archive says'],
  [
    'lies beyond every end',
    [{ name: 'a', central: { offset: 0xffffffff, extra: zip64Sizes(2 ** 60) } }],
    '"a": it is not where the archive says',
  ],
  [
    'shares its bytes',
    [
      { name: 'a', content: 'x' },
      { name: 'b', content: 'x', hasLocal: false, central: { offset: 0 } },
    ],
    'it shares bytes with another entry',
  ],
  [
    'contains another',
    [
      { name: 'a', data: makeZip([{ name: 'b' }]).subarray(0, 31), content: 'x'.repeat(31) },
      { name: 'b', hasLocal: false, central: { offset: 31 } },
    ],
    '"b": it shares bytes with another entry',
  ],
  [
    'reaches into the list of entries',
    [{ name: 'a', central: sized(STATUS.content.length + 100), local: sized(STATUS.content.length + 100) }],
    '"a": its content reaches into the list of entries',
  ],
])('an entry that %s is refused as unsafe before anything is written', async (_, entries, problem) => {
  using folder = new HostileFolder()
  const refusal = await folder.refusalOf(makeZip([...entries, STATUS]))
  expect(refusal).toMatchObject({ code: 'package-unsafe', left: ['hostile.nav'] })
  expect(refusal.problems.join('\n')).toContain(problem)
})

test('all problems of an archive are told at once, the first twenty of many', async () => {
  const bad: RawEntry[] = [{ name: '../a' }, { name: 'b', mode: 0o120777 }, { name: 'c', flags: 0x801 }]
  using folder = new HostileFolder()
  const three = await folder.refusalOf(makeZip([...bad, STATUS]))
  expect(three.problems).toEqual([
    '"../a": its name climbs out of the package',
    '"b": it is a link or a device',
    '"c": it is encrypted',
  ])
  const many = await folder.refusalOf(makeZip(Array.from({ length: 30 }, (_, index) => ({ name: `../${index}` }))))
  expect([many.problems.length, many.problems.at(-1)]).toEqual([21, 'and 10 more'])
})

test('strong encryption is refused as unsafe', async () => {
  using folder = new HostileFolder()
  const refusal = await folder.refusalOf(makeZip([STATUS, { name: 'a', flags: 0x841 }]))
  expect(refusal).toMatchObject({ code: 'package-unsafe', left: ['hostile.nav'] })
  expect(refusal.message).toContain('some of its entries are encrypted')
})
