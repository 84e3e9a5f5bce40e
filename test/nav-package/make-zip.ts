import { crc32 } from 'node:zlib'

export interface RawEntry {
  readonly name: string
  readonly content?: string | Uint8Array
  /** The Unix mode; a plain file when left out. */
  readonly mode?: number
  /** The checksum to write instead of the right one. */
  readonly crc?: number
}

/** A stored zip with whatever names and modes are given, as no honest zip writer would make it. */
export function makeZip(entries: readonly RawEntry[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const local = localPart(entry)
    central.push(centralPart(entry, offset))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

function localPart(entry: RawEntry): Buffer {
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  commonPart(entry).copy(head, 4)
  return Buffer.concat([head, Buffer.from(entry.name), bytesOf(entry)])
}

function centralPart(entry: RawEntry, offset: number): Buffer {
  const head = Buffer.alloc(46)
  head.writeUInt32LE(0x02014b50, 0)
  head.writeUInt16LE(0x0314, 4)
  commonPart(entry).copy(head, 6)
  head.writeUInt32LE((entry.mode ?? 0o100644) * 0x10000, 38)
  head.writeUInt32LE(offset, 42)
  return Buffer.concat([head, Buffer.from(entry.name)])
}

/** The fields that both headers share: version, flags (UTF-8 names), method, time, checksum, sizes, name length. */
function commonPart(entry: RawEntry): Buffer {
  const { name, crc } = entry
  const bytes = bytesOf(entry)
  const part = Buffer.alloc(26)
  part.writeUInt16LE(20, 0)
  part.writeUInt16LE(0x0800, 2)
  part.writeUInt16LE(0x21, 8)
  part.writeUInt32LE(crc ?? crc32(bytes), 10)
  part.writeUInt32LE(bytes.length, 14)
  part.writeUInt32LE(bytes.length, 18)
  part.writeUInt16LE(Buffer.byteLength(name), 22)
  return part
}

function bytesOf({ content = '' }: RawEntry): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content
}
