import { isAscii } from 'node:buffer'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'

import JSZip from 'jszip'
import yauzl from 'yauzl'

import { NavigatorError } from '../errors.js'
import { MOST_TEXTS } from './npy-text.js'
import { decodeNpy, encodeNpy } from './npy.js'
import type { NamedTensors, Tensor } from './tensor.js'

const MOST_ARRAYS = 4096
/** More would not be read by anyone. */
const MOST_PROBLEMS = 20
/** A request is held in memory as a whole, and a file is read as a whole only up to this size. */
export const LARGEST_NPZ = 2 ** 31
const SUFFIX = '.npy'
/** The earliest time a zip can hold: the same arrays give the same bytes. */
// eslint-disable-next-line no-restricted-globals -- a constant, not the clock
const FIXED_DATE = new Date(315532800000)

/**
 * Reads the arrays of an `.npz` file by name, exactly as stored: names are never paths here. Refuses archives that
 * unpack to more than `mostBytes` before unpacking anything. Throws `npz-invalid` with its problems.
 */
export async function readNpz(bytes: Uint8Array, mostBytes = LARGEST_NPZ): Promise<Map<string, Tensor>> {
  const zip = await openArchive(bytes)
  const entries = await listEntries(zip)
  requireModest(entries, mostBytes)
  const tensors = new Map<string, Tensor>()
  const problems: string[] = []
  let texts = 0
  for (const { name, entry } of entries) {
    try {
      if (tensors.has(name)) throw invalid('It is there twice.')
      const tensor = decodeNpy(await contentOf(zip, entry))
      texts += tensor.dtype === 'string' ? tensor.data.length : 0
      if (texts > MOST_TEXTS) throw invalid(`With it there are more than the ${MOST_TEXTS} texts that are read.`)
      tensors.set(name, tensor)
    } catch (error) {
      problems.push(`${JSON.stringify(name)}: ${messageOf(error)}`)
      if (problems.length === MOST_PROBLEMS) break
    }
  }
  if (problems.length > 0) {
    throw new NavigatorError('npz-invalid', 'Arrays of a samples file cannot be read.', { problems })
  }
  return tensors
}

/** Writes arrays as NumPy's `savez` does: stored, one `.npy` each. Same arrays, same bytes. */
export async function writeNpz(tensors: NamedTensors): Promise<Uint8Array> {
  const zip = new JSZip()
  for (const [name, tensor] of tensors) {
    zip.file(`${name}${SUFFIX}`, encodeNpy(tensor), { date: FIXED_DATE, createFolders: false, binary: true })
  }
  return zip.generateAsync({ type: 'uint8array', compression: 'STORE', platform: 'UNIX' })
}

interface NamedEntry {
  readonly name: string
  readonly entry: yauzl.Entry
}

async function openArchive(bytes: Uint8Array): Promise<yauzl.ZipFile> {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    // Names are decoded below: the library's own decoding refuses those that would be unsafe as paths.
    return await yauzl.fromBufferPromise(content, { decodeStrings: false, validateEntrySizes: true })
  } catch (cause) {
    if (Buffer.from('\x93NUMPY', 'latin1').equals(content.subarray(0, 6))) {
      throw invalid('It is a single .npy array; save it with numpy.savez under the name of its input.', cause)
    }
    throw invalid('It is no .npz archive, or it is damaged; write it with numpy.savez.', cause)
  }
}

async function listEntries(zip: yauzl.ZipFile): Promise<NamedEntry[]> {
  if (zip.entryCount > MOST_ARRAYS) throw invalid(`It holds ${zip.entryCount} arrays; at most ${MOST_ARRAYS} are read.`)
  const entries: NamedEntry[] = []
  try {
    for await (const entry of zip.eachEntry()) {
      const stored = storedName(entry)
      const name = stored.endsWith(SUFFIX) ? stored.slice(0, -SUFFIX.length) : stored
      if (!stored.endsWith('/')) entries.push({ name, entry })
    }
  } catch (cause) {
    throw invalid(`It is damaged (${messageOf(cause)}); write it again with numpy.savez.`, cause)
  }
  return entries
}

/** The library gives signs such as ♣ for control characters, which Python's zipfile keeps. */
function storedName({ generalPurposeBitFlag, fileNameRaw, extraFields }: yauzl.Entry): string {
  if (isAscii(fileNameRaw)) return fileNameRaw.toString('latin1')
  return yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true)
}

function requireModest(entries: readonly NamedEntry[], mostBytes: number): void {
  const total = entries.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0)
  if (total <= mostBytes) return
  const [has, allowed] = [total, mostBytes].map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`)
  throw invalid(`Its arrays unpack to ${has}, more than the ${allowed} that are read; give fewer or smaller samples.`)
}

async function contentOf(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Uint8Array> {
  const content = await zip
    .openReadStreamPromise(entry)
    .then(buffer)
    .catch((cause: unknown) => {
      throw invalid(`The array is damaged (${messageOf(cause)}).`, cause)
    })
  if (crc32(content) !== entry.crc32) throw invalid('The array is damaged: its checksum does not match.')
  return content
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function invalid(why: string, cause?: unknown): NavigatorError {
  return new NavigatorError('npz-invalid', why, { cause })
}
