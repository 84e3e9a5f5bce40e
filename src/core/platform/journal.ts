import { open, rename, rm } from 'node:fs/promises'

import { writeError } from '../errors.js'

/** Replaces a file in one step: a reader, or a kill in the middle, sees the old content or the new, never half. */
export async function writeFileAtomic(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    const handle = await open(temporary, 'w')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw writeError(error, file)
  }
}
