import { readFile } from 'node:fs/promises'
import path from 'node:path'

import type { Environment } from './environment.js'
import { NavigatorError, sentencesOf } from './errors.js'
import { readRecord, RECORD_ENTRY, RECORD_IGNORED } from './inspect.js'
import { openNavPackage } from './nav-package/archive-file.js'
import { LARGEST_MANIFEST_BYTES, MANIFEST_ENTRY, parseManifest } from './nav-package/manifest.js'
import type { NavPackage } from './nav-package/nav-package.js'
import { PackageFiles } from './nav-package/package-files.js'
import { checkFreeDisk } from './platform/disk.js'
import { createWorkspace } from './platform/workspace.js'
import { fingerprintFile } from './subject.js'
import { type Check, failed, note, ok, warning } from './verification/check.js'
import { type Fingerprint, manifestChecks } from './verification/manifest-checks.js'
import { modelChecks } from './verification/model-checks.js'
import { countChecks } from './verification/sample-checks.js'
import { checkOnnxModels, deployedModels } from './verify-models.js'
import { checkSamples } from './verify-samples.js'

/** What {@link verifyPackage} looked at. `verdict` is `failed` when one of `checks` failed. */
export interface VerifyReport {
  readonly verdict: 'ok' | 'failed'
  readonly checks: readonly Check[]
}

export interface VerifyOptions {
  /** Whether ONNX models are loaded in ONNX Runtime, each in a process of its own; else they are only read. */
  readonly load: boolean
}

/**
 * Says whether a package is whole: every file as its manifest lists it, every file there that status.yaml promises,
 * every ONNX model read, with its external weights, and loaded, every sample readable. Works in a temporary folder and
 * runs no script of the package. What makes the file no package at all, or unsafe to open, is thrown as by
 * `openNavPackage`.
 */
export async function verifyPackage(
  file: string,
  environment: Environment,
  { load }: VerifyOptions = { load: true },
): Promise<VerifyReport> {
  const { temporaryDir: parent, log, signal } = environment
  const workspace = await createWorkspace({ parent, userDir: null, tool: 'navpkg', log })
  try {
    const folder = path.join(workspace.dir, 'package')
    const checkRoom = (bytes: number): Promise<void> => checkFreeDisk([{ folder: workspace.dir, bytes }])
    const navPackage = await openNavPackage(file, folder, { checkRoom, signal })
    const checks = [
      ok('status.yaml', `reads as format ${navPackage.status.format_version}`),
      ...navPackage.warnings.map((text) => warning('status.yaml', text)),
      ...(await checkManifest(navPackage, folder)),
      ...(await checkRecord(navPackage, folder)),
      ...modelChecks(navPackage, deployedModels(navPackage)),
      ...(await checkOnnxModels(navPackage, load, environment)),
      ...countChecks(navPackage),
      ...(await checkSamples(navPackage, signal)),
    ]
    return { verdict: checks.some(({ status }) => status === 'failed') ? 'failed' : 'ok', checks }
  } finally {
    await workspace.dispose()
  }
}

async function checkManifest(navPackage: NavPackage, folder: string): Promise<Check[]> {
  const entry = navPackage.entries.get(MANIFEST_ENTRY)
  if (entry?.kind !== 'disk') {
    return [note(MANIFEST_ENTRY, 'none, as in every package that the real Navigator saved')]
  }
  if (entry.file.bytes > LARGEST_MANIFEST_BYTES) return [failed(MANIFEST_ENTRY, 'is larger than 64 MiB')]
  const files = new Map<string, Fingerprint>([['status.yaml', await fingerprintFile(path.join(folder, 'status.yaml'))]])
  for (const [name, file] of new PackageFiles(navPackage).byName) files.set(name, file)
  try {
    return manifestChecks(parseManifest(await readFile(entry.file.path, 'utf8')), files)
  } catch (error) {
    if (!(error instanceof NavigatorError)) throw error
    return [failed(MANIFEST_ENTRY, sentencesOf(error))]
  }
}

async function checkRecord(navPackage: NavPackage, folder: string): Promise<Check[]> {
  if (!navPackage.entries.has(RECORD_ENTRY)) return []
  const record = await readRecord(navPackage, folder)
  if (record === null) return [warning(RECORD_ENTRY, `${RECORD_IGNORED} Or it is no record of this version.`)]
  return [ok(RECORD_ENTRY, 'is of this status.yaml')]
}
