import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'

import yauzl from 'yauzl'
import yazl from 'yazl'

import { NavigatorError, writeError } from '../errors.js'
import { replaceFile } from '../platform/journal.js'
import { checkEntryNames, checkEntrySizes, type EntryFacts } from './entry-limits.js'
import { MANIFEST_ENTRY, type ManifestEntry, manifestJson } from './manifest.js'
import type { NavPackage, PackageEntry, PackageFile } from './nav-package.js'
import { parseStatusYaml, printStatusYaml } from './status-yaml.js'

const STATUS_ENTRY = 'status.yaml'
/** Samples and records are small; the status must fit into memory. */
const LARGEST_STATUS = 64 * 2 ** 20
/** The earliest time a zip can hold: the same content gives the same bytes. */
const FIXED_TIME = new Date(1980, 0, 1)

/**
 * Unpacks a package into `workspaceDir`, which it makes, and reads its status. Nothing is written before all names and
 * sizes were checked; nothing is left behind when it fails. `checkRoom` is told how many bytes will be unpacked, before
 * they are. Throws `package-not-zip`, `package-unsafe`, `package-too-large` or `package-invalid`, naming the file.
 */
export async function openNavPackage(
  file: string,
  workspaceDir: string,
  checkRoom: (bytes: number) => Promise<void> = () => Promise.resolve(),
): Promise<NavPackage> {
  const zip = await openZip(file)
  try {
    return await unpack(zip, workspaceDir, checkRoom)
  } catch (error) {
    throw aboutFile(error, file)
  } finally {
    zip.close()
  }
}

/** The same error, saying which file it is about. */
function aboutFile(error: unknown, file: string): unknown {
  if (!(error instanceof NavigatorError) || !error.code.startsWith('package-')) return error
  return new NavigatorError(error.code, `${file}: ${error.message}`, { cause: error, problems: error.problems })
}

async function unpack(
  zip: yauzl.ZipFile,
  workspaceDir: string,
  checkRoom: (bytes: number) => Promise<void>,
): Promise<NavPackage> {
  const entries = await listEntries(zip)
  checkEntryNames(entries)
  checkEntrySizes(entries)
  requireStatus(entries)
  await checkRoom(entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0))
  await makeFolder(workspaceDir)
  return await unpackAll(zip, entries, workspaceDir).catch(async (error: unknown) => {
    await rm(workspaceDir, { recursive: true, force: true })
    throw error
  })
}

/**
 * Writes a package: stored, sorted, with fixed times, streamed; under a temporary name beside `file`, synced, then
 * renamed, so that a failure or a kill leaves the old file as it was. Adds status.yaml and the manifest.
 * Throws `disk-full` or `output-unwritable`.
 */
export async function saveNavPackage(navPackage: NavPackage, file: string): Promise<PackageFile> {
  const entries = withManifest(navPackage)
  return replaceFile(file, async (temporary) => ({ path: file, ...(await writeZip(entries, temporary)) }))
}

/** The folder must be new: whatever is in an existing one is the user's. */
async function makeFolder(workspaceDir: string): Promise<void> {
  await mkdir(path.dirname(workspaceDir), { recursive: true })
  try {
    await mkdir(workspaceDir)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw writeError(cause, workspaceDir)
    throw new NavigatorError(
      'workspace-foreign',
      `${workspaceDir} exists already and was left alone. Name a new folder.`,
      {
        cause,
      },
    )
  }
}

async function openZip(file: string): Promise<yauzl.ZipFile> {
  try {
    // Names are decoded below: the library would stop at the first bad one, and all are to be named.
    return await yauzl.openPromise(file, { autoClose: false, decodeStrings: false, validateEntrySizes: true })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && cause.code.startsWith('E')) {
      throw new NavigatorError('file-unreadable', `${file} cannot be read: ${cause.message}.`, { cause })
    }
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new NavigatorError(
      'package-not-zip',
      `${file} is not a Navigator Package: it is no zip archive, or was cut off (${why}). ` +
        'Fetch it again, or give a file written by nav.package.save or navpkg.',
      { cause },
    )
  }
}

/** What is needed of an entry, with its name as text. */
interface ArchiveEntry extends EntryFacts {
  readonly crc32: number
  readonly raw: yauzl.Entry
}

async function listEntries(zip: yauzl.ZipFile): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = []
  checkEntrySizes([], zip.entryCount)
  try {
    for await (const raw of zip.eachEntry()) {
      const { uncompressedSize, compressedSize, externalFileAttributes, generalPurposeBitFlag, crc32 } = raw
      const fileName = yauzl.getFileNameLowLevel(generalPurposeBitFlag, raw.fileNameRaw, raw.extraFields, true)
      const facts = { uncompressedSize, compressedSize, externalFileAttributes, generalPurposeBitFlag }
      entries.push({ fileName, ...facts, crc32, raw })
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new NavigatorError('package-invalid', `The archive is damaged: ${why}. Fetch or save it again.`, { cause })
  }
  return entries
}

function requireStatus(entries: readonly EntryFacts[]): void {
  if (entries.some((entry) => entry.fileName === STATUS_ENTRY)) return
  throw new NavigatorError('package-invalid', whatElse(entries.map((entry) => entry.fileName)))
}

