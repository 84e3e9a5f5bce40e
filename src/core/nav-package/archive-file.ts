import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError } from '../errors.js'
import { checkFreeDisk } from '../platform/disk.js'
import { makeFolder, replaceFile } from '../platform/journal.js'
import { entrySizeProblems, firstProblems, savedProblem } from './entry-limits.js'
import { entryNameProblems, shownName } from './entry-names.js'
import { MANIFEST_ENTRY, type ManifestEntry, manifestJson } from './manifest.js'
import { entryBytes, type NavPackage, type PackageEntry, type PackageFile, type PackageSummary } from './nav-package.js'
import { LARGEST_READ_BYTES, type PackageArchive, STATUS_ENTRY, usePackageArchive } from './package-archive.js'
import type { Archive } from './read-archive.js'
import { fileProblems, writeArchive } from './write-archive.js'
import { printStatusYaml } from './status-yaml.js'

/** What {@link openNavPackage} asks and obeys. */
export interface OpenOptions {
  /** Told how many bytes will be unpacked, before they are; when left out, `disk-full` is thrown unless there is room. */
  readonly checkRoom?: ((bytes: number) => Promise<void>) | undefined
  /** Stops the work, also in the middle of a large file, with the error `interrupted`. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Unpacks a package to `workspaceDir`, which must not exist, and reads its status. Nothing is written before all names,
 * sizes and headers and the status were checked. The folder appears in one step, when all of it is there: a failure or a
 * kill leaves none, and the next call removes what a killed one left beside it. Throws `file-unreadable`,
 * `git-lfs-pointer`, `package-not-zip`, `package-invalid`, `package-unsafe` or `package-too-large`, naming the file,
 * `workspace-foreign`, `disk-full`, `output-unwritable` or `interrupted`.
 */
export async function openNavPackage(
  file: string,
  workspaceDir: string,
  { checkRoom = (bytes) => checkFreeDisk([{ folder: workspaceDir, bytes }]), signal }: OpenOptions = {},
): Promise<NavPackage> {
  const unpackAll = async ({ archive, status, spellings, warnings }: PackageArchive): Promise<NavPackage> => {
    await checkRoom(archive.entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0))
    const entries = await makeFolder(workspaceDir, (folder) => unpackTo(folder, archive, workspaceDir))
    return { status, spellings, warnings, entries }
  }
  return usePackageArchive(file, unpackAll, signal)
}

/** Unpacks everything into `folder`, which will be `workspaceDir`. */
async function unpackTo(folder: string, archive: Archive, workspaceDir: string): Promise<Map<string, PackageEntry>> {
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
  return entries
}

/**
 * Reads what is in a package without unpacking it: nothing is written, and however large it is, little is read. The
 * checks are those of {@link openNavPackage}, but for the content of entries: only that of status.yaml is looked at, and of
 * the entries in `names`, which the summary then has the bytes of unless they are larger than 64 MiB. Throws
 * `file-unreadable`, `git-lfs-pointer`, `package-not-zip`, `package-invalid`, `package-unsafe` or `package-too-large`,
 * naming the file, or `interrupted` once `signal` says so.
 */
export async function readNavPackage(
  file: string,
  names: readonly string[] = [],
  { signal }: Pick<OpenOptions, 'signal'> = {},
): Promise<PackageSummary> {
  const readNamed = async ({ archive, ...read }: PackageArchive): Promise<PackageSummary> => {
    const entries = archive.entries.filter(({ name }) => name !== STATUS_ENTRY)
    const sizes = new Map(entries.map(({ name, uncompressedSize }) => [name, uncompressedSize]))
    const wanted = new Set(names)
    const contents = new Map<string, Uint8Array>()
    for (const entry of entries) {
      const isWanted = wanted.has(entry.name) && !entry.name.endsWith('/')
      if (isWanted && entry.uncompressedSize <= LARGEST_READ_BYTES) contents.set(entry.name, await archive.read(entry))
    }
    return { ...read, sizes, contents }
  }
  return usePackageArchive(file, readNamed, signal)
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
    const bytes = entryBytes(entry)
    return { name, compressedSize: bytes, uncompressedSize: bytes }
  })
  const tooMany = savedProblem(names)
  const tooLarge = [...(tooMany === null ? [] : [tooMany]), ...entrySizeProblems(sizes)]
  if (tooLarge.length === 0) return
  const message = 'The package cannot be saved: it is too large to be opened again.'
  throw new NavigatorError('package-too-large', message, { problems: tooLarge })
}

/** About what the headers of an entry take beside its name, which stands in both. */
const HEADER_BYTES = 128

function archiveBytes(entries: readonly (readonly [string, PackageEntry])[]): number {
  return entries.reduce((sum, [name, entry]) => sum + entryBytes(entry) + 2 * Buffer.byteLength(name) + HEADER_BYTES, 0)
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
