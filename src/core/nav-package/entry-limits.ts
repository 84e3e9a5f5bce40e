import { shownName } from './entry-names.js'

/** More than any package has: the largest known hold a few hundred. */
const MOST_ENTRIES = 100_000
/** The list of a hundred thousand entries with names of five hundred bytes; it is read before anything else. */
const LARGEST_DIRECTORY_BYTES = 64 * 2 ** 20
/** Larger than any model that one machine serves from one file. */
const LARGEST_TOTAL_BYTES = 256 * 2 ** 30
/** Weights hardly compress; real text files reach about 100. Small entries may compress more. */
const HIGHEST_RATIO = 1000
const RATIO_MATTERS_FROM_BYTES = 2 ** 20

/** How many problems are told of one package; a hostile one may have a hundred thousand. */
const MOST_PROBLEMS = 20

/** As many problems as a reader wants to see, and how many more there are. */
export function firstProblems(problems: readonly string[]): string[] {
  const more = problems.length - MOST_PROBLEMS
  return more > 0 ? [...problems.slice(0, MOST_PROBLEMS), `and ${more} more`] : [...problems]
}

/** Why an archive that announces this many entries, in a list of this size, is not even listed; null when it may be. */
export function announcedProblem(entryCount: number, directoryBytes: number): string | null {
  if (entryCount > MOST_ENTRIES) return `it holds ${entryCount} entries, more than ${MOST_ENTRIES}`
  if (directoryBytes <= LARGEST_DIRECTORY_BYTES) return null
  return `the list of its entries takes ${(directoryBytes / 2 ** 20).toFixed(0)} MiB, more than ${LARGEST_DIRECTORY_BYTES / 2 ** 20}`
}

/** What the line of an entry takes in the list of entries, without its name; at most, with sizes and place in 64 bits. */
const LONGEST_LINE_BYTES = 46 + 28

/** Why entries of these names, once they are saved, would be too many to be listed again; null when they would not. */
export function savedProblem(names: readonly string[]): string | null {
  const bytes = names.reduce((sum, name) => sum + LONGEST_LINE_BYTES + Buffer.byteLength(name), 0)
  return announcedProblem(names.length, bytes)
}

/** What an entry takes in the archive and unpacked. */
export interface EntrySize {
  readonly name: string
  readonly compressedSize: number
  readonly uncompressedSize: number
}

/** Why these entries would fill the disk; empty when they may be unpacked. */
export function entrySizeProblems(entries: readonly EntrySize[]): string[] {
  const problems = entries.flatMap(({ name, compressedSize, uncompressedSize }) => {
    const ratio = uncompressedSize / Math.max(1, compressedSize)
    if (uncompressedSize <= RATIO_MATTERS_FROM_BYTES || ratio <= HIGHEST_RATIO) return []
    return [`${shownName(name)} unpacks to ${Math.round(ratio)} times its size, more than ${HIGHEST_RATIO}`]
  })
  const total = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0)
  if (total <= LARGEST_TOTAL_BYTES) return problems
  const limit = LARGEST_TOTAL_BYTES / 2 ** 30
  return [...problems, `it unpacks to ${(total / 2 ** 30).toFixed(0)} GiB, more than ${limit}`]
}