function whatElse(names: readonly string[]): string {
  if (names.includes('tags.yaml')) {
    return 'This is a bundle of in-place optimized modules, not a package: it holds one workspace per module. Export the module with nav.package.save.'
  }
  if (names.some((name) => name.endsWith('/data.pkl'))) {
    return 'This is a PyTorch checkpoint, not a Navigator Package. Export the model with torch.onnx.export.'
  }
  return 'The archive has no status.yaml, so it is not a Navigator Package. Give one written by nav.package.save or navpkg, or an ONNX file.'
}

async function unpackAll(
  zip: yauzl.ZipFile,
  listed: readonly ArchiveEntry[],
  workspaceDir: string,
): Promise<NavPackage> {
  const entries = new Map<string, PackageEntry>()
  for (const entry of listed) {
    const target = path.join(workspaceDir, ...entry.fileName.split('/'))
    if (entry.fileName.endsWith('/')) {
      await mkdir(target, { recursive: true })
      entries.set(entry.fileName, { kind: 'folder' })
      continue
    }
    await mkdir(path.dirname(target), { recursive: true })
    const source = await zip.openReadStreamPromise(entry.raw)
    const written = await writeHashed(source, target, entry)
    entries.set(entry.fileName, { kind: 'disk', file: { path: target, ...written } })
  }
  const status = entries.get(STATUS_ENTRY)
  entries.delete(STATUS_ENTRY)
  if (status?.kind !== 'disk' || status.file.bytes > LARGEST_STATUS) {
    throw new NavigatorError('package-too-large', 'status.yaml is larger than 64 MiB.')
  }
  return { ...parseStatusYaml(await readFile(status.file.path, 'utf8')), entries }
}

async function writeHashed(
  source: Readable,
  target: string,
  entry: ArchiveEntry,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let checksum = 0
  let bytes = 0
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      checksum = crc32(chunk, checksum)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  try {
    await pipeline(source, counting, createWriteStream(target, { flags: 'wx' }))
  } catch (error) {
    throw readError(error, entry.fileName, target)
  }
  if (checksum !== entry.crc32) {
    throw new NavigatorError(
      'package-invalid',
      `${entry.fileName} is damaged: its checksum does not match the archive's. Fetch or save the package again.`,
    )
  }
  return { bytes, sha256: hash.digest('hex') }
}

function readError(error: unknown, name: string, target: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT') return writeError(error, target)
  const why = error instanceof Error ? error.message : String(error)
  return new NavigatorError('package-invalid', `${name} cannot be unpacked: ${why}. Fetch or save the package again.`, {
    cause: error,
  })
}

function withManifest(navPackage: NavPackage): Map<string, PackageEntry> {
  const entries = new Map(navPackage.entries)
  entries.set(STATUS_ENTRY, {
    kind: 'memory',
    content: Buffer.from(printStatusYaml(navPackage.status, navPackage.spellings)),
  })
  entries.delete(MANIFEST_ENTRY)
  const listed = sorted(entries).flatMap(([name, entry]): ManifestEntry[] =>
    entry.kind === 'folder' ? [] : [{ name, ...measured(entry) }],
  )
  entries.set(MANIFEST_ENTRY, { kind: 'memory', content: Buffer.from(manifestJson(listed)) })
  return entries
}

function measured(entry: FileEntry): { bytes: number; sha256: string } {
  if (entry.kind === 'disk') return { bytes: entry.file.bytes, sha256: entry.file.sha256 }
  return { bytes: entry.content.length, sha256: createHash('sha256').update(entry.content).digest('hex') }
}

type FileEntry = Exclude<PackageEntry, { kind: 'folder' }>

async function writeZip(
  entries: ReadonlyMap<string, PackageEntry>,
  file: string,
): Promise<{ bytes: number; sha256: string }> {
  const zip = new yazl.ZipFile()
  const options = { mtime: FIXED_TIME, mode: 0o100644, compress: false, forceDosTimestamp: true }
  for (const [name, entry] of sorted(entries)) {
    if (entry.kind === 'folder') {
      zip.addEmptyDirectory(name, { mtime: FIXED_TIME, mode: 0o040755, forceDosTimestamp: true })
      continue
    }
    // Both kinds as streams: the zip writer lays out buffers differently, and an opened package must keep its bytes.
    zip.addReadStreamLazy(name, { ...options, size: measured(entry).bytes }, (give) => {
      const source: Readable =
        entry.kind === 'memory' ? Readable.from([entry.content]) : createReadStream(entry.file.path)
      source.on('error', (error: Error) => zip.emit('error', error))
      give(null, source)
    })
  }
  zip.end()
  const hash = createHash('sha256')
  let bytes = 0
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  zip.on('error', (error: Error) => {
    counting.destroy(error)
  })
  await pipeline(zip.outputStream, counting, createWriteStream(file, { flags: 'wx' }))
  await sync(file)
  return { bytes, sha256: hash.digest('hex') }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.sync()
  await handle.close()
}

function sorted(entries: ReadonlyMap<string, PackageEntry>): [string, PackageEntry][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
