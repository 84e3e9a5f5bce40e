import { createHash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { crc32 } from 'node:zlib'

/** Large enough that the cost of a chunk is small next to hashing it, small enough that a few of them are no memory. */
export const CHUNK_BYTES = 2 ** 20

/** What passed through a {@link ContentMeter}. */
export interface Measured {
  readonly bytes: number
  readonly crc32: number
  readonly sha256: string
}

/** Passes bytes on as they are; counts and hashes them. Ends in an error once there are more than `most`. */
export class ContentMeter extends Transform {
  readonly #hash = createHash('sha256')
  readonly #most: number
  #bytes = 0
  #crc32 = 0

  constructor(most: number) {
    super({ highWaterMark: CHUNK_BYTES })
    this.#most = most
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#most) {
      done(new Error(`it holds more than the ${this.#most} bytes that the archive tells of`))
      return
    }
    this.#hash.update(chunk)
    this.#crc32 = crc32(chunk, this.#crc32)
    done(null, chunk)
  }

  /** To be asked once, after the end. */
  measured(): Measured {
    return { bytes: this.#bytes, crc32: this.#crc32, sha256: this.#hash.digest('hex') }
  }
}
