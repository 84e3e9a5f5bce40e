import { createReadStream, open as openDescriptor, read as readDescriptor, writeFileSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw, inflateRawSync } from 'node:zlib'

import yauzl from 'yauzl'

import { NavigatorError, refuseGitLfsPointer, throwIfInterrupted, writeError } from '../errors.js'
import { FileBlocks } from '../platform/file-blocks.js'
import { CHUNK_BYTES, ContentMeter, type Measured, metered, tooMuch } from './content-meter.js'
import { type DirectoryPlace, LONGEST_END, readEndRecord } from './end-record.js'
import {
  type CentralHeader,
  type EntryHeader,
  type Extent,
  extentProblems,
  headerProblems,
  kindProblems,
  STORED,
  unicodePathOf,
} from './entry-headers.js'
import { announcedProblem, entrySizeProblems, firstProblems } from './entry-limits.js'
import { entryNameProblems, shownName } from './entry-names.js'
import { decodeName } from './name-bytes.js'
import type { PackageFile } from './nav-package.js'

/** An entry that may be unpacked. */
export interface ArchiveEntry {
  /** Ends in `/` when it is a folder. */
  readonly name: string
  readonly uncompressedSize: number
  readonly compressedSize: number
  readonly compressionMethod: number
  readonly crc32: number
  /** Where its content begins in the archive. */
  readonly contentOffset: number
}

/** A zip archive, open for reading, whose entries were all checked. */
export interface Archive {
  readonly entries: readonly ArchiveEntry[]
  /** The content of a file, which the caller knows to be small. Throws `package-invalid` when it is damaged. */
  read(entry: ArchiveEntry): Promise<Uint8Array>
  /** Unpacks one file to `target`, which must not be there yet. Throws `package-invalid`, `disk-full` or `output-unwritable`. */
  unpack(entry: ArchiveEntry, target: string): Promise<PackageFile>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Opens an archive and looks at all of it but the content of its entries: names, kinds, sizes, both headers of each,
 * and that no two share a byte. Throws `file-unreadable`, `git-lfs-pointer`, `package-not-zip`, `package-invalid`,
 * `package-unsafe` or `package-too-large`, with all problems of that stage. Once `signal` is aborted, this and all that is done with the
 * archive ends in `interrupted`.
 */
export async function openArchive(file: string, signal?: AbortSignal): Promise<Archive> {
  const handle = await openPackageFile(file)
  try {
    const { size } = await handle.stat()
    const blocks = new FileBlocks(handle)
    const tail = await tailOf(blocks, size)
    // Such a text is far shorter than the longest end of an archive.
    if (size === tail.length) refuseGitLfsPointer(tail, file, 'package')
    const place = readEndRecord(tail, size)
    const tooMany = announcedProblem(place.entryCount, place.size)
    if (tooMany !== null) refuse([], [tooMany])
    const zip = await readDirectory(new ArchiveReader(blocks), size)
    const entries = await listEntries(zip, place, signal)
    const source = { handle, blocks, signal }
    return {
      entries,
      read: (entry) => read(source, entry),
      unpack: (entry, target) => unpack(source, entry, target),
      [Symbol.asyncDispose]: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Opens what should be a package for reading. Throws `file-unreadable` for what is no file, or may not be read. */
export async function openPackageFile(file: string): Promise<FileHandle> {
  try {
    // Asked first, because opening a pipe would wait for a writer.
    const found = await stat(file)
    if (found.isFile()) return await open(file)
    const what = found.isDirectory() ? 'is a folder' : 'is a pipe or a device'
    const fix = found.isDirectory() ? 'give the .nav file, not what was unpacked of it' : 'give the .nav file'
    throw new NavigatorError('file-unreadable', `${file} ${what}; ${fix}.`)
  } catch (error) {
    throw error instanceof NavigatorError ? error : fileUnreadable(error, file)
  }
}

/** The error `file-unreadable` for a package that the system could not open or read. */
export function fileUnreadable(cause: unknown, file: string): NavigatorError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  const [absolute, isMissing] = [path.resolve(file), code === 'ENOENT' || code === 'ENOTDIR']
  const missing = `does not exist${absolute === file ? '' : ` (looked for ${absolute})`}. Give a .nav file.`
  const denied = 'may not be read by this user. Change its permissions.'
  const why = isMissing ? missing : code === 'EACCES' ? denied : `cannot be read (${code}). Try another copy of it.`
  return new NavigatorError('file-unreadable', `${file} ${why}`, { cause })
}

async function tailOf(blocks: FileBlocks, size: number): Promise<Buffer> {
  const tail = Buffer.alloc(Math.min(size, LONGEST_END))
  await blocks.read(tail, size - tail.length)
  return tail
}

/** Where yauzl reads the headers from; it reads no content here, and whoever opened the file closes it. */
class ArchiveReader extends yauzl.RandomAccessReader {
  readonly #blocks: FileBlocks

  constructor(blocks: FileBlocks) {
    super()
    this.#blocks = blocks
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#blocks.read(buffer.subarray(offset, offset + length), position).then(
      (bytes) => {
        callback(bytes === length ? null : new Error('the archive ends in the middle of it'))
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)))
      },
    )
  }
}

