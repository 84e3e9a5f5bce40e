import type { FileHandle } from 'node:fs/promises'

/** Small next to any entry that is worth reading, large next to the headers that are read one after the other. */
const BLOCK_BYTES = 16 * 2 ** 10
/** Two places are read in turn: the list of entries and the headers of the entries themselves. */
const KEPT_BLOCKS = 4

/** Reads small pieces of a file, by position, through the blocks that were read last. */
export class FileBlocks {
  readonly #handle: FileHandle
  readonly #blocks = new Map<number, Buffer>()

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Fills `target` from `position` on; gives how many bytes there were before the file's end. */
  async read(target: Uint8Array, position: number): Promise<number> {
    let done = 0
    while (done < target.length) {
      const index = Math.floor((position + done) / BLOCK_BYTES)
      const block = await this.#block(index)
      const from = position + done - index * BLOCK_BYTES
      const copied = block.copy(target, done, from, from + target.length - done)
      if (copied === 0) break
      done += copied
    }
    return done
  }

  async #block(index: number): Promise<Buffer> {
    const kept = this.#blocks.get(index)
    if (kept !== undefined) return kept
    const buffer = Buffer.allocUnsafe(BLOCK_BYTES)
    const { bytesRead } = await this.#handle.read(buffer, 0, BLOCK_BYTES, index * BLOCK_BYTES)
    const block = buffer.subarray(0, bytesRead)
    const [oldest] = this.#blocks.keys()
    if (this.#blocks.size >= KEPT_BLOCKS && oldest !== undefined) this.#blocks.delete(oldest)
    this.#blocks.set(index, block)
    return block
  }
}
