import { EntrySizes } from './entry-sizes.js'
import type { NavPackage, PackageFile } from './nav-package.js'

/** The files of an opened package, found by the folder they lie in without looking at all the others. */
export class PackageFiles {
  readonly byName: ReadonlyMap<string, PackageFile>
  readonly #sizes: EntrySizes
  readonly #found = new Map<string, ReadonlyMap<string, PackageFile>>()

  constructor({ entries }: Pick<NavPackage, 'entries'>) {
    const files = new Map<string, PackageFile>()
    for (const [name, entry] of entries) if (entry.kind === 'disk') files.set(name, entry.file)
    this.byName = files
    this.#sizes = new EntrySizes(new Map([...files].map(([name, { bytes }]) => [name, bytes])))
  }

  /** The file of that name, or those in the folder of that name at any depth, by entry name. */
  at(path: string): ReadonlyMap<string, PackageFile> {
    const known = this.#found.get(path)
    if (known !== undefined) return known
    const files = new Map(this.#sizes.namesAt(path).flatMap((name) => [...this.#entry(name)]))
    this.#found.set(path, files)
    return files
  }

  /** The size of what {@link at} finds; null for nothing. */
  bytesAt(path: string): number | null {
    return this.#sizes.bytesAt(path)
  }

  #entry(name: string): [string, PackageFile][] {
    const file = this.byName.get(name)
    return file === undefined ? [] : [[name, file]]
  }
}
