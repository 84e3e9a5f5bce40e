import { mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError, writeError } from '../errors.js'
import { tryLock } from './lock.js'
import type { Log } from './log.js'
import { removeLeftovers, temporaryName } from './temporary.js'

/** The folder a run works in; disposing it removes the folder. */
export interface Workspace {
  readonly dir: string
  dispose(): Promise<void>
}

/** The file that marks a folder of the user's as ours to empty. */
const MARK = '.navpkg-workspace'

/**
 * Makes a workspace under `parent`, or takes `userDir`, which must be empty, absent or carry our mark.
 * Workspaces under `parent` whose runs are dead are removed first.
 */
export async function createWorkspace(options: {
  parent: string
  userDir: string | null
  tool: string
  log: Log
}): Promise<Workspace> {
  const { parent, userDir, tool, log } = options
  try {
    if (userDir !== null) return await claim(userDir, log)
    const place = path.join(parent, tool)
    await mkdir(parent, { recursive: true })
    await removeLeftovers(place)
    const dir = temporaryName(place)
    await mkdir(dir, { mode: 0o700 })
    return { dir, dispose: () => rm(dir, { recursive: true, force: true }) }
  } catch (error) {
    throw writeError(error, userDir ?? parent, 'folder')
  }
}

async function claim(dir: string, log: Log): Promise<Workspace> {
  await mkdir(dir, { recursive: true })
  const lock = await tryLock(`workspace ${await realpath(dir)}`, log)
  if (lock === null) {
    throw new NavigatorError('workspace-foreign', `Another run works in the workspace ${dir}. Name another folder.`)
  }
  const dispose = async (): Promise<void> => {
    await rm(dir, { recursive: true, force: true })
    lock.release()
  }
  try {
    const names = await readdir(dir)
    if (names.length > 0 && !names.includes(MARK)) {
      throw new NavigatorError(
        'workspace-foreign',
        `The workspace ${dir} holds files that are not ours, so it was left alone. Name an empty folder.`,
      )
    }
    await writeFile(path.join(dir, MARK), '')
    const stale = names.filter((name) => name !== MARK)
    await Promise.all(stale.map((name) => rm(path.join(dir, name), { recursive: true, force: true })))
    return { dir, dispose }
  } catch (error) {
    lock.release()
    throw error
  }
}
