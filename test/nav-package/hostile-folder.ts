import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { NavigatorError } from '../../src/core/errors.js'
import { openNavPackage } from '../../src/core/nav-package/archive-file.js'
import { printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { makeStatus } from './make-status.js'
import type { RawEntry } from './make-zip.js'

/** The entry without which an archive is no package. */
export const STATUS = { name: 'status.yaml', content: printStatusYaml(makeStatus()) } satisfies RawEntry

/** A place to open an archive of raw bytes in; disposing removes it. */
export class HostileFolder implements Disposable {
  readonly path = mkdtempSync(path.join(tmpdir(), 'navpkg-hostile-'))
  readonly file = path.join(this.path, 'hostile.nav')
  readonly workspace = path.join(this.path, 'workspace')

  /** What the archive is refused with, and what lies here afterwards: nothing but the archive is right. */
  async refusalOf(bytes: Uint8Array | null) {
    if (bytes !== null) writeFileSync(this.file, bytes)
    const error: unknown = await openNavPackage(this.file, this.workspace).then(
      () => null,
      (caught: unknown) => caught,
    )
    if (!(error instanceof NavigatorError)) throw new Error(`Expected a NavigatorError, got ${String(error)}`)
    const { code, message, problems } = error
    return { code, message, problems, left: readdirSync(this.path) }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Sizes of a header, both the same. */
export function sized(bytes: number): { compressedSize: number; uncompressedSize: number } {
  return { compressedSize: bytes, uncompressedSize: bytes }
}
