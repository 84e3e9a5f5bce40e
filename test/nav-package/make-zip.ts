import { crc32, deflateRawSync } from 'node:zlib'

/** The fields of a record in order, with their sizes in bytes. */
type Layout = readonly (readonly [field: string, bytes: 2 | 4 | 8])[]
type Fields<Of extends Layout> = { readonly [field in Of[number][0]]: number }

const LOCAL = [
  ['signature', 4],
  ['versionNeeded', 2],
  ['flags', 2],
  ['method', 2],
  ['time', 2],
  ['date', 2],
  ['crc', 4],
  ['compressedSize', 4],
  ['uncompressedSize', 4],
  ['nameLength', 2],
  ['extraLength', 2],
] as const satisfies Layout

const CENTRAL = [
  ['signature', 4],
  ['versionMadeBy', 2],
  ['versionNeeded', 2],
  ['flags', 2],
  ['method', 2],
  ['time', 2],
  ['date', 2],
  ['crc', 4],
  ['compressedSize', 4],
  ['uncompressedSize', 4],
  ['nameLength', 2],
  ['extraLength', 2],
  ['commentLength', 2],
  ['disk', 2],
  ['internalAttributes', 2],
  ['externalAttributes', 4],
  ['offset', 4],
] as const satisfies Layout

const END = [
  ['signature', 4],
  ['disk', 2],
  ['directoryDisk', 2],
  ['entriesHere', 2],
  ['entries', 2],
  ['directorySize', 4],
  ['directoryOffset', 4],
  ['commentLength', 2],
] as const satisfies Layout

const END64 = [
  ['signature', 4],
  ['size', 8],
  ['versionMadeBy', 2],
  ['versionNeeded', 2],
  ['disk', 4],
  ['directoryDisk', 4],
  ['entriesHere', 8],
  ['entries', 8],
  ['directorySize', 8],
  ['directoryOffset', 8],
] as const satisfies Layout

const LOCATOR = [
  ['signature', 4],
  ['endDisk', 4],
  ['endOffset', 8],
  ['disks', 4],
] as const satisfies Layout

export interface RawEntry {
  readonly name: string | Uint8Array
  readonly content?: string | Uint8Array
  /** The Unix mode; a plain file when left out. */
  readonly mode?: number
  /** The checksum to write instead of the right one. */
  readonly crc?: number
  /** Stored when left out; 8 deflates the content; of any other number the content is stored as it is. */
  readonly method?: number
  /** UTF-8 names (0x0800) when left out. */
  readonly flags?: number
  /** What lies in the archive in place of the stored or deflated content; the headers still tell of the content. */
  readonly data?: Uint8Array
  /** Bytes right before the local header, and right after the data, such as a data descriptor. */
  readonly before?: Uint8Array
  readonly after?: Uint8Array
  /** Whether the entry has a local header and data of its own; else `central.offset` is to point at another's. */
  readonly hasLocal?: boolean
  /** Fields of either header that are to differ from the honest ones, and what follows the fixed fields. */
  readonly local?: Partial<Fields<typeof LOCAL>> & Tail
  readonly central?: Partial<Fields<typeof CENTRAL>> & Tail & { readonly comment?: Uint8Array }
}

interface Tail {
  readonly name?: string | Uint8Array
  /** The extra field, see {@link extraField} and {@link zip64Sizes}. */
  readonly extra?: Uint8Array
}

export interface RawEnd {
  /** Bytes before everything, which the offsets do not count; before the end records; and after the end. */
  readonly prefix?: Uint8Array
  readonly beforeEnd?: Uint8Array
  readonly suffix?: Uint8Array
  readonly comment?: Uint8Array
  readonly end?: Partial<Fields<typeof END>>
  /** Writes a zip64 end record and its locator as well. The fields of `end` stay as they are. */
  readonly end64?: Partial<Fields<typeof END64>>
  readonly locator?: Partial<Fields<typeof LOCATOR>>
}

/** A zip with whatever names, modes and header fields are given, as no honest zip writer would make it. */
export function makeZip(entries: readonly RawEntry[], ending: RawEnd = {}): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const before = Buffer.from(entry.before ?? [])
    const local = entry.hasLocal === false ? Buffer.alloc(0) : localPart(entry)
    central.push(centralPart(entry, offset + before.length))
    locals.push(before, local)
    offset += before.length + local.length
  }
  const directory = Buffer.concat(central)
  const { prefix = [], suffix = [] } = ending
  const end = endPart(ending, entries.length, directory.length, offset)
  return Buffer.concat([Buffer.from(prefix), ...locals, directory, end, Buffer.from(suffix)])
}

