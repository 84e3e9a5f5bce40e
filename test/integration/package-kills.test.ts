import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { openNavPackage } from '../../src/core/nav-package/archive-file.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'
import { buildPackageProcess, makePackageFiles } from '../support/build-package-process.js'
import { temporaryFolder } from '../support/run-engine.js'

const TIMES = 20
const SIZES = [120e6, 80e6]
const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)

test(`a save that is killed leaves the old file or the whole new one (KILL_SEED=${seed})`, async () => {
  await using folder = await temporaryFolder()
  const { files, program } = await prepare(folder.path)
  const saved = path.join(folder.path, 'out', 'p.nav')
  const kept = await killed(
    () => start(program, 'write', files, saved),
    async () => {
      if ((await readFile(saved)).length === 'old'.length) return 'old'
      const opened = path.join(folder.path, 'opened')
      expect((await openNavPackage(saved, opened)).entries.size).toBe(SIZES.length + 1)
      await rm(opened, { recursive: true })
      return 'new'
    },
    async () => {
      await writeFile(saved, 'old')
    },
  )
  expect(kept.get('old'), [...kept].join('; ')).toBeGreaterThan(TIMES / 10)
  expect(await readdir(path.dirname(saved))).toEqual(['p.nav'])
})

test(`an unpacking that is killed leaves no workspace or the whole one (KILL_SEED=${seed})`, async () => {
  await using folder = await temporaryFolder()
  const { files, program } = await prepare(folder.path)
  const saved = path.join(folder.path, 'p.nav')
  expect(await ended(start(program, 'write', files, saved))).toBe(0)
  const workspace = path.join(folder.path, 'out', 'workspace')
  const kept = await killed(
    () => start(program, 'read', saved, workspace),
    async () => {
      const names = await readdir(workspace).catch(() => null)
      if (names === null) return 'absent'
      expect(names.sort()).toEqual(['model-0.bin', 'model-1.bin', 'navpkg', 'status.yaml'])
      for (const name of names.filter((name) => name.startsWith('model-'))) {
        const [one, other] = await Promise.all([files, workspace].map((dir) => readFile(path.join(dir, name))))
        expect(other?.equals(one ?? Buffer.alloc(0)), name).toBe(true)
      }
      return 'whole'
    },
    async () => rm(workspace, { recursive: true, force: true }),
  )
  expect(kept.get('absent'), [...kept].join('; ')).toBeGreaterThan(TIMES / 10)
  expect(await readdir(path.dirname(workspace))).toEqual(['workspace'])
})

async function prepare(folder: string): Promise<{ files: string; program: string }> {
  const places = { files: path.join(folder, 'files'), program: path.join(folder, 'process.mjs') }
  await buildPackageProcess(places.program)
  await makePackageFiles(places.files, SIZES)
  await mkdir(path.join(folder, 'out'))
  return places
}

function start(program: string, ...given: string[]): ChildProcess {
  return spawn(process.execPath, [program, ...given], { stdio: ['ignore', 'ignore', 'inherit'] })
}

async function ended(child: ChildProcess): Promise<unknown> {
  const [code, signal] = (await once(child, 'close')) as unknown[]
  return signal ?? code
}

/**
 * Kills the process `TIMES` times at moments that are spread over a whole run of it and a little beyond, and lets it run to its end once
 * more. Gives how often each state was found after a kill.
 */
async function killed(
  run: () => ChildProcess,
  stateOf: () => Promise<string>,
  reset: () => Promise<void>,
): Promise<Map<string, number>> {
  const random = mulberry32(seed)
  await reset()
  const timed = async (): Promise<number> => {
    const begin = performance.now()
    expect(await ended(run())).toBe(0)
    return performance.now() - begin
  }
  // The first fills the caches; a time that is too long would have most kills come too late.
  const firstMs = await timed()
  await reset()
  const runMs = Math.min(firstMs, await timed())
  const states = new Map<string, number>()
  for (let index = 0; index < TIMES; index++) {
    await reset()
    const child = run()
    const end = ended(child)
    await sleep(((index + random()) / TIMES) * 1.2 * runMs)
    child.kill('SIGKILL')
    await end
    const state = await stateOf()
    states.set(state, (states.get(state) ?? 0) + 1)
  }
  await reset()
  expect(await ended(run())).toBe(0)
  console.log([...states].map(([state, times]) => `${times} × ${state}`).join(', '))
  return states
}
