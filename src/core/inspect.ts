import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { openNavPackage } from './nav-package/archive-file.js'
import type { NavPackage, PackageEntry } from './nav-package/nav-package.js'
import { checkFreeDisk } from './platform/disk.js'

/** What is in a package, for people and as JSON. */
export interface PackageReport {
  readonly formatVersion: string
  readonly framework: string
  readonly batching: boolean
  readonly inputs: readonly TensorReport[]
  readonly outputs: readonly TensorReport[]
  readonly models: readonly ModelReport[]
  readonly entries: number
  readonly bytes: number
  readonly warnings: readonly string[]
}

export interface TensorReport {
  readonly name: string
  readonly dtype: string
  /** -1 stands for a dynamic size. */
  readonly shape: readonly number[]
}

export interface ModelReport {
  readonly key: string
  readonly format: string
  readonly parentKey: string | null
  /** Size of the model's file in the package; null when it was not saved. */
  readonly bytes: number | null
  readonly runners: readonly { readonly runner: string; readonly status: Readonly<Record<string, string>> }[]
}

/** Opens a package in a temporary folder and says what is in it. No code of the package runs. */
export async function inspectPackage(file: string): Promise<PackageReport> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'navpkg-inspect-'))
  try {
    const checkRoom = (bytes: number): Promise<void> => checkFreeDisk([{ folder, bytes }])
    return reportOf(await openNavPackage(file, path.join(folder, 'package'), checkRoom))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function reportOf({ status, entries, warnings }: NavPackage): PackageReport {
  return {
    formatVersion: status.format_version,
    framework: status.config.framework,
    batching: status.config.batch_dim === 0,
    inputs: status.input_metadata.metadata.map(tensorReport),
    outputs: status.output_metadata.metadata.map(tensorReport),
    models: Object.entries(status.models_status).map(([key, model]) => ({
      key,
      format: model.model_config.format,
      parentKey: model.model_config.parent_key,
      bytes: sizeUnder(entries, model.model_config.path ?? null),
      runners: Object.entries(model.runners_status).map(([runner, one]) => ({ runner, status: one.status })),
    })),
    entries: entries.size + 1,
    bytes: [...entries.values()].reduce((sum, entry) => sum + sizeOf(entry), 0),
    warnings,
  }
}

const tensorReport = ({ name, dtype, shape }: TensorReport): TensorReport => ({ name, dtype, shape })

const sizeOf = (entry: PackageEntry): number => (entry.kind === 'disk' ? entry.file.bytes : entry.content.length)

/** A model is a file or, for some formats, a folder. */
function sizeUnder(entries: NavPackage['entries'], modelPath: string | null): number | null {
  if (modelPath === null) return null
  const parts = [...entries].filter(([name]) => name === modelPath || name.startsWith(`${modelPath}/`))
  return parts.length === 0 ? null : parts.reduce((sum, [, entry]) => sum + sizeOf(entry), 0)
}
