import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { readNavPackage } from './nav-package/archive-file.js'
import type { NavPackage } from './nav-package/nav-package.js'
import { type PackageReport, reportOf } from './package-report.js'
import { parseRecord } from './report/candidate-record.js'
import type { RunRecord } from './report/run-record.js'

/**
 * Says what is in a package without unpacking it: nothing is written, no code of the package runs, and whether its models
 * are damaged is not looked at (see `verifyPackage`). With a latency budget in milliseconds it also says what the strategy
 * `max-throughput-with-latency-budget` deploys. Throws `file-unreadable`, `package-not-zip`, `package-unsafe`,
 * `package-too-large` or `package-invalid`, or `interrupted` once `signal` says so.
 */
export async function inspectPackage(
  file: string,
  { latencyBudgetMs = null, signal }: { readonly latencyBudgetMs?: number | null; readonly signal?: AbortSignal } = {},
): Promise<PackageReport> {
  const summary = await readNavPackage(file, [RECORD_ENTRY], { signal })
  const content = summary.contents.get(RECORD_ENTRY)
  const record = content === undefined ? null : fittingRecord(content, summary.statusSha256)
  const isIgnored = record === null && summary.sizes.has(RECORD_ENTRY)
  const warnings = isIgnored ? [...summary.warnings, RECORD_IGNORED] : summary.warnings
  return reportOf({ ...summary, warnings }, record, latencyBudgetMs)
}

export const RECORD_ENTRY = 'navpkg/run-record.json'
export const RECORD_IGNORED =
  'The record in the package does not fit its status.yaml, which was written again since: ignored.'
const LARGEST_RECORD = 64 * 2 ** 20

/** The record that made a package, read without unpacking it; null as for {@link readRecord}. Throws as `inspectPackage` does. */
export async function readPackageRecord(file: string, signal: AbortSignal): Promise<RunRecord | null> {
  const summary = await readNavPackage(file, [RECORD_ENTRY], { signal })
  const content = summary.contents.get(RECORD_ENTRY)
  return content === undefined ? null : fittingRecord(content, summary.statusSha256)
}

/** The record that made an opened package; null when there is none, or status.yaml was written again after it. */
export async function readRecord({ entries }: NavPackage, folder: string): Promise<RunRecord | null> {
  const entry = entries.get(RECORD_ENTRY)
  if (entry?.kind !== 'disk' || entry.file.bytes > LARGEST_RECORD) return null
  const status = createHash('sha256').update(await readFile(path.join(folder, 'status.yaml')))
  return fittingRecord(await readFile(entry.file.path), status.digest('hex'))
}

/** The record of this JSON when it is of a package with that status.yaml, and null otherwise. */
function fittingRecord(json: Uint8Array, statusSha256: string): RunRecord | null {
  try {
    const record = parseRecord(JSON.parse(new TextDecoder().decode(json)))
    return record.statusSha256 === statusSha256 ? record : null
  } catch {
    return null
  }
}
