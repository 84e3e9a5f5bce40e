import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, it } from 'vitest'

import { createWorkspace } from '../../src/core/platform/workspace.js'
import { temporaryFolder } from '../support/run-engine.js'
import { runThatMade } from '../support/run-that-made.js'

const MARK = '.navpkg-workspace'
const silent = (): void => undefined
const LOG = { debug: silent, info: silent, warn: silent }

describe("a folder of the user's own", () => {
  it('is refused and left alone when it holds files of others', async () => {
    await using folder = await temporaryFolder()
    await writeFile(path.join(folder.path, 'thesis.txt'), 'years of work')
    await expect(workspaceIn('unused', folder.path)).rejects.toMatchObject({ code: 'workspace-foreign' })
    expect(await readdir(folder.path)).toEqual(['thesis.txt'])
    expect(await readFile(path.join(folder.path, 'thesis.txt'), 'utf8')).toBe('years of work')
  })

  it('is refused and left alone while another run works in it', async () => {
    await using folder = await temporaryFolder()
    const dir = path.join(folder.path, 'work')
    const working = await workspaceIn('unused', dir)
    await writeFile(path.join(dir, 'data.bin'), 'in use')
    await expect(workspaceIn('unused', dir)).rejects.toMatchObject({ code: 'workspace-foreign' })
    expect((await readdir(dir)).sort()).toEqual([MARK, 'data.bin'])
    await working.dispose()
  })

  it('is made when absent, and gone in the end', async () => {
    await using folder = await temporaryFolder()
    const dir = path.join(folder.path, 'work')
    for (let times = 0; times < 2; times++) {
      const workspace = await workspaceIn('unused', dir)
      expect(await readdir(workspace.dir)).toEqual([MARK])
      await workspace.dispose()
      expect(await readdir(folder.path)).toEqual([])
    }
  })

  it('is emptied when a run that was killed left it, whatever process has its id now', async () => {
    await using folder = await temporaryFolder()
    await writeFile(path.join(folder.path, MARK), String(process.ppid))
    await writeFile(path.join(folder.path, 'stale.bin'), 'stale')
    const workspace = await workspaceIn('unused', folder.path)
    expect(await readdir(workspace.dir)).toEqual([MARK])
    await workspace.dispose()
  })

  it('is refused with a reason when its place is a file', async () => {
    await using folder = await temporaryFolder()
    const file = path.join(folder.path, 'file')
    await writeFile(file, 'content')
    await expect(workspaceIn('unused', path.join(file, 'work'))).rejects.toMatchObject({ code: 'output-unwritable' })
    expect(await readFile(file, 'utf8')).toBe('content')
  })
})

describe('a workspace of our own', () => {
  it('lives beside those of live runs; those of killed ones and nothing else are removed', async () => {
    await using folder = await temporaryFolder()
    const run = await runThatMade(path.join(folder.path, 'navpkg'), 'folder')
    await mkdir(path.join(folder.path, 'navpkg-notes.tmp'))
    const first = await workspaceIn(folder.path, null)
    expect(await readdir(folder.path)).toHaveLength(3)
    await run.kill()
    const second = await workspaceIn(folder.path, null)
    const left = ['navpkg-notes.tmp', path.basename(first.dir), path.basename(second.dir)]
    expect((await readdir(folder.path)).sort()).toEqual(left.sort())
    await first.dispose()
    await second.dispose()
    expect(await readdir(folder.path)).toEqual(['navpkg-notes.tmp'])
  })
})

function workspaceIn(parent: string, userDir: string | null): ReturnType<typeof createWorkspace> {
  return createWorkspace({ parent, userDir, tool: 'navpkg', log: LOG })
}
