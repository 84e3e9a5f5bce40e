import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError, writeError } from '../errors.js'

/** The folder a run works in. */
export interface Workspace {
  readonly dir: string
  /** Leave the folder in place when disposed. */
  keep(): void
  dispose(): Promise<void>
}

/** The file that marks a folder as ours; holds the process id of its run. */
const MARK = '.navpkg-workspace'

/**
 * Makes a workspace under `parent`, or takes `userDir`, which must be empty, absent or carry our mark.
 * Workspaces under `parent` whose runs are dead are removed first.
 */
export async function createWorkspace(options: {
  parent: string
  userDir: string | null
  tool: string
}): Promise<Workspace> {
  const { parent, userDir, tool } = options
  try {
    if (userDir !== null) return await claim(userDir)
    await mkdir(parent, { recursive: true })
    await removeLeftovers(parent, tool)
    const dir = await mkdtemp(path.join(parent, `${tool}-`))
    await writeFile(path.join(dir, MARK), String(process.pid))
    return handleOf(dir)
  } catch (error) {
    throw writeError(error, userDir ?? parent)
  }
}

async function claim(dir: string): Promise<Workspace> {
  await mkdir(dir, { recursive: true })
  const names = await readdir(dir)
  if (names.length > 0 && !names.includes(MARK)) {
    throw new NavigatorError(
      'workspace-foreign',
      `The workspace ${dir} holds files that are not ours, so it was left alone. Name an empty folder.`,
    )
  }
  const owner = Number(await readFile(path.join(dir, MARK), 'utf8').catch(() => NaN))
  if (Number.isInteger(owner) && owner !== process.pid && isAlive(owner)) {
    throw new NavigatorError(
      'workspace-foreign',
      `The workspace ${dir} is in use by process ${owner}. Name another folder.`,
    )
  }
  await Promise.all(names.map((name) => rm(path.join(dir, name), { recursive: true, force: true })))
  await writeFile(path.join(dir, MARK), String(process.pid))
  return handleOf(dir)
}

function handleOf(dir: string): Workspace {
  let kept = false
  return {
    dir,
    keep: () => {
      kept = true
    },
    dispose: async () => {
      if (!kept) await rm(dir, { recursive: true, force: true })
    },
  }
}

async function removeLeftovers(parent: string, tool: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(`${tool}-`))
  for (const name of names) {
    const dir = path.join(parent, name)
    const pid = Number(await readFile(path.join(dir, MARK), 'utf8').catch(() => NaN))
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(dir, { recursive: true, force: true })
  }
}

/** Whether a process of this id runs; another user's counts as running. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
