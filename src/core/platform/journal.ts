import { open, rename, rm } from 'node:fs/promises'

import { writeError } from '../errors.js'
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
