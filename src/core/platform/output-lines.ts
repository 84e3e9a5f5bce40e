import { StringDecoder } from 'node:string_decoder'

/** Far more than a message for people has; a longer line is given in pieces, so that what is held stays bounded. */
const LONGEST_LINE = 10_000

/** Puts a process's output together to whole lines, wherever the chunks were cut; blank lines are left out. */
export class OutputLines {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#give(line)
    if (this.#rest.length > LONGEST_LINE) this.end()
  }

  /** Gives what came after the last end of a line. */
  end(): void {
    this.#give(this.#rest)
    this.#rest = ''
  }

  #give(line: string): void {
    if (line.trim() !== '') this.#onLine(line)
  }
}
