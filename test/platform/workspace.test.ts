import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, it } from 'vitest'

import { createWorkspace } from '../../src/core/platform/workspace.js'
import { temporaryFolder } from '../support/run-engine.js'

const MARK = '.navpkg-workspace'

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
    await markedFolder(dir, process.ppid)
    await writeFile(path.join(dir, 'data.bin'), 'in use')
    await expect(workspaceIn('unused', dir)).rejects.toMatchObject({ code: 'workspace-foreign' })
    expect((await readdir(dir)).sort()).toEqual([MARK, 'data.bin'])
  })

  it('is made when absent, emptied when it is ours, and gone in the end', async () => {
    await using folder = await temporaryFolder()
    const dir = path.join(folder.path, 'work')
    const first = await workspaceIn('unused', dir)
    await writeFile(path.join(dir, 'stale.bin'), 'stale')
    first.keep()
    await first.dispose()
    expect((await readdir(dir)).sort()).toEqual([MARK, 'stale.bin'])
    const second = await workspaceIn('unused', dir)
    expect(second.dir).toBe(dir)
    expect(await readdir(dir)).toEqual([MARK])
    await second.dispose()
    expect(await readdir(folder.path)).toEqual([])
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
  it('removes what dead runs left, and nothing else', async () => {
    await using folder = await temporaryFolder()
    await markedFolder(path.join(folder.path, 'navpkg-dead'), deadProcess())
    await markedFolder(path.join(folder.path, 'navpkg-alive'), process.pid)
    await markedFolder(path.join(folder.path, 'other-dead'), deadProcess())
    await mkdir(path.join(folder.path, 'navpkg-unmarked'))
    const workspace = await workspaceIn(folder.path, null)
    const kept = ['navpkg-alive', 'navpkg-unmarked', 'other-dead', path.basename(workspace.dir)]
    expect((await readdir(folder.path)).sort()).toEqual(kept.sort())
    await workspace.dispose()
    expect(await readdir(folder.path)).not.toContain(path.basename(workspace.dir))
  })
})

function workspaceIn(parent: string, userDir: string | null): ReturnType<typeof createWorkspace> {
  return createWorkspace({ parent, userDir, tool: 'navpkg' })
}

async function markedFolder(dir: string, pid: number): Promise<void> {
  await mkdir(dir)
  await writeFile(path.join(dir, MARK), String(pid))
}

/** The id of a process that has ended. */
function deadProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid
}