/** A field for `extra`: the zip64 sizes have the id 1, the Unicode path 0x7075. */
export function extraField(id: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id, 0)
  head.writeUInt16LE(data.length, 2)
  return Buffer.concat([head, data])
}

/** The extra field that holds 64-bit values of those header fields that are 0xFFFFFFFF, in the order of the headers. */
export function zip64Sizes(...values: number[]): Buffer {
  const data = Buffer.alloc(8 * values.length)
  for (const [index, value] of values.entries()) data.writeBigUInt64LE(BigInt(value), 8 * index)
  return extraField(1, data)
}

function endPart(ending: RawEnd, count: number, size: number, offset: number): Buffer {
  const { beforeEnd = [], comment = [], end64, locator } = ending
  const counts = { entriesHere: count, entries: count, directorySize: size, directoryOffset: offset }
  const parts: Uint8Array[] = [Buffer.from(beforeEnd)]
  if (end64 !== undefined || locator !== undefined) {
    const fixed = { signature: 0x06064b50, size: 44, versionMadeBy: 45, versionNeeded: 45, disk: 0, directoryDisk: 0 }
    parts.push(encode(END64, { ...fixed, ...counts, ...end64 }))
    const endOffset = offset + size + beforeEnd.length
    parts.push(encode(LOCATOR, { signature: 0x07064b50, endDisk: 0, endOffset, disks: 1, ...locator }))
  }
  const fixed = { signature: 0x06054b50, disk: 0, directoryDisk: 0, commentLength: comment.length }
  parts.push(encode(END, { ...fixed, ...counts, ...ending.end }), Buffer.from(comment))
  return Buffer.concat(parts)
}

function localPart(entry: RawEntry): Buffer {
  const { name = entry.name, extra = [], ...given } = entry.local ?? {}
  const fields = { ...commonFields(entry, name), signature: 0x04034b50, extraLength: extra.length, ...given }
  const data = entry.data ?? dataOf(entry)
  return Buffer.concat([encode(LOCAL, fields), bytesOf(name), Buffer.from(extra), data, Buffer.from(entry.after ?? [])])
}

function centralPart(entry: RawEntry, offset: number): Buffer {
  const { name = entry.name, extra = [], comment = [], ...given } = entry.central ?? {}
  const fields = {
    ...commonFields(entry, name),
    signature: 0x02014b50,
    versionMadeBy: 0x0314,
    extraLength: extra.length,
    commentLength: comment.length,
    disk: 0,
    internalAttributes: 0,
    externalAttributes: (entry.mode ?? 0o100644) * 0x10000,
    offset,
    ...given,
  }
  return Buffer.concat([encode(CENTRAL, fields), bytesOf(name), Buffer.from(extra), Buffer.from(comment)])
}

/** The fields that both headers share. */
function commonFields(entry: RawEntry, name: string | Uint8Array) {
  const content = bytesOf(entry.content ?? '')
  return {
    versionNeeded: 20,
    flags: entry.flags ?? 0x0800,
    method: entry.method ?? 0,
    time: 0,
    date: 0x21,
    crc: entry.crc ?? crc32(content),
    compressedSize: dataOf(entry).length,
    uncompressedSize: content.length,
    nameLength: bytesOf(name).length,
  }
}

function dataOf(entry: RawEntry): Uint8Array {
  const content = bytesOf(entry.content ?? '')
  return entry.method === 8 ? deflateRawSync(content) : content
}

function encode<Of extends Layout>(layout: Of, fields: Fields<Of>): Buffer {
  const values: ReadonlyMap<string, number> = new Map(Object.entries<number>(fields))
  const parts = layout.map(([field, bytes]) => {
    const part = Buffer.alloc(bytes)
    const value = values.get(field) ?? 0
    if (bytes === 8) part.writeBigUInt64LE(BigInt(value))
    else part.writeUIntLE(value, 0, bytes)
    return part
  })
  return Buffer.concat(parts)
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content
}
