import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError } from './errors.js'
import { type OpenOptions, openNavPackage } from './nav-package/archive-file.js'
import { LARGEST_MANIFEST_BYTES, MANIFEST_ENTRY, parseManifest } from './nav-package/manifest.js'
import { modelPath } from './nav-package/model-files.js'
import type { NavPackage } from './nav-package/nav-package.js'
import { PackageFiles } from './nav-package/package-files.js'
import { fingerprintFile } from './subject.js'
import { type Fingerprint, manifestChecks } from './verification/manifest-checks.js'

/** What was unpacked, and where. */
export interface UnpackReport {
  /** Absolute path of the folder. */
  readonly folder: string
  readonly files: number
  readonly bytes: number
  /** The models that are in the package; `path` is relative to the folder, and a folder for some formats. */
  readonly models: readonly { readonly key: string; readonly path: string; readonly bytes: number }[]
  readonly warnings: readonly string[]
}

const DAMAGED = 'Files are not as the manifest of the package lists them; run navpkg verify on it.'

/**
 * Unpacks a package into `folder`, which must not exist yet and is whole or absent afterwards. Nothing of the package
 * is run. Throws `workspace-foreign` for a folder that exists, `disk-full`, and what `openNavPackage` does, also
 * `interrupted` once `signal` says so before the folder is there.
 */
export async function unpackPackage(
  file: string,
  folder: string,
  { signal }: Pick<OpenOptions, 'signal'> = {},
): Promise<UnpackReport> {
  const target = path.resolve(folder)
  const navPackage = await openNavPackage(file, target, { signal })
  const files = new PackageFiles(navPackage)
  const all = new Map<string, Fingerprint>(files.byName).set(
    'status.yaml',
    await fingerprintFile(path.join(target, 'status.yaml')),
  )
  const isDamaged = !(await fitsManifest(files, all))
  return {
    folder: target,
    files: all.size,
    bytes: [...all.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    models: unpackedModels(navPackage, files),
    warnings: [...navPackage.warnings, ...(isDamaged ? [DAMAGED] : [])],
  }
}

function unpackedModels({ status }: NavPackage, files: PackageFiles): UnpackReport['models'] {
  return Object.entries(status.models_status).flatMap(([key, model]) => {
    const at = modelPath(key, model)
    const bytes = at === null ? null : files.bytesAt(at)
    return at === null || bytes === null ? [] : [{ key, path: at, bytes }]
  })
}

/** True without a manifest. */
async function fitsManifest(packageFiles: PackageFiles, files: ReadonlyMap<string, Fingerprint>): Promise<boolean> {
  const manifest = packageFiles.byName.get(MANIFEST_ENTRY)
  if (manifest === undefined) return true
  if (manifest.bytes > LARGEST_MANIFEST_BYTES) return false
  try {
    const checks = manifestChecks(parseManifest(await readFile(manifest.path, 'utf8')), files)
    return checks.every(({ status }) => status === 'ok')
  } catch (error) {
    if (error instanceof NavigatorError) return false
    throw error
  }
}
