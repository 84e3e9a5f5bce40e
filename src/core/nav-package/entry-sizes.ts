/** The sizes of a package's files, found by the folder they lie in without looking at all the others. */
export class EntrySizes {
  readonly #bytes: ReadonlyMap<string, number>
  readonly #sorted: readonly string[]
  /** Many rows of status.yaml may name the same path. */
  readonly #known = new Map<string, number | null>()

  /** Names that end in `/` are those of folders, and are left out. */
  constructor(sizes: ReadonlyMap<string, number>) {
    this.#bytes = sizes
    this.#sorted = [...sizes.keys()].filter((name) => !name.endsWith('/')).sort((a, b) => (a < b ? -1 : 1))
  }

  /** The file of that name, or those in the folder of that name at any depth, sorted. */
  namesAt(path: string): string[] {
    if (this.#sorted[this.#firstFrom(path)] === path) return [path]
    const prefix = `${path}/`
    const names: string[] = []
    for (let at = this.#firstFrom(prefix); this.#sorted[at]?.startsWith(prefix) === true; at++) {
      names.push(this.#sorted[at] ?? '')
    }
    return names
  }

  /** The bytes of what {@link namesAt} finds; null for nothing. */
  bytesAt(path: string): number | null {
    const known = this.#known.get(path)
    if (known !== undefined) return known
    const names = this.namesAt(path)
    const bytes = names.length === 0 ? null : names.reduce((sum, name) => sum + (this.#bytes.get(name) ?? 0), 0)
    this.#known.set(path, bytes)
    return bytes
  }

  /** Index of the first name that is not less. */
  #firstFrom(prefix: string): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] ?? '') < prefix) low = middle + 1
      else high = middle
    }
    return low
  }
}
