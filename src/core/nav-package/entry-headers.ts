/** What both headers of an entry say of it (APPNOTE 4.3.7 and 4.3.12), in the names of yauzl. */
export interface EntryHeader {
  readonly nameBytes: Buffer
  readonly generalPurposeBitFlag: number
  readonly compressionMethod: number
  readonly crc32: number
  readonly compressedSize: number
  readonly uncompressedSize: number
  readonly extra: Buffer
}

/** The header in the central directory; its sizes are the 64-bit ones where it has those. */
export interface CentralHeader extends EntryHeader {
  readonly externalFileAttributes: number
}

export const STORED = 0
const DEFLATED = 8

/** General purpose bits (APPNOTE 4.4.4). */
const ENCRYPTED = 0x0001
const HAS_DESCRIPTOR = 0x0008
const PATCHED = 0x0020
const STRONGLY_ENCRYPTED = 0x0040
const UTF8_NAME = 0x0800
const HIDDEN_HEADER = 0x2000

const ANY_ENCRYPTION = ENCRYPTED | STRONGLY_ENCRYPTED | HIDDEN_HEADER
/** The bits that change what is read; others tell how it was compressed. */
const BITS_THAT_MATTER = ANY_ENCRYPTION | PATCHED | UTF8_NAME

const PLACEHOLDER = 0xffffffff
const ZIP64_FIELD = 0x0001
const UNICODE_PATH_FIELD = 0x7075
/** Some writers deflate the nothing that a folder holds, to two bytes. */
const DEFLATED_NOTHING_BYTES = 2

/** Why an entry of this kind is not unpacked: all but plain files and folders, stored or deflated. */
export function kindProblems(entry: CentralHeader, name: string): string[] {
  const { externalFileAttributes, generalPurposeBitFlag, compressionMethod, compressedSize, uncompressedSize } = entry
  const problems: string[] = []
  const fileType = (externalFileAttributes >>> 16) & 0o170000
  const isFolder = name.endsWith('/')
  if (fileType === 0o040000 ? !isFolder : fileType !== 0 && fileType !== 0o100000) {
    problems.push(fileType === 0o040000 ? 'it is a folder named as a file' : 'it is a link or a device')
  }
  if ((generalPurposeBitFlag & ANY_ENCRYPTION) !== 0) problems.push('it is encrypted')
  if ((generalPurposeBitFlag & PATCHED) !== 0) problems.push('it is a patch to another file')
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    problems.push(`it is compressed by method ${compressionMethod}; only stored and deflated entries are read`)
  }
  if (compressionMethod === STORED && compressedSize !== uncompressedSize) {
    problems.push(`it is stored, but should unpack from ${compressedSize} bytes to ${uncompressedSize}`)
  }
  if (isFolder && (uncompressedSize > 0 || compressedSize > DEFLATED_NOTHING_BYTES)) {
    problems.push('it is a folder with content')
  }
  return problems
}

/** Where the central directory and an entry's local header contradict each other; readers trust one or the other. */
export function headerProblems(central: EntryHeader, local: EntryHeader): string[] {
  const problems: string[] = []
  if (!local.nameBytes.equals(central.nameBytes)) problems.push('the name')
  if (((local.generalPurposeBitFlag ^ central.generalPurposeBitFlag) & BITS_THAT_MATTER) !== 0)
    problems.push('the flags')
  if (local.compressionMethod !== central.compressionMethod) problems.push('the compression method')
  // With a data descriptor, which follows the data, the local header may leave out what was not known yet.
  const mayBeZero = (local.generalPurposeBitFlag & HAS_DESCRIPTOR) !== 0
  if (local.crc32 !== central.crc32 && !(mayBeZero && local.crc32 === 0)) problems.push('the checksum')
  const [uncompressed, compressed] = localSizes(local)
  const agrees = (own: number, other: number): boolean => own === other || (mayBeZero && own === 0)
  if (!agrees(uncompressed, central.uncompressedSize) || !agrees(compressed, central.compressedSize)) {
    problems.push('the size')
  }
  return problems.map((what) => `${what} in its own header is not the one in the list of entries`)
}

/** Sizes of a local header; those that are placeholders are in its zip64 field, in this order. */
function localSizes({ uncompressedSize, compressedSize, extra }: EntryHeader): [number, number] {
  const field = extraFields(extra).find(({ id }) => id === ZIP64_FIELD)?.data ?? Buffer.alloc(0)
  let at = 0
  const sizeOf = (size: number): number => {
    if (size !== PLACEHOLDER || at + 8 > field.length) return size
    at += 8
    return Number(field.readBigUInt64LE(at - 8))
  }
  return [sizeOf(uncompressedSize), sizeOf(compressedSize)]
}

/**
 * The name in an entry's Unicode path field (APPNOTE 4.6.9), which some readers take instead of the name proper; null
 * without one that belongs to this entry.
 */
export function unicodePathOf({ extra }: EntryHeader): string | null {
  const field = extraFields(extra).find(({ id }) => id === UNICODE_PATH_FIELD)?.data
  return field === undefined || field.length < 5 ? null : field.subarray(5).toString()
}

/** The fields of an extra field as far as it is whole; some writers pad it with zeros. */
function extraFields(extra: Buffer): { id: number; data: Buffer }[] {
  const fields: { id: number; data: Buffer }[] = []
  let at = 0
  while (at + 4 <= extra.length) {
    const end = at + 4 + extra.readUInt16LE(at + 2)
    if (end > extra.length) break
    fields.push({ id: extra.readUInt16LE(at), data: extra.subarray(at + 4, end) })
    at = end
  }
  return fields
}

/** The bytes of an archive that an entry takes, its own header included. */
export interface Extent {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Entries that share bytes with another or reach into the central directory, with whom: `[entry, problem]`. */
export function extentProblems(extents: readonly Extent[], directoryOffset: number): [Extent, string][] {
  const inOrder = [...extents].sort((a, b) => a.start - b.start)
  let last: Extent | null = null
  const problems: [Extent, string][] = []
  for (const extent of inOrder) {
    if (extent.end > directoryOffset) problems.push([extent, 'its content reaches into the list of entries'])
    if (last !== null && extent.start < last.end) problems.push([extent, 'it shares bytes with another entry'])
    if (last === null || extent.end > last.end) last = extent
  }
  return problems
}
