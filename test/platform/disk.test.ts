import { readdir, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { checkFreeDisk, prepareDestination } from '../../src/core/platform/disk.js'
import { temporaryFolder } from '../support/run-engine.js'

test('what goes to one disk is added up, and refused when it does not fit together', async () => {
  await using folder = await temporaryFolder()
  const { bavail, bsize } = await statfs(folder.path)
  const need = { folder: folder.path, bytes: Math.floor(bavail * bsize * 0.7) }
  await checkFreeDisk([need])
  await expect(checkFreeDisk([need, need])).rejects.toThrow(
    /^The disk of .* has [\d.]+ [KM]iB free; this needs about [\d.]+ [KM]iB\. Free some/,
  )
})

test('preparing a destination makes its folder, leaves an old file as it is and nothing else behind', async () => {
  await using folder = await temporaryFolder()
  await prepareDestination(path.join(folder.path, 'a', 'b', 'new'))
  expect(await readdir(path.join(folder.path, 'a', 'b'))).toEqual([])
  await writeFile(path.join(folder.path, 'old'), 'old')
  await prepareDestination(path.join(folder.path, 'old'))
  expect((await readdir(folder.path)).sort()).toEqual(['a', 'old'])
  await expect(prepareDestination(path.join(folder.path, 'old', 'x'))).rejects.toMatchObject({
    code: 'output-unwritable',
  })
})
