import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { openNavPackage, readNavPackage } from '../../src/core/nav-package/archive-file.js'
import { HostileFolder, STATUS } from './hostile-folder.js'
import { makeZip } from './make-zip.js'

const LARGE = { name: 'large.bin', content: randomBytes(48 * 2 ** 20) }

test('nothing is unpacked or read once the user asked to stop', async () => {
  using folder = new HostileFolder()
  writeFileSync(folder.file, makeZip([STATUS, { name: 'a', content: 'a' }]))
  const signal = AbortSignal.abort()
  const interrupted = { code: 'interrupted', outcome: 'interrupted' }
  await expect(openNavPackage(folder.file, folder.workspace, { signal })).rejects.toMatchObject(interrupted)
  await expect(readNavPackage(folder.file, ['a'], { signal })).rejects.toMatchObject(interrupted)
  expect(readdirSync(folder.path)).toEqual(['hostile.nav'])
})

test.each([
  ['stored', 0],
  ['deflated', 8],
])('unpacking stops in the middle of a large file that is %s, and leaves nothing', async (_, method) => {
  using folder = new HostileFolder()
  writeFileSync(folder.file, makeZip([STATUS, { ...LARGE, method }]))
  const stop = new AbortController()
  const opened = openNavPackage(folder.file, folder.workspace, { signal: stop.signal })
  const isStopped = expect(opened).rejects.toMatchObject({ code: 'interrupted' })
  while (!readdirSync(folder.path, { recursive: true }).some((name) => String(name).endsWith(LARGE.name)))
    await sleep(1)
  stop.abort()
  await isStopped
  expect(readdirSync(folder.path)).toEqual(['hostile.nav'])
})
