import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, it } from 'vitest'

import { writeFileAtomic } from '../../src/core/platform/journal.js'
import { temporaryFolder } from '../support/run-engine.js'

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
  // Writes to /dev/full fail as on a full disk.
  await symlink('/dev/full', `${file}.${process.pid}.tmp`)
  await expect(writeFileAtomic(file, 'new')).rejects.toMatchObject({ code: 'disk-full' })
  expect(await readFile(file, 'utf8')).toBe('old')
  expect(await readdir(folder.path)).toEqual(['record.json'])
})

it('says so when a folder is in the way, and leaves it', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'record.json')
  await mkdir(file)
  await expect(writeFileAtomic(file, 'new')).rejects.toMatchObject({ code: 'output-unwritable' })
  expect(await readdir(folder.path)).toEqual(['record.json'])
})
