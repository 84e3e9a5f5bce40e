import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { openNavPackage } from './nav-package/archive-file.js'
import type { NavPackage } from './nav-package/nav-package.js'
import { type PackageReport, reportOf } from './package-report.js'
import { checkFreeDisk } from './platform/disk.js'
import { parseRecord } from './report/candidate-record.js'
import type { RunRecord } from './report/run-record.js'

/**
 * Opens a package in a temporary folder and says what is in it. No code of the package runs. With a latency budget in
 * milliseconds it also says what the strategy `max-throughput-with-latency-budget` deploys. Throws `file-unreadable`,
 * `package-not-zip`, `package-unsafe`, `package-too-large`, `package-invalid` or `disk-full`.
 */
export async function inspectPackage(
  file: string,
  { latencyBudgetMs = null }: { readonly latencyBudgetMs?: number | null } = {},
): Promise<PackageReport> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'navpkg-inspect-'))
  try {
    const checkRoom = (bytes: number): Promise<void> => checkFreeDisk([{ folder, bytes }])
    const unpacked = path.join(folder, 'package')
    const navPackage = await openNavPackage(file, unpacked, checkRoom)
    const record = await readRecord(navPackage, unpacked)
    const isIgnored = record === null && navPackage.entries.has(RECORD_ENTRY)
    return reportOf(isIgnored ? withWarning(navPackage, RECORD_IGNORED) : navPackage, record, latencyBudgetMs)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const RECORD_ENTRY = 'navpkg/run-record.json'
export const RECORD_IGNORED =
  'The record in the package does not fit its status.yaml, which was written again since: ignored.'
const LARGEST_RECORD = 64 * 2 ** 20

function withWarning(navPackage: NavPackage, warning: string): NavPackage {
  return { ...navPackage, warnings: [...navPackage.warnings, warning] }
}

/** The record that made the package; null when there is none, or status.yaml was written again after it. */
export async function readRecord({ entries }: NavPackage, folder: string): Promise<RunRecord | null> {
  const entry = entries.get(RECORD_ENTRY)
  if (entry?.kind !== 'disk' || entry.file.bytes > LARGEST_RECORD) return null
  try {
    const record = parseRecord(JSON.parse(await readFile(entry.file.path, 'utf8')))
    const status = createHash('sha256').update(await readFile(path.join(folder, 'status.yaml')))
    return record.statusSha256 === status.digest('hex') ? record : null
  } catch {
    return null
  }
}