async function readDirectory(reader: ArchiveReader, size: number): Promise<yauzl.ZipFile> {
  try {
    // Names are decoded and sizes checked here: yauzl would stop at the first bad one, and all are to be named.
    const options = { autoClose: false, decodeStrings: false, validateEntrySizes: false }
    return await yauzl.fromRandomAccessReaderPromise(reader, size, options)
  } catch (cause) {
    throw damaged(cause)
  }
}

function damaged(cause: unknown): NavigatorError {
  const why = cause instanceof Error ? cause.message : String(cause)
  // The one kind of entry that yauzl does not even list.
  if (why.includes('strong encryption')) {
    return new NavigatorError('package-unsafe', 'The package was refused: some of its entries are encrypted.', {
      cause,
    })
  }
  return new NavigatorError('package-invalid', `The archive is damaged: ${why}. Fetch it or save it again.`, { cause })
}

/** What was found of one entry: the entry itself when its headers can be used, and what speaks against it. */
interface Listed {
  /** As shown; the name proper only when `entry` is there. */
  readonly name: string
  readonly entry: ArchiveEntry | null
  readonly extent: Extent | null
  readonly problems: readonly string[]
}

async function listEntries(
  zip: yauzl.ZipFile,
  place: DirectoryPlace,
  signal: AbortSignal | undefined,
): Promise<ArchiveEntry[]> {
  const listed: Listed[] = []
  let listBytes = 0
  try {
    for await (const raw of zip.eachEntry()) {
      throwIfInterrupted(signal)
      listBytes += CENTRAL_HEADER_BYTES + raw.fileNameLength + raw.extraFieldLength + raw.fileCommentLength
      listed.push(await lookAt(zip, raw))
    }
  } catch (cause) {
    throwIfInterrupted(signal)
    throw damaged(cause)
  }
  if (listBytes !== place.size) throw damaged('it lists other entries than its end record counts')
  const entries = listed.flatMap(({ entry }) => (entry === null ? [] : [entry]))
  const names = listed.map(({ name }) => name)
  const extents = listed.flatMap(({ extent }) => (extent === null ? [] : [extent]))
  const ofEntries = listed.flatMap(({ name, problems }) => problems.map((problem) => `${shownName(name)}: ${problem}`))
  const shared = extentProblems(extents, place.offset).map(([{ name }, problem]) => `${shownName(name)}: ${problem}`)
  refuse([...entryNameProblems(names), ...ofEntries, ...shared], entrySizeProblems(entries))
  return entries
}

const CENTRAL_HEADER_BYTES = 46

