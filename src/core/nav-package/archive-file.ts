import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import yazl from 'yazl'

import { NavigatorError } from '../errors.js'
import { makeFolder, replaceFile } from '../platform/journal.js'
import { MANIFEST_ENTRY, type ManifestEntry, manifestJson } from './manifest.js'
import type { NavPackage, PackageEntry, PackageFile } from './nav-package.js'
import { type Archive, type ArchiveEntry, openArchive } from './read-archive.js'
import { parseStatusYaml, printStatusYaml } from './status-yaml.js'

const STATUS_ENTRY = 'status.yaml'
/** Samples and records are small; the status must fit into memory. */
const LARGEST_STATUS_BYTES = 64 * 2 ** 20
/** The earliest time a zip can hold: the same content gives the same bytes. */
const FIXED_TIME = new Date(1980, 0, 1)

/**
 * Unpacks a package to `workspaceDir`, which must not exist, and reads its status. Nothing is written before all names,
 * sizes and headers were checked. The folder appears in one step, when all of it is there: a failure or a kill leaves
 * none, and the next call removes what a killed one left beside it. `checkRoom` is told how many bytes will be unpacked,
 * before they are. Throws `package-not-zip`, `package-unsafe`, `package-too-large` or `package-invalid`, naming the file;
 * `file-unreadable`, `workspace-foreign`, `disk-full` or `output-unwritable`.
 */
export async function openNavPackage(
  file: string,
  workspaceDir: string,
  checkRoom: (bytes: number) => Promise<void> = () => Promise.resolve(),
): Promise<NavPackage> {
  try {
    await using archive = await openArchive(file)
    requireStatus(archive.entries)
    await checkRoom(archive.entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0))
    return await makeFolder(workspaceDir, (folder) => unpackTo(folder, archive, workspaceDir))
  } catch (error) {
    throw aboutFile(error, file)
  }
}

/** The same error, saying which file it is about. */
function aboutFile(error: unknown, file: string): unknown {
  if (!(error instanceof NavigatorError) || !error.code.startsWith('package-')) return error
  return new NavigatorError(error.code, `${file}: ${error.message}`, { cause: error, problems: error.problems })
}

function requireStatus(entries: readonly ArchiveEntry[]): void {
  const status = entries.find(({ name }) => name === STATUS_ENTRY)
  if (status !== undefined) {
    if (status.uncompressedSize <= LARGEST_STATUS_BYTES) return
    throw new NavigatorError('package-too-large', 'The package was refused: status.yaml is larger than 64 MiB.')
  }
  throw new NavigatorError('package-invalid', whatElse(entries.map(({ name }) => name)))
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

/** Unpacks everything into `folder`, which will be `workspaceDir`. */
async function unpackTo(folder: string, archive: Archive, workspaceDir: string): Promise<NavPackage> {
  const entries = new Map<string, PackageEntry>()
  let made = ''
  for (const entry of archive.entries) {
    const place = entry.name.split('/')
    const parent = path.join(folder, ...place.slice(0, -1))
    if (parent !== made) await mkdir(parent, { recursive: true })
    made = parent
    if (entry.name.endsWith('/')) {
      entries.set(entry.name, { kind: 'folder' })
      continue
    }
    const file = await archive.unpack(entry, path.join(folder, ...place))
    entries.set(entry.name, { kind: 'disk', file: { ...file, path: path.join(workspaceDir, ...place) } })
  }
  entries.delete(STATUS_ENTRY)
  return { ...parseStatusYaml(await readFile(path.join(folder, STATUS_ENTRY), 'utf8')), entries }
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
