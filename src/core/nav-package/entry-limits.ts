import { NavigatorError } from '../errors.js'

/** More than any package has: the largest known hold a few hundred. */
const MOST_ENTRIES = 100_000
/** Larger than any model that one machine serves from one file. */
const LARGEST_TOTAL = 256 * 2 ** 30
/** Weights hardly compress; real text files reach about 100. Small entries may compress more. */
const HIGHEST_RATIO = 1000
const RATIO_MATTERS_FROM = 2 ** 20
const LONGEST_NAME = 1024
const DEEPEST_NAME = 64

/** What an archive says of one entry before anything of it is unpacked. */
export interface EntryFacts {
  readonly fileName: string
  readonly uncompressedSize: number
  readonly compressedSize: number
  readonly externalFileAttributes: number
  readonly generalPurposeBitFlag: number
}

/**
 * Refuses entries that could leave the folder they are unpacked to, by name or as a link, that mean two things, or that
 * are encrypted. All problems at once.
 */
export function checkEntryNames(entries: readonly EntryFacts[]): void {
  const seen = new Map<string, string>()
  const problems: string[] = []
  for (const entry of entries) {
    const name = entry.fileName
    const found = [problemOf(name), problemOfKind(entry)].filter((problem) => problem !== null)
    problems.push(...found.map((problem) => `${shown(name)}: ${problem}`))
    const folded = name.replace(/\/$/, '').normalize('NFC').toLowerCase()
    const twin = seen.get(folded)
    if (twin !== undefined)
      problems.push(
        `${shown(name)}: ${twin === name ? 'it is there twice' : `it is the same file as ${shown(twin)} on some systems`}`,
      )
    seen.set(folded, name)
  }
  if (problems.length === 0) return
  const message =
    'The package was refused: some of its entries are not safe to unpack. Save it again with nav.package.save.'
  throw new NavigatorError('package-unsafe', message, { problems: problems.slice(0, 20) })
}

function problemOf(name: string): string | null {
  if (name === '' || name.length > LONGEST_NAME) return `its name is empty or longer than ${LONGEST_NAME}`
  if (name.includes('\\')) return 'its name holds a backslash'
  if (/\p{Cc}/u.test(name)) return 'its name holds a control character'
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'its name is absolute'
  const parts = name.replace(/\/$/, '').split('/')
  if (parts.length > DEEPEST_NAME) return `it lies more than ${DEEPEST_NAME} folders deep`
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'its name climbs out of the package'
  return null
}

function problemOfKind({ externalFileAttributes, generalPurposeBitFlag }: EntryFacts): string | null {
  const fileType = (externalFileAttributes >>> 16) & 0o170000
  if (fileType !== 0 && fileType !== 0o100000 && fileType !== 0o040000) return 'it is a link or a device'
  return (generalPurposeBitFlag & 1) === 0 ? null : 'it is encrypted'
}

/** Refuses archives that would fill the disk. */
export function checkEntrySizes(entries: readonly EntryFacts[], announced = entries.length): void {
  if (announced > MOST_ENTRIES) tooLarge(`it holds ${announced} entries, more than ${MOST_ENTRIES}`)
  let total = 0
  for (const entry of entries) {
    total += entry.uncompressedSize
    const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize)
    if (entry.uncompressedSize > RATIO_MATTERS_FROM && ratio > HIGHEST_RATIO) {
      tooLarge(`${shown(entry.fileName)} unpacks to ${Math.round(ratio)} times its size`)
    }
  }
  if (total > LARGEST_TOTAL) tooLarge(`it unpacks to ${(total / 2 ** 30).toFixed(0)} GiB, more than 256`)
}

function tooLarge(why: string): never {
  throw new NavigatorError('package-too-large', `The package was refused: ${why}.`)
}

const shown = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)