async function lookAt(zip: yauzl.ZipFile, raw: yauzl.Entry): Promise<Listed> {
  const central = centralHeader(raw)
  const decoded = decodeName(raw.fileNameRaw, raw.generalPurposeBitFlag)
  const name = decoded ?? raw.fileNameRaw.toString('latin1')
  const problems = kindProblems(central, name)
  if (decoded === null) problems.push('its name is not the UTF-8 that it should be')
  const otherName = unicodePathOf(central)
  if (otherName !== null && otherName !== decoded) problems.push(`some systems call it ${shownName(otherName)}`)
  try {
    const header = await zip.readLocalFileHeaderPromise(raw)
    const { compressedSize, uncompressedSize, compressionMethod, crc32 } = raw
    const contentOffset = header.fileDataStart
    return {
      name,
      entry: { name, uncompressedSize, compressedSize, compressionMethod, crc32, contentOffset },
      extent: { name, start: raw.relativeOffsetOfLocalHeader, end: contentOffset + compressedSize },
      problems: [...problems, ...headerProblems(central, localHeader(header))],
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return { name, entry: null, extent: null, problems: [...problems, `it is not where the archive says: ${why}`] }
  }
}

function centralHeader(raw: yauzl.Entry): CentralHeader {
  const { generalPurposeBitFlag, compressionMethod, crc32, compressedSize, uncompressedSize } = raw
  const both = { generalPurposeBitFlag, compressionMethod, crc32, compressedSize, uncompressedSize }
  const { fileNameRaw: nameBytes, extraFieldRaw: extra, externalFileAttributes } = raw
  return { ...both, nameBytes, extra, externalFileAttributes }
}

function localHeader(raw: yauzl.LocalFileHeader): EntryHeader {
  const { generalPurposeBitFlag, compressionMethod, crc32, compressedSize, uncompressedSize } = raw
  const both = { generalPurposeBitFlag, compressionMethod, crc32, compressedSize, uncompressedSize }
  return { ...both, nameBytes: raw.fileName, extra: raw.extraField }
}

function refuse(unsafe: readonly string[], tooLarge: readonly string[]): void {
  if (unsafe.length + tooLarge.length === 0) return
  const problems = firstProblems([...unsafe, ...tooLarge])
  if (unsafe.length === 0)
    throw new NavigatorError('package-too-large', `The package was refused: it is too large.`, { problems })
  const message =
    'The package was refused: some of its entries are not safe to unpack. Save it again with nav.package.save.'
  throw new NavigatorError('package-unsafe', message, { problems })
}

/** An open archive, as its content is read. */
interface ContentSource {
  readonly handle: FileHandle
  readonly blocks: FileBlocks
  readonly signal: AbortSignal | undefined
}

async function read({ handle, blocks, signal }: ContentSource, entry: ArchiveEntry): Promise<Uint8Array> {
  throwIfInterrupted(signal)
  const meter = new ContentMeter(entry.uncompressedSize)
  const chunks: Uint8Array[] = []
  try {
    if (isSmall(entry)) {
      const content = await smallContent(blocks, entry)
      meter.add(content)
      chunks.push(content)
    } else {
      const collect = async (content: AsyncIterable<Uint8Array>): Promise<void> => {
        for await (const chunk of content) chunks.push(chunk)
      }
      await pipeline(contentStream(handle, entry), metered(meter), collect, { signal })
    }
  } catch (error) {
    throwIfInterrupted(signal)
    throw unreadable(error, entry.name)
  }
  requireSame(meter.measured(), entry)
  return Buffer.concat(chunks)
}

async function unpack(
  { handle, blocks, signal }: ContentSource,
  entry: ArchiveEntry,
  target: string,
): Promise<PackageFile> {
  throwIfInterrupted(signal)
  const meter = new ContentMeter(entry.uncompressedSize)
  try {
    if (isSmall(entry)) {
      const content = await smallContent(blocks, entry)
      meter.add(content)
      // Waiting for the disk each time would take twice as long, and the archive is read in between.
      writeFileSync(target, content, { flag: 'wx', mode: FILE_MODE })
    } else {
      // Opened first, as in writeArchive: nothing may appear after the folder was removed.
      const file = (await open(target, 'wx', FILE_MODE)).createWriteStream({ highWaterMark: CHUNK_BYTES })
      await pipeline(contentStream(handle, entry), metered(meter), file, { signal })
    }
  } catch (error) {
    throwIfInterrupted(signal)
    throw unpackError(error, entry.name, target)
  }
  const measured = meter.measured()
  requireSame(measured, entry)
  return { path: target, bytes: measured.bytes, sha256: measured.sha256 }
}

function requireSame({ bytes, crc32 }: Measured, entry: ArchiveEntry): void {
  if (bytes === entry.uncompressedSize && crc32 === entry.crc32) return
  const what = bytes === entry.uncompressedSize ? 'checksum' : 'size'
  throw new NavigatorError(
    'package-invalid',
    `${entry.name} is damaged: its ${what} does not match the archive's. Fetch or save the package again.`,
  )
}

/** Never to be run, whatever the archive says. */
const FILE_MODE = 0o644
/** Up to here an entry is read at once: streams cost more than what they would carry. */
const SMALL_BYTES = 2 ** 16

function isSmall({ compressedSize, uncompressedSize }: ArchiveEntry): boolean {
  return Math.max(compressedSize, uncompressedSize) <= SMALL_BYTES
}

async function smallContent(blocks: FileBlocks, entry: ArchiveEntry): Promise<Buffer> {
  const packed = Buffer.allocUnsafe(entry.compressedSize)
  const read = await blocks.read(packed, entry.contentOffset)
  if (read < packed.length) throw new Error('the archive ends in the middle of it')
  if (entry.compressionMethod === STORED) return packed
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.uncompressedSize) })
  } catch (error) {
    const isTooMuch = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    throw isTooMuch ? tooMuch(entry.uncompressedSize) : error
  }
}

/** The bytes of an entry, unpacked. A damaged one ends in an error. */
function contentStream(archive: FileHandle, entry: ArchiveEntry): Readable {
  const { contentOffset: start, compressedSize, compressionMethod } = entry
  // By its number: a stream of the handle itself leaves listeners on it, one for each entry.
  const options = { fd: archive.fd, start, end: start + compressedSize - 1, autoClose: false, fs: BORROWED }
  const source = createReadStream('', { ...options, highWaterMark: CHUNK_BYTES })
  if (compressionMethod === STORED) return source
  const inflate = createInflateRaw({ chunkSize: INFLATED_CHUNK_BYTES })
  source.on('error', (error) => inflate.destroy(error))
  inflate.on('close', () => source.destroy())
  return source.pipe(inflate)
}

/** A stream that is stopped would close the archive under whoever opened it, also without `autoClose`. */
const BORROWED = {
  open: openDescriptor,
  read: readDescriptor,
  close: (_descriptor: number, done?: (error?: null) => void) => done?.(null),
}

/** Small, so that little is unpacked of an entry that is larger than it says before that is noticed. */
const INFLATED_CHUNK_BYTES = 2 ** 16

function unpackError(error: unknown, name: string, target: string): unknown {
  const written = writeError(error, target, 'folder')
  return written instanceof NavigatorError ? written : unreadable(error, name)
}

function unreadable(error: unknown, name: string): NavigatorError {
  const why = error instanceof Error ? error.message : String(error)
  return new NavigatorError('package-invalid', `${name} cannot be unpacked: ${why}. Fetch or save the package again.`, {
    cause: error,
  })
}
