import { lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError, writeError } from '../errors.js'
import { removeLeftovers, temporaryName } from './temporary.js'

/**
 * Replaces a file in one step: a reader, or a kill in the middle, sees the old content or the new, never half. `write`
 * makes the new one under the name it is given and sees to it that it is on the disk. What killed runs left of such
 * names is removed first. Throws `disk-full` or `output-unwritable`.
 */
export async function replaceFile<T>(file: string, write: (temporary: string) => Promise<T>): Promise<T> {
  await removeLeftovers(file)
  const temporary = temporaryName(file)
  try {
    const result = await write(temporary)
    await rename(temporary, file)
    return result
  } catch (error) {
    await rm(temporary, { force: true })
    throw writeError(error, file)
  }
}

export async function writeFileAtomic(file: string, content: string | Uint8Array): Promise<void> {
  await replaceFile(file, async (temporary) => {
    await using handle = await open(temporary, 'wx')
    await handle.writeFile(content)
    await handle.sync()
  })
}

/**
 * Makes a folder in one step: whoever looks, also after a kill in the middle, finds no folder or all of it. `fill` gets
 * the name that it has until then. What killed runs left of such names is removed first. Throws `workspace-foreign` when
 * there is something in its place, which is left alone, `disk-full` or `output-unwritable`.
 */
export async function makeFolder<T>(folder: string, fill: (temporary: string) => Promise<T>): Promise<T> {
  if (await exists(folder)) throw foreign(folder)
  await removeLeftovers(folder)
  const temporary = temporaryName(folder)
  try {
    await mkdir(path.dirname(folder), { recursive: true })
    await mkdir(temporary)
    const result = await fill(temporary)
    await rename(temporary, folder)
    return result
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw isInTheWay(error) ? foreign(folder) : writeError(error, folder, 'folder')
  }
}

/** Also of a link that leads nowhere. */
async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  )
}

/** Another run made the folder meanwhile; an empty one is replaced. */
function isInTheWay(error: unknown): boolean {
  return codeOf(error) === 'ENOTEMPTY' || (codeOf(error) === 'EEXIST' && error instanceof Error && 'dest' in error)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}

function foreign(folder: string): NavigatorError {
  return new NavigatorError('workspace-foreign', `${folder} exists already and was left alone. Name a new folder.`)
}
