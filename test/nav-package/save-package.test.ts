import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { statfs, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import type { NavPackage, PackageEntry } from '../../src/core/nav-package/nav-package.js'
import { NO_SPELLINGS, parseStatusYaml, printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { temporaryFolder } from '../support/run-engine.js'
import { runThatMade } from '../support/run-that-made.js'
import { STATUS } from './hostile-folder.js'
import { makeStatus } from './make-status.js'
import { makeZip } from './make-zip.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'navpkg-save-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Larger than what is read at once. */
const LARGE_BYTES = 2.5 * 2 ** 20

test('entries from memory and from the disk give the same bytes, small, empty and large', async () => {
  const contents = [
    Buffer.from('small'),
    Buffer.alloc(0),
    Buffer.alloc(LARGE_BYTES, 'large '),
    Buffer.alloc(2 ** 20, 1),
  ]
  const inMemory = contents.map((content, index): [string, PackageEntry] => [`m/${index}`, { kind: 'memory', content }])
  const onDisk = contents.map((content, index): [string, PackageEntry] => [
    `m/${index}`,
    onTheDisk(`${index}`, content),
  ])
  const one = await saveNavPackage(withEntries(inMemory), path.join(folder, 'a.nav'))
  const other = await saveNavPackage(withEntries(onDisk.reverse()), path.join(folder, 'b.nav'))
  expect(other).toEqual({ ...one, path: other.path })
  expect(readFileSync(one.path).equals(readFileSync(other.path))).toBe(true)
  expect(one.sha256).toBe(createHash('sha256').update(readFileSync(one.path)).digest('hex'))
  const opened = await openNavPackage(one.path, path.join(folder, 'workspace'))
  const large = opened.entries.get('m/2')
  expect(large).toEqual({
    kind: 'disk',
    file: {
      path: path.join(folder, 'workspace', 'm', '2'),
      bytes: LARGE_BYTES,
      sha256: createHash('sha256').update(Buffer.alloc(LARGE_BYTES, 'large ')).digest('hex'),
    },
  })
})

test('70,000 entries are written and read', async () => {
  // Of its own: so many files take longer to remove than a hook may.
  await using own = await temporaryFolder()
  const names = Array.from({ length: 70_000 }, (_, index) => `a/${index % 100}/${index}`)
  const entries = names.map((name): [string, PackageEntry] => [name, { kind: 'memory', content: Buffer.from(name) }])
  const { path: file } = await saveNavPackage(withEntries(entries), path.join(own.path, 'a.nav'))
  const opened = await openNavPackage(file, path.join(own.path, 'workspace'))
  expect(opened.entries.size).toBe(names.length + 1)
  for (const name of names.filter((_, index) => index % 1000 === 7)) {
    expect(readFileSync(path.join(own.path, 'workspace', name), 'utf8')).toBe(name)
  }
}, 180_000)

test.each<[string, string, string]>([
  ['climbs', '../a', '"../a": its name climbs out of the package'],
  ['is a device', 'onnx/NUL.onnx', '"onnx/NUL.onnx": a part of its name is a device on Windows'],
  ['is half a character', 'a\ud800', 'its name holds half a character'],
  ['is another case of one that is always there', 'STATUS.yaml', 'it is the same file as'],
  ['is the folder of the manifest', 'navpkg', '"navpkg/manifest.json": it lies in "navpkg", which is a file'],
  ['is that of a folder', 'a/', '"a/": folders end in "/", files do not'],
])('a name that %s is not written, as it would not be read', async (_, name, problem) => {
  const attempt = saveNavPackage(withEntries([[name, memory('x')]]), path.join(folder, 'a.nav'))
  await expect(attempt).rejects.toMatchObject({
    code: 'package-unsafe',
    problems: [expect.stringContaining(problem) as unknown],
  })
  expect(readdirSync(folder)).toEqual([])
})

test('more entries than are read are not written', async () => {
  const entries = Array.from({ length: 100_000 }, (_, index): [string, PackageEntry] => [`${index}`, memory('')])
  const attempt = saveNavPackage(withEntries(entries), path.join(folder, 'a.nav'))
  await expect(attempt).rejects.toMatchObject({
    code: 'package-too-large',
    problems: ['it holds 100002 entries, more than 100000'],
  })
})

test('a list of entries longer than is read is not written', { timeout: 60_000 }, async () => {
  const folders = `${'x'.repeat(250)}/`.repeat(3)
  const entries = Array.from({ length: 90_000 }, (_, index): [string, PackageEntry] => [
    `${folders}${index}`,
    memory(''),
  ])
  const attempt = saveNavPackage(withEntries(entries), path.join(folder, 'a.nav'))
  await expect(attempt).rejects.toMatchObject({
    code: 'package-too-large',
    problems: ['the list of its entries takes 71 MiB, more than 64'],
  })
})

test(
  'an archive that is full without a manifest is refused on opening, not on saving',
  { timeout: 60_000 },
  async () => {
    const names = Array.from({ length: 99_999 }, (_, index) => ({ name: `${index}` }))
    writeFileSync(
      path.join(folder, 'a.nav'),
      makeZip([STATUS, ...names], { end: { entries: 0xffff, entriesHere: 0xffff }, end64: {} }),
    )
    await expect(openNavPackage(path.join(folder, 'a.nav'), path.join(folder, 'workspace'))).rejects.toMatchObject({
      code: 'package-too-large',
      message: expect.stringContaining('with its navpkg/manifest.json it would be too large') as unknown,
      problems: ['it holds 100001 entries, more than 100000'],
    })
    expect(readdirSync(folder)).toEqual(['a.nav'])
  },
)

test('files that changed since the package was opened are all named, and the old file is kept', async () => {
  const file = path.join(folder, 'a.nav')
  writeFileSync(file, 'old')
  const entries: [string, PackageEntry][] = [
    ['grown', onTheDisk('grown', Buffer.from('1'))],
    ['gone', onTheDisk('gone', Buffer.from('1'))],
    ['same', onTheDisk('same', Buffer.from('1'))],
  ]
  writeFileSync(path.join(folder, 'grown'), '12')
  rmSync(path.join(folder, 'gone'))
  await expect(saveNavPackage(withEntries(entries), file)).rejects.toMatchObject({
    code: 'file-unreadable',
    problems: [
      `"grown": its file ${path.join(folder, 'grown')} has 2 bytes instead of 1`,
      `"gone": its file ${path.join(folder, 'gone')} is not there`,
    ],
  })
  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(readdirSync(folder).sort()).toEqual(['a.nav', 'grown', 'same'])
})

test.each([10, LARGE_BYTES])(
  'a file of %i bytes that has other content than when it was read is not saved',
  async (size) => {
    const file = path.join(folder, 'a.nav')
    writeFileSync(file, 'old')
    const entry = onTheDisk('model', Buffer.alloc(size, 1))
    writeFileSync(path.join(folder, 'model'), Buffer.alloc(size, 2))
    await expect(saveNavPackage(withEntries([['model', entry]]), file)).rejects.toMatchObject({
      code: 'file-unreadable',
      message: expect.stringContaining('was changed or removed since it was read') as unknown,
    })
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(readdirSync(folder).sort()).toEqual(['a.nav', 'model'])
  },
)

test('however soon a save fails, nothing is left beside the file', async () => {
  const entry = onTheDisk('model', Buffer.alloc(10, 1))
  writeFileSync(path.join(folder, 'model'), Buffer.alloc(10, 2))
  for (let count = 0; count < 500; count++) {
    await expect(saveNavPackage(withEntries([['model', entry]]), path.join(folder, 'a.nav'))).rejects.toThrow(/changed/)
  }
  expect(readdirSync(folder)).toEqual(['model'])
})

test('a package larger than the disk is refused before it is written', async (context) => {
  const { bavail, bsize } = await statfs(folder)
  // Twice as much as is free: others may make room meanwhile.
  const bytes = 2 * bavail * bsize
  const file = path.join(folder, 'sparse')
  writeFileSync(file, '')
  await truncate(file, bytes).catch(() => {
    context.skip('this file system has no files with holes of that size')
  })
  const entry: PackageEntry = { kind: 'disk', file: { path: file, bytes, sha256: '' } }
  const attempt = saveNavPackage(withEntries([['a', entry]]), path.join(folder, 'a.nav'))
  await expect(attempt).rejects.toMatchObject({
    code: expect.stringMatching(/^(disk-full|package-too-large)$/) as unknown,
  })
  expect(readdirSync(folder)).toEqual(['sparse'])
})

test('a workspace appears in one step, and what a killed run left beside it is removed', async () => {
  const { path: file } = await saveNavPackage(withEntries([['a/b', memory('x')]]), path.join(folder, 'a.nav'))
  const workspace = path.join(folder, 'workspace')
  const run = await runThatMade(workspace, 'folder')
  const alive = readdirSync(folder).filter((name) => name.startsWith('workspace.'))
  expect(alive).toHaveLength(1)
  await openNavPackage(file, workspace)
  expect(readdirSync(folder).sort()).toEqual(['a.nav', 'workspace', ...alive].sort())
  rmSync(workspace, { recursive: true })
  await run.kill()
  await openNavPackage(file, workspace)
  expect(readdirSync(folder)).toEqual(['a.nav', 'workspace'])
  expect(readdirSync(workspace)).toEqual(['a', 'navpkg', 'status.yaml'])
})

function withEntries(entries: readonly (readonly [string, PackageEntry])[]): NavPackage {
  const { status } = parseStatusYaml(printStatusYaml(makeStatus()))
  return { status, spellings: NO_SPELLINGS, entries: new Map(entries), warnings: [] }
}

function memory(text: string): PackageEntry {
  return { kind: 'memory', content: Buffer.from(text) }
}

function onTheDisk(name: string, content: Buffer): PackageEntry {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { kind: 'disk', file: { path: file, bytes: content.length, sha256 } }
}
