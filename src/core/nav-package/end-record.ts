import { NavigatorError } from '../errors.js'

/** Where an archive's central directory lies, how long it is, and how many entries it should hold. */
export interface DirectoryPlace {
  readonly offset: number
  readonly size: number
  readonly entryCount: number
}

const END = Buffer.from('PK\x05\x06', 'latin1')
const END_SIZE = 22
const LONGEST_COMMENT = 0xffff
const LOCATOR64 = 0x07064b50
const LOCATOR64_SIZE = 20
const END64 = 0x06064b50
const END64_SIZE = 56

/** How much of a file's end is needed to find where the central directory is. */
export const LONGEST_END = END_SIZE + LONGEST_COMMENT + LOCATOR64_SIZE + END64_SIZE

/**
 * Reads the end records of a zip (APPNOTE 4.3.14 to 4.3.16) out of the last {@link LONGEST_END} bytes of a file of
 * `fileSize` bytes. Stricter than the format: nothing may stand before the first or after the last of them that they do
 * not tell of, so that every reader finds the same directory. Throws `package-not-zip` where there is no end record, with
 * the reason why it is no package as its message, `package-unsafe` where there are two, else `package-invalid` with all problems.
 */
export function readEndRecord(tail: Buffer, fileSize: number): DirectoryPlace {
  const at = tail.length < END_SIZE ? -1 : tail.lastIndexOf(END, tail.length - END_SIZE)
  if (at < 0) {
    throw new NavigatorError(
      'package-not-zip',
      'it is no zip archive, or was cut off. Fetch it again, or give a file written by nav.package.save or navpkg.',
    )
  }
  const end = tail.subarray(at)
  const surplus = end.length - END_SIZE - end.readUInt16LE(20)
  if (surplus !== 0) damaged(['its end record does not end the file: it was cut off, or something was appended'])
  if (hasEarlierEnd(tail, at)) {
    throw new NavigatorError('package-unsafe', 'The archive has two end records, so that it can be read in two ways.')
  }
  const start = fileSize - tail.length
  const place = end64Of(tail, at, start) ?? { ...plainPlace(end), end: start + at, problems: [] }
  const problems = [...place.problems, ...diskProblems(end)]
  if (place.offset + place.size !== place.end) {
    problems.push('its central directory is not where its end record says: bytes were put before it, or are missing')
  }
  if (problems.length > 0) damaged(problems)
  return { offset: place.offset, size: place.size, entryCount: place.entryCount }
}

function damaged(problems: readonly string[]): never {
  throw new NavigatorError('package-invalid', 'The archive is damaged. Fetch it or save it again.', {
    problems: [...new Set(problems)].map((problem) => `${problem[0]?.toUpperCase() ?? ''}${problem.slice(1)}.`),
  })
}

/** Whether another end record, in the way of readers that look from the front, has a comment that ends the file too. */
function hasEarlierEnd(tail: Buffer, at: number): boolean {
  for (let other = tail.indexOf(END); other !== at; other = tail.indexOf(END, other + 1)) {
    if (other + END_SIZE + tail.readUInt16LE(other + 20) === tail.length) return true
  }
  return false
}

interface Place extends DirectoryPlace {
  /** Where the directory must end: the first of the end records. */
  readonly end: number
  readonly problems: readonly string[]
}

function plainPlace(end: Buffer): DirectoryPlace {
  return { entryCount: end.readUInt16LE(10), size: end.readUInt32LE(12), offset: end.readUInt32LE(16) }
}

/** What the zip64 records say, null when there are none. They stand right before the end record, which is at `at`. */
function end64Of(tail: Buffer, at: number, start: number): Place | null {
  const locator = at - LOCATOR64_SIZE
  if (locator < 0 || tail.readUInt32LE(locator) !== LOCATOR64) return null
  const record = locator - END64_SIZE
  if (record < 0 || tail.readUInt32LE(record) !== END64) damaged(['its zip64 end record is missing'])
  const problems: string[] = []
  // Python looks right before the locator, other readers where the locator says; both must find the same.
  if (uint64(tail, locator + 8) !== start + record || uint64(tail, record + 4) !== END64_SIZE - 12) {
    problems.push('its zip64 end record is not where its locator says')
  }
  if (tail.readUInt32LE(locator + 4) !== 0 || tail.readUInt32LE(locator + 16) > 1) problems.push(SEVERAL_DISKS)
  if (tail.readUInt32LE(record + 16) !== 0 || tail.readUInt32LE(record + 20) !== 0) problems.push(SEVERAL_DISKS)
  const entryCount = uint64(tail, record + 32)
  if (uint64(tail, record + 24) !== entryCount) problems.push(SEVERAL_DISKS)
  const [size, offset] = [uint64(tail, record + 40), uint64(tail, record + 48)]
  const plain = plainPlace(tail.subarray(at))
  const agree =
    agrees(plain.entryCount, entryCount, 0xffff) &&
    agrees(plain.size, size, 0xffffffff) &&
    agrees(plain.offset, offset, 0xffffffff)
  if (!agree) problems.push('its end record and its zip64 end record contradict each other')
  return { entryCount, size, offset, end: start + record, problems }
}

const SEVERAL_DISKS = 'it is one part of an archive of several parts'

function diskProblems(end: Buffer): string[] {
  const [disk, directoryDisk] = [end.readUInt16LE(4), end.readUInt16LE(6)]
  // With zip64 the numbers may be placeholders.
  const isFirst = (number: number): boolean => number === 0 || number === 0xffff
  const isWhole = isFirst(disk) && isFirst(directoryDisk) && end.readUInt16LE(8) === end.readUInt16LE(10)
  return isWhole ? [] : [SEVERAL_DISKS]
}

function agrees(plain: number, value64: number, placeholder: number): boolean {
  return plain === placeholder || plain === value64
}

/** As a number: beyond 2⁵³ it is not exact, but then far larger than any file. */
function uint64(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at))
}
