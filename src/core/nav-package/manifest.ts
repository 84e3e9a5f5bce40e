import { z } from 'zod'

import { NavigatorError } from '../errors.js'

export const MANIFEST_ENTRY = 'navpkg/manifest.json'

/** As many as a package may have, each with a long name. */
export const LARGEST_MANIFEST_BYTES = 64 * 2 ** 20
const MOST_LISTED = 100_000
const MOST_PROBLEMS = 20

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

const manifestSchema = z.looseObject({
  schemaVersion: z.string().regex(/^1\.\d+$/, 'is not a version 1.x, which is all that is known here'),
  entries: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        bytes: z.number().int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in hexadecimal'),
      }),
    )
    .max(MOST_LISTED),
})

/**
 * Reads the JSON of `navpkg/manifest.json`: what it lists, by name. Throws `package-invalid` with every problem, also
 * for a name that is listed twice.
 */
export function parseManifest(json: string): Map<string, ManifestEntry> {
  const parsed = manifestSchema.safeParse(jsonOf(json))
  if (!parsed.success) {
    throw malformed(parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'it'}: ${message}`))
  }
  const listed = new Map<string, ManifestEntry>()
  const twice: string[] = []
  for (const { name, bytes, sha256 } of parsed.data.entries) {
    if (listed.has(name)) twice.push(`${JSON.stringify(name)} is listed twice`)
    listed.set(name, { name, bytes, sha256 })
  }
  if (twice.length > 0) throw malformed(twice)
  return listed
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformed([cause instanceof Error ? cause.message : String(cause)], cause)
  }
}

function malformed(problems: readonly string[], cause?: unknown): NavigatorError {
  return new NavigatorError('package-invalid', 'The manifest is malformed. Save the package again with navpkg.', {
    problems: problems.slice(0, MOST_PROBLEMS),
    cause,
  })
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
