import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'

import { NavigatorError } from '../errors.js'
import { CHUNK_BYTES, ContentMeter, metered } from './content-meter.js'
import { shownName } from './entry-names.js'
import type { PackageEntry, PackageFile } from './nav-package.js'
import { centralHeader, endRecords, localHeader } from './zip-records.js'

/**
 * Writes entries as a zip to the new file `target`, stored, in the order given, and sees to it that it is on the disk.
 * The same content gives the same bytes. Files on the disk are read in chunks, the larger ones twice, since a checksum
 * stands before the content. Throws `file-unreadable` when such a file is not what the package knows of it; errors of
 * writing are passed on as they are.
 */
export async function writeArchive(
  entries: readonly (readonly [name: string, entry: PackageEntry])[],
  target: string,
): Promise<{ bytes: number; sha256: string }> {
  const meter = new ContentMeter(Number.MAX_SAFE_INTEGER)
  // Opened before anything can fail: a stream that is still opening would make the file after it was removed.
  const handle = await open(target, 'wx')
  const file = handle.createWriteStream({ flush: true, highWaterMark: CHUNK_BYTES })
  await pipeline(gathered(archiveBytes(entries)), metered(meter), file)
  const { bytes, sha256 } = meter.measured()
  return { bytes, sha256 }
}

/** Why files of these entries cannot be written, as they are not what the package knows of them; empty when all are. */
export async function fileProblems(entries: Iterable<readonly [string, PackageEntry]>): Promise<string[]> {
  const files = [...entries].flatMap(([name, entry]) => (entry.kind === 'disk' ? [{ name, file: entry.file }] : []))
  const problems: string[] = []
  for (let at = 0; at < files.length; at += ASKED_AT_ONCE) {
    const asked = files.slice(at, at + ASKED_AT_ONCE)
    problems.push(...(await Promise.all(asked.map(({ name, file }) => fileProblem(name, file)))).flat())
  }
  return problems
}

/** All at once would take memory for each of a hundred thousand. */
const ASKED_AT_ONCE = 64

async function fileProblem(name: string, { path, bytes }: PackageFile): Promise<string[]> {
  const found = await stat(path).catch(() => null)
  if (found?.isFile() === true && found.size === bytes) return []
  const what = found?.isFile() === true ? `has ${found.size} bytes instead of ${bytes}` : 'is not there'
  return [`${shownName(name)}: its file ${path} ${what}`]
}

/** The same bytes in fewer chunks: to write each header and each small entry alone takes longer than to make it. */
async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let small: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    const isSmall = chunk.length <= SMALL_BYTES
    if (bytes > 0 && (!isSmall || bytes + chunk.length > CHUNK_BYTES)) {
      yield Buffer.concat(small)
      small = []
      bytes = 0
    }
    if (!isSmall) yield chunk
    else {
      small.push(chunk)
      bytes += chunk.length
    }
  }
  yield Buffer.concat(small)
}

async function* archiveBytes(
  entries: readonly (readonly [name: string, entry: PackageEntry])[],
): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, entry] of entries) {
    const content = await contentOf(name, entry)
    const stored = { name, bytes: content.bytes, crc32: content.crc32, offset }
    const header = localHeader(stored)
    directory.push(centralHeader(stored))
    yield header
    yield* content.chunks
    offset += header.length + content.bytes
  }
  const list = Buffer.concat(directory)
  yield list
  yield endRecords(entries.length, list.length, offset)
}

interface Content {
  readonly bytes: number
  readonly crc32: number
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

async function contentOf(name: string, entry: PackageEntry): Promise<Content> {
  if (entry.kind === 'folder') return { bytes: 0, crc32: 0, chunks: [] }
  if (entry.kind === 'memory') {
    const { content } = entry
    return { bytes: content.length, crc32: crc32(content), chunks: content.length === 0 ? [] : [content] }
  }
  const { file } = entry
  if (file.bytes <= SMALL_BYTES) {
    const content = smallContent(name, file)
    return { bytes: file.bytes, crc32: crc32(content), chunks: [content] }
  }
  if (file.bytes <= CHUNK_BYTES) {
    const chunks: Uint8Array[] = []
    for await (const chunk of asKnown(name, file, null)) chunks.push(chunk)
    return { bytes: file.bytes, crc32: checksumOf(chunks), chunks }
  }
  let checksum = 0
  for await (const chunk of chunksOf(name, file)) checksum = crc32(chunk, checksum)
  return { bytes: file.bytes, crc32: checksum, chunks: asKnown(name, file, checksum) }
}

function checksumOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => crc32(chunk, sum), 0)
}

/** The chunks of a file that must still be the one that was measured: the package says what is in it. */
async function* asKnown(name: string, file: PackageFile, checksum: number | null): AsyncGenerator<Uint8Array> {
  const meter = new ContentMeter(file.bytes)
  yield* metered(meter)(chunksOf(name, file))
  const found = meter.measured()
  if (found.sha256 !== file.sha256 || (checksum !== null && found.crc32 !== checksum)) throw changed(name, file)
}

/** Up to here a file is read at once: waiting for the disk three times takes longer than reading it. */
const SMALL_BYTES = 2 ** 16

function smallContent(name: string, file: PackageFile): Uint8Array {
  // One byte more than there should be, to see that there is none.
  const buffer = Buffer.allocUnsafe(file.bytes + 1)
  const bytes = readInto(buffer, name, file)
  const content = buffer.subarray(0, bytes)
  if (createHash('sha256').update(content).digest('hex') !== file.sha256) throw changed(name, file)
  return content
}

function readInto(buffer: Buffer, name: string, file: PackageFile): number {
  let descriptor: number | null = null
  try {
    descriptor = openSync(file.path, 'r')
    return readSync(descriptor, buffer)
  } catch (cause) {
    throw changed(name, file, cause)
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}

async function* chunksOf(name: string, file: PackageFile): AsyncGenerator<Uint8Array> {
  await using handle = await open(file.path).catch((cause: unknown) => {
    throw changed(name, file, cause)
  })
  let left = file.bytes
  // One byte more than there should be, to see that there is none.
  while (left >= 0) {
    const chunk = Buffer.allocUnsafe(Math.min(left + 1, CHUNK_BYTES))
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null)
    if (bytesRead === 0) break
    left -= bytesRead
    if (left >= 0) yield chunk.subarray(0, bytesRead)
  }
  if (left !== 0) throw changed(name, file)
}

function changed(name: string, { path }: PackageFile, cause?: unknown): NavigatorError {
  const message = `${shownName(name)} cannot be saved: its file ${path} was changed or removed since it was read. Leave it alone, and try again.`
  return new NavigatorError('file-unreadable', message, { cause })
}
