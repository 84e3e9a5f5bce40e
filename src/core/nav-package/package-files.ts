import type { NavPackage, PackageFile } from './nav-package.js'

/** The files of an opened package, found by the folder they lie in without looking at all the others. */
export class PackageFiles {
  readonly byName: ReadonlyMap<string, PackageFile>
  readonly #sorted: readonly string[]
  /** Many rows of status.yaml may name the same path. */
  readonly #sizes = new Map<string, number | null>()
  readonly #found = new Map<string, ReadonlyMap<string, PackageFile>>()

  constructor({ entries }: Pick<NavPackage, 'entries'>) {
    const files = new Map<string, PackageFile>()
    for (const [name, entry] of entries) if (entry.kind === 'disk') files.set(name, entry.file)
    this.byName = files
    this.#sorted = [...files.keys()].sort((a, b) => (a < b ? -1 : 1))
  }

  /** The file of that name, or those in the folder of that name at any depth, by entry name. */
  at(path: string): ReadonlyMap<string, PackageFile> {
    const known = this.#found.get(path)
    if (known !== undefined) return known
    const names = this.byName.has(path) ? [path] : this.#under(`${path}/`)
    const files = new Map(names.flatMap((name) => [...this.#entry(name)]))
    this.#found.set(path, files)
    return files
  }

  /** The size of what {@link at} finds; null for nothing. */
  bytesAt(path: string): number | null {
    const known = this.#sizes.get(path)
    if (known !== undefined) return known
    const files = [...this.at(path).values()]
    const bytes = files.length === 0 ? null : files.reduce((sum, file) => sum + file.bytes, 0)
    this.#sizes.set(path, bytes)
    return bytes
  }

  #entry(name: string): [string, PackageFile][] {
    const file = this.byName.get(name)
    return file === undefined ? [] : [[name, file]]
  }

  #under(prefix: string): string[] {
    const names: string[] = []
    for (let at = this.#firstFrom(prefix); this.#sorted[at]?.startsWith(prefix) === true; at++) {
      names.push(this.#sorted[at] ?? '')
    }
    return names
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
