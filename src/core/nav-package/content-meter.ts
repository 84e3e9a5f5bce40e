import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Large enough that the cost of a chunk is small next to hashing it, small enough that a few of them are no memory. */
export const CHUNK_BYTES = 2 ** 20

/** What passed through a {@link ContentMeter}. */
export interface Measured {
  readonly bytes: number
  readonly crc32: number
  readonly sha256: string
}

/** Counts and hashes what it is given. Throws once that is more than `most` bytes. */
export class ContentMeter {
  readonly #hash = createHash('sha256')
  readonly #most: number
  #bytes = 0
  #crc32 = 0

  constructor(most: number) {
    this.#most = most
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#most) throw tooMuch(this.#most)
    this.#hash.update(chunk)
    this.#crc32 = crc32(chunk, this.#crc32)
  }

  /** To be asked once, after the end. */
  measured(): Measured {
    return { bytes: this.#bytes, crc32: this.#crc32, sha256: this.#hash.digest('hex') }
  }
}

/** Of content that is larger than was said before. */
export function tooMuch(most: number): Error {
  return new Error(`it holds more than the ${most} bytes that it should`)
}

/** Passes chunks on as they are, once they were counted. */
export function metered(meter: ContentMeter): (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> {
  return async function* (source) {
    for await (const chunk of source) {
      meter.add(chunk)
      yield chunk
    }
  }
}
