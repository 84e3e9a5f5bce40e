import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError } from '../errors.js'
import { checkFreeDisk } from '../platform/disk.js'
import { makeFolder, replaceFile } from '../platform/journal.js'
import { announcedProblem, entrySizeProblems, firstProblems } from './entry-limits.js'
import { entryNameProblems, shownName } from './entry-names.js'
import { MANIFEST_ENTRY, type ManifestEntry, manifestJson } from './manifest.js'
import type { NavPackage, PackageEntry, PackageFile } from './nav-package.js'
import { type Archive, type ArchiveEntry, openArchive } from './read-archive.js'
import { fileProblems, writeArchive } from './write-archive.js'
import { parseStatusYaml, printStatusYaml } from './status-yaml.js'

const STATUS_ENTRY = 'status.yaml'
/** Samples and records are small; the status must fit into memory. */
const LARGEST_STATUS_BYTES = 64 * 2 ** 20

/**
 * Unpacks a package to `workspaceDir`, which must not exist, and reads its status. Nothing is written before all names,
 * sizes and headers were checked. The folder appears in one step, when all of it is there: a failure or a kill leaves
 * none, and the next call removes what a killed one left beside it. `checkRoom` is told how many bytes will be unpacked,
 * before they are; when it is left out, `disk-full` is thrown unless there is room. Also throws `file-unreadable`,
 * `package-not-zip`, `package-invalid`, `package-unsafe` or `package-too-large`, naming the file, `workspace-foreign` or
 * `output-unwritable`.
 */
export async function openNavPackage(
  file: string,
  workspaceDir: string,
  checkRoom: (bytes: number) => Promise<void> = (bytes) => checkFreeDisk([{ folder: workspaceDir, bytes }]),
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
  const made = new Set<string>()
  for (const entry of archive.entries) {
    const place = entry.name.split('/')
    const parent = path.join(folder, ...place.slice(0, -1))
    if (!made.has(parent)) await mkdir(parent, { recursive: true })
    made.add(parent)
    if (entry.name.endsWith('/')) {
      entries.set(entry.name, { kind: 'folder' })
      continue
    }
    const file = await archive.unpack(entry, path.join(folder, ...place))
    entries.set(entry.name, { kind: 'disk', file: { ...file, path: path.join(workspaceDir, ...place) } })
  }
  entries.delete(STATUS_ENTRY)
  return { ...parseStatusYaml(utf8Text(await readFile(path.join(folder, STATUS_ENTRY)))), entries }
}

/** Other bytes would be replaced without a word, and be other ones when the package is saved again. */
function utf8Text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    const message = 'status.yaml is no UTF-8 text. Save the package again with nav.package.save.'
    throw new NavigatorError('package-invalid', message, { cause })
  }
}

/**
 * Writes a package: stored, sorted, with fixed times, streamed; under a temporary name beside `file`, synced, then
 * renamed, so that a failure or a kill leaves the old file as it was. Adds status.yaml and the manifest. Nothing is
 * written that {@link openNavPackage} would refuse, and nothing before all entries, their files and the disk were looked
 * at. Throws `package-unsafe` or `package-too-large` for entries, `file-unreadable` for files that are not what the
 * package knows of them, `disk-full` or `output-unwritable`.
 */
export async function saveNavPackage(navPackage: NavPackage, file: string): Promise<PackageFile> {
  checkEntries(navPackage.entries)
  const problems = await fileProblems(navPackage.entries)
  if (problems.length > 0) {
    const message = 'The package cannot be saved: its files were changed or removed since it was opened. Open it again.'
    throw new NavigatorError('file-unreadable', message, { problems: firstProblems(problems) })
  }
  const entries = sorted(withManifest(navPackage))
  await checkFreeDisk([{ folder: path.dirname(path.resolve(file)), bytes: archiveBytes(entries) }])
  return replaceFile(file, async (temporary) => ({ path: file, ...(await writeArchive(entries, temporary)) }))
}

function checkEntries(entries: ReadonlyMap<string, PackageEntry>): void {
  const names = [...new Set([...entries.keys(), STATUS_ENTRY, MANIFEST_ENTRY])]
  const kinds = [...entries].flatMap(([name, { kind }]) =>
    (kind === 'folder') === name.endsWith('/') ? [] : [`${shownName(name)}: folders end in "/", files do not`],
  )
  const problems = [...entryNameProblems(names), ...kinds]
  if (problems.length > 0) {
    const message = 'The package cannot be saved: some of its entries could not be unpacked again. Name them otherwise.'
    throw new NavigatorError('package-unsafe', message, { problems: firstProblems(problems) })
  }
  const sizes = [...entries].map(([name, entry]) => {
    const bytes = bytesOf(entry)
    return { name, compressedSize: bytes, uncompressedSize: bytes }
  })
  const tooMany = announcedProblem(names.length, 0)
  const tooLarge = [...(tooMany === null ? [] : [tooMany]), ...entrySizeProblems(sizes)]
  if (tooLarge.length === 0) return
  const message = 'The package cannot be saved: it is too large to be opened again.'
  throw new NavigatorError('package-too-large', message, { problems: tooLarge })
}

function bytesOf(entry: PackageEntry): number {
  if (entry.kind === 'folder') return 0
  return entry.kind === 'disk' ? entry.file.bytes : entry.content.length
}

/** About what the headers of an entry take beside its name, which stands in both. */
const HEADER_BYTES = 128

function archiveBytes(entries: readonly (readonly [string, PackageEntry])[]): number {
  return entries.reduce((sum, [name, entry]) => sum + bytesOf(entry) + 2 * Buffer.byteLength(name) + HEADER_BYTES, 0)
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

function sorted(entries: ReadonlyMap<string, PackageEntry>): [string, PackageEntry][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
