/** A stored entry of an archive that is written; the name of a folder ends in `/`. */
export interface StoredEntry {
  readonly name: string
  readonly bytes: number
  readonly crc32: number
  /** Where its local header is. */
  readonly offset: number
}

/** From here on a value does not fit into the field for it, which then holds this, and the value stands elsewhere. */
const PLACEHOLDER16 = 0xffff
const PLACEHOLDER32 = 0xffffffff
const VERSION = 20
const VERSION_ZIP64 = 45
const UNIX = 3 << 8
const UTF8_NAME = 0x0800
/** The first of January 1980, the earliest day a zip can hold: the same content gives the same bytes. */
const FIRST_DAY = 0x21
const FILE_MODE = 0o100644
const FOLDER_MODE = 0o040755
/** What MS-DOS takes for a folder; Windows looks at it. */
const DOS_FOLDER = 0x10

/**
 * The header in front of an entry's content (APPNOTE 4.3.7). It has the checksum and the sizes, as Python's zipfile writes
 * them, and no data descriptor follows the content: readers of streams cannot find the end of a stored entry without.
 */
export function localHeader(entry: StoredEntry): Buffer {
  const name = Buffer.from(entry.name)
  const extra = entry.bytes < PLACEHOLDER32 ? zip64Field([]) : zip64Field([entry.bytes, entry.bytes])
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  writeCommon(head.subarray(4), entry, name, extra)
  return Buffer.concat([head, name, extra])
}

/** The entry's line in the central directory (APPNOTE 4.3.12). */
export function centralHeader(entry: StoredEntry): Buffer {
  const name = Buffer.from(entry.name)
  const isLarge = entry.bytes >= PLACEHOLDER32
  const isFar = entry.offset >= PLACEHOLDER32
  const extra = zip64Field([...(isLarge ? [entry.bytes, entry.bytes] : []), ...(isFar ? [entry.offset] : [])])
  const isFolder = entry.name.endsWith('/')
  const head = Buffer.alloc(46)
  head.writeUInt32LE(0x02014b50, 0)
  head.writeUInt16LE(UNIX | VERSION, 4)
  writeCommon(head.subarray(6), entry, name, extra)
  head.writeUInt32LE((isFolder ? FOLDER_MODE : FILE_MODE) * 0x10000 + (isFolder ? DOS_FOLDER : 0), 38)
  head.writeUInt32LE(Math.min(entry.offset, PLACEHOLDER32), 42)
  return Buffer.concat([head, name, extra])
}

/** The fields that both headers have in the same order: from the version needed to the length of the extra field. */
function writeCommon(head: Buffer, entry: StoredEntry, name: Buffer, extra: Buffer): void {
  const size = Math.min(entry.bytes, PLACEHOLDER32)
  head.writeUInt16LE(extra.length > 0 ? VERSION_ZIP64 : VERSION, 0)
  head.writeUInt16LE(UTF8_NAME, 2)
  head.writeUInt16LE(FIRST_DAY, 8)
  head.writeUInt32LE(entry.crc32, 10)
  head.writeUInt32LE(size, 14)
  head.writeUInt32LE(size, 18)
  head.writeUInt16LE(name.length, 22)
  head.writeUInt16LE(extra.length, 24)
}

/** The extra field for values beyond 32 bits (APPNOTE 4.5.3), empty without any. */
function zip64Field(values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0)
  const field = Buffer.alloc(4 + 8 * values.length)
  field.writeUInt16LE(0x0001, 0)
  field.writeUInt16LE(8 * values.length, 2)
  for (const [index, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + 8 * index)
  return field
}

/** The end of an archive (APPNOTE 4.3.14 to 4.3.16), with zip64 records only when they are needed. */
export function endRecords(entryCount: number, directoryBytes: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(entryCount, PLACEHOLDER16), 8)
  end.writeUInt16LE(Math.min(entryCount, PLACEHOLDER16), 10)
  end.writeUInt32LE(Math.min(directoryBytes, PLACEHOLDER32), 12)
  end.writeUInt32LE(Math.min(directoryOffset, PLACEHOLDER32), 16)
  const fits = entryCount < PLACEHOLDER16 && directoryBytes < PLACEHOLDER32 && directoryOffset < PLACEHOLDER32
  if (fits) return end
  const end64 = Buffer.alloc(56)
  end64.writeUInt32LE(0x06064b50, 0)
  end64.writeBigUInt64LE(BigInt(end64.length - 12), 4)
  end64.writeUInt16LE(UNIX | VERSION_ZIP64, 12)
  end64.writeUInt16LE(VERSION_ZIP64, 14)
  end64.writeBigUInt64LE(BigInt(entryCount), 24)
  end64.writeBigUInt64LE(BigInt(entryCount), 32)
  end64.writeBigUInt64LE(BigInt(directoryBytes), 40)
  end64.writeBigUInt64LE(BigInt(directoryOffset), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(directoryOffset + directoryBytes), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([end64, locator, end])
}
