import { createHash } from 'node:crypto'

import { NavigatorError } from '../errors.js'
import { firstProblems, savedProblem } from './entry-limits.js'
import { clashingNames, shownName } from './entry-names.js'
import { MANIFEST_ENTRY } from './manifest.js'
import { type Archive, type ArchiveEntry, openArchive } from './read-archive.js'
import { LONGEST_STATUS, parseStatusYaml } from './status-yaml.js'

export const STATUS_ENTRY = 'status.yaml'
/** What is read into memory at once, such as a record or a log. */
export const LARGEST_READ_BYTES = 64 * 2 ** 20

/** The archive of a package, open, with its status read. */
export interface PackageArchive extends ReturnType<typeof parseStatusYaml> {
  readonly archive: Archive
  readonly statusSha256: string
}

/**
 * Opens a package's archive for `use`, and closes it afterwards. Refuses what is no package, and what could not be saved
 * again, rather than after a long run. Throws what `openArchive` and `parseStatusYaml` do, naming the file, also in
 * errors of `use` about the package. `signal` stops whatever is done with the archive.
 */
export async function usePackageArchive<T>(
  file: string,
  use: (opened: PackageArchive) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    await using archive = await openArchive(file, signal)
    const entry = statusEntry(archive.entries)
    requireRoomForOurs(archive.entries.map(({ name }) => name))
    const bytes = await archive.read(entry)
    const statusSha256 = createHash('sha256').update(bytes).digest('hex')
    return await use({ archive, statusSha256, ...parseStatusYaml(utf8Text(bytes)) })
  } catch (error) {
    throw aboutFile(error, file)
  }
}

/** The same error, saying which file it is about. */
function aboutFile(error: unknown, file: string): unknown {
  if (!(error instanceof NavigatorError) || !error.code.startsWith('package-')) return error
  const isNone = error.code === 'package-not-zip'
  const message = `${file}${isNone ? ' is not a Navigator Package' : ''}: ${error.message}`
  return new NavigatorError(error.code, message, { cause: error, problems: error.problems })
}

function statusEntry(entries: readonly ArchiveEntry[]): ArchiveEntry {
  const status = entries.find(({ name }) => name === STATUS_ENTRY)
  if (status === undefined) throw new NavigatorError('package-invalid', whatElse(entries.map(({ name }) => name)))
  // The real Navigator writes it in ASCII, a byte for each character.
  if (status.uncompressedSize <= LONGEST_STATUS) return status
  throw new NavigatorError('package-too-large', 'status.yaml is larger than 4 MiB. Save fewer models or figures.')
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

/** Saving adds a manifest: what has its place otherwise, or fills the archive to the last entry, would be refused then. */
function requireRoomForOurs(names: readonly string[]): void {
  const clashing = clashingNames(names, [MANIFEST_ENTRY])
  if (clashing.length > 0) {
    const message = `The package was refused: some of its entries cannot lie beside ${MANIFEST_ENTRY}, which every saved package gets. Rename them.`
    const problems = clashing.map((name) => `${shownName(name)}: it takes the place of ${MANIFEST_ENTRY} or its folder`)
    throw new NavigatorError('package-unsafe', message, { problems: firstProblems(problems) })
  }
  const tooMany = savedProblem([...new Set([...names, MANIFEST_ENTRY])])
  if (tooMany === null) return
  const message = `The package was refused: with its ${MANIFEST_ENTRY} it would be too large to be opened again.`
  throw new NavigatorError('package-too-large', message, { problems: [tooMany] })
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
