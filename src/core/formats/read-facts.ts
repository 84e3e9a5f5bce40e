import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'

import yauzl from 'yauzl'

import { NavigatorError } from '../errors.js'
import { HEAD_BYTES, type ModelFacts } from './recognise.js'

/** More names than these tell nothing more about an archive or a folder. */
const MOST_NAMES = 100_000

/**
 * Reads as much of a model as it takes to recognise it: a few bytes, or names. Throws `file-unreadable` for what is
 * neither a file nor a folder; errors of the system are thrown on.
 */
export async function readFacts(file: string): Promise<ModelFacts> {
  const name = path.basename(file)
  const found = await stat(file)
  if (found.isDirectory()) {
    return { kind: 'folder', name, children: (await readdir(file)).slice(0, MOST_NAMES) }
  }
  // Opening a pipe would wait for a writer.
  if (!found.isFile()) throw new NavigatorError('file-unreadable', `${file} is neither a file nor a folder.`)
  const head = await readHead(file)
  const isZip = head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))
  return { kind: 'file', name, head, archive: isZip ? await namesIn(file) : null }
}

async function readHead(file: string): Promise<Buffer> {
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
  return buffer.subarray(0, bytesRead)
}

/** The names that an archive lists; those up to the damage where it is damaged. */
async function namesIn(file: string): Promise<string[]> {
  const names: string[] = []
  try {
    const zip = await yauzl.openPromise(file, { decodeStrings: false, autoClose: false })
    try {
      for await (const { fileNameRaw } of zip.eachEntry()) {
        names.push(fileNameRaw.toString('utf8'))
        if (names.length >= MOST_NAMES) break
      }
    } finally {
      zip.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error
  }
  return names
}
