import { MANIFEST_ENTRY, type ManifestEntry } from '../nav-package/manifest.js'
import { type Check, failed, ok } from './check.js'

/** What a file of a package is by its content. */
export type Fingerprint = Pick<ManifestEntry, 'bytes' | 'sha256'>

/**
 * Holds the files of a package, status.yaml included, to its manifest: one failed check for each that differs, is
 * missing or is not listed, else a single good one. The manifest does not list itself.
 */
export function manifestChecks(
  listed: ReadonlyMap<string, Fingerprint>,
  files: ReadonlyMap<string, Fingerprint>,
): Check[] {
  const wrong = [...listed].flatMap(([name, expected]) => {
    const problem = problemOf(expected, files.get(name))
    return problem === null ? [] : [failed(name, problem)]
  })
  const extra = [...files.keys()].filter((name) => name !== MANIFEST_ENTRY && !listed.has(name))
  const checks = [...wrong, ...extra.map((name) => failed(name, 'is not listed in the manifest'))]
  if (checks.length > 0) return checks
  return [ok(MANIFEST_ENTRY, `size and SHA-256 of all ${listed.size} files are as it lists them`)]
}

function problemOf(expected: Fingerprint, file: Fingerprint | undefined): string | null {
  if (file === undefined) return 'is listed in the manifest and is missing'
  if (file.bytes !== expected.bytes) return `has ${file.bytes} bytes; the manifest says ${expected.bytes}`
  if (file.sha256 === expected.sha256) return null
  return `has other content than the manifest says: its SHA-256 is ${file.sha256}, not ${expected.sha256}`
}
