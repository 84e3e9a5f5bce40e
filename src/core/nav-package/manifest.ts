export const MANIFEST_ENTRY = 'navpkg/manifest.json'

export interface ManifestEntry {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

/** The list of everything in a package, with sizes and hashes, as the JSON of `navpkg/manifest.json`. */
export function manifestJson(entries: readonly ManifestEntry[]): string {
  const listed = entries.map(({ name, bytes, sha256 }) => ({ name, role: roleOf(name), bytes, sha256 }))
  return `${JSON.stringify({ schemaVersion: '1.0', entries: listed }, null, 2)}\n`
}

function roleOf(name: string): string {
  if (name === 'status.yaml') return 'status'
  if (name.startsWith('model_input/') || name.startsWith('model_output/')) return 'sample'
  if (name.startsWith('navpkg/samples/')) return 'measurement'
  if (/\.(py|sh)$/.test(name)) return 'script'
  if (name.startsWith('navpkg/models/')) return 'model'
  if (name.startsWith('navpkg/')) return 'record'
  return name.endsWith('.log') ? 'log' : 'model'
}
