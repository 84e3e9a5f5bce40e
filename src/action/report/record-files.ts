import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { MAX_RECORD_BYTES, TOO_LARGE } from '../../core/report/received-record.js'
import type { Refusal } from './refusal.js'

/** One file that should be a record. */
export interface RecordFile {
  readonly name: string
  readonly content: { readonly text: string } | Refusal
}

/** Reads record files; of a folder, every `.json` in it, also deeper, as actions/download-artifact leaves them. */
export async function readRecordFiles(paths: readonly string[]): Promise<RecordFile[]> {
  const files = (await Promise.all(paths.map(filesOf))).flat()
  return Promise.all(
    [...new Set(files)].map(async (file) => ({ name: path.basename(file), content: await read(file) })),
  )
}

async function filesOf(given: string): Promise<string[]> {
  const found = await stat(given).catch(() => null)
  if (found?.isDirectory() !== true) return [given]
  const names = await readdir(given, { recursive: true })
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => path.join(given, name))
}

async function read(file: string): Promise<{ text: string } | Refusal> {
  try {
    const found = await stat(file)
    if (!found.isFile()) return { refused: 'it is not a file' }
    if (found.size > MAX_RECORD_BYTES) return { refused: TOO_LARGE }
    return { text: await readFile(file, 'utf8') }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return { refused: `it cannot be read (${code})` }
  }
}
