import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, it } from 'vitest'

import { replaceFile, writeFileAtomic } from '../../src/core/platform/journal.js'
import { temporaryFolder } from '../support/run-engine.js'
import { runThatMade } from '../support/run-that-made.js'

it('replaces the old content and leaves no other file', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'record.json')
  await writeFile(file, 'old and longer')
  await writeFileAtomic(file, 'new')
  expect(await readFile(file, 'utf8')).toBe('new')
  expect(await readdir(folder.path)).toEqual(['record.json'])
})

it.runIf(process.platform === 'linux')('leaves the old file, and it alone, when the disk is full', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'record.json')
  await writeFile(file, 'old')
  const replaced = replaceFile(file, async (temporary) => {
    // Writes to /dev/full fail as on a full disk.
    await symlink('/dev/full', temporary)
    await writeFile(temporary, 'new')
  })
  await expect(replaced).rejects.toMatchObject({ code: 'disk-full' })
  expect(await readFile(file, 'utf8')).toBe('old')
  expect(await readdir(folder.path)).toEqual(['record.json'])
})

it('writes to no file that was there before, whoever made it', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'record.json')
  const precious = path.join(folder.path, 'precious')
  await writeFile(precious, 'precious')
  await symlink(precious, `${file}.${process.pid}.tmp`)
  await writeFileAtomic(file, 'new')
  expect(await readFile(precious, 'utf8')).toBe('precious')
})

it('removes what a killed run left of the same file', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'record.json')
  const run = await runThatMade(file, 'file')
  await writeFileAtomic(file, 'one')
  expect(await readdir(folder.path)).toHaveLength(2)
  await run.kill()
  await writeFileAtomic(file, 'two')
  expect(await readdir(folder.path)).toEqual(['record.json'])
})

it('says so when a folder is in the way, and leaves it', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'record.json')
  await mkdir(file)
  await expect(writeFileAtomic(file, 'new')).rejects.toMatchObject({ code: 'output-unwritable' })
  expect(await readdir(folder.path)).toEqual(['record.json'])
})
