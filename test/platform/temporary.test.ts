import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, it } from 'vitest'

import { removeLeftovers, temporaryName } from '../../src/core/platform/temporary.js'
import { temporaryFolder } from '../support/run-engine.js'
import { runThatMade } from '../support/run-that-made.js'

it('never gives the same name twice', () => {
  const names = Array.from({ length: 100 }, () => temporaryName('out.nav'))
  expect(new Set(names).size).toBe(100)
})

it('keeps what another run has while it lives and removes it after it was killed', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'out.nav')
  const run = await runThatMade(file, 'file')
  await removeLeftovers(file)
  expect(await readdir(folder.path)).toHaveLength(1)
  await run.kill()
  await removeLeftovers(file)
  expect(await readdir(folder.path)).toEqual([])
})

it.runIf(process.platform === 'linux')('tells a run from a later process that has its id', async () => {
  await using folder = await temporaryFolder()
  const own = temporaryName(path.join(folder.path, 'out.nav'))
  const [, pid, startTick, namespace] = /\.(\d+)-(\d+)-(\d+)-/.exec(own) ?? []
  expect(Number(pid)).toBe(process.pid)
  const names = [
    `out.nav.${pid}-${startTick}-${namespace}-0123456789ab.tmp`,
    `out.nav.${pid}-${Number(startTick) - 1}-${namespace}-0123456789ab.tmp`,
    `out.nav.${pid}-1-${Number(namespace) + 1}-0123456789ab.tmp`,
  ]
  for (const name of names) await writeFile(path.join(folder.path, name), '')
  await removeLeftovers(path.join(folder.path, 'out.nav'))
  expect((await readdir(folder.path)).sort()).toEqual([names[0], names[2]].sort())
})

it('leaves every other file alone', async () => {
  await using folder = await temporaryFolder()
  const names = [
    'out.nav',
    'out.nav.tmp',
    'out.nav.1-1-1-0123456789ab.tmp.txt',
    'out.nav.1-1-1.tmp',
    'other.nav.1-1-1-0123456789ab.tmp',
    'out.nav.bak.1-1-1-0123456789ab.tmp',
  ]
  for (const name of names) await writeFile(path.join(folder.path, name), '')
  await removeLeftovers(path.join(folder.path, 'out.nav'))
  await removeLeftovers(path.join(folder.path, 'no such folder', 'out.nav'))
  expect((await readdir(folder.path)).sort()).toEqual(names.sort())
})
