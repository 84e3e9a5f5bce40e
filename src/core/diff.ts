import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

import type { Runtime } from './best-runtimes.js'
import { compareContents, type ContentDifference, isDifferent, type PackageContents } from './difference/contents.js'
import type { Environment } from './environment.js'
import { NavigatorError, throwIfInterrupted } from './errors.js'
import { readRecord } from './inspect.js'
import { openNavPackage } from './nav-package/archive-file.js'
import { modelPath, modelTree } from './nav-package/model-files.js'
import { entrySizes, type NavPackage, type PackageFile } from './nav-package/nav-package.js'
import { PackageFiles } from './nav-package/package-files.js'
import { fileUnreadable, openPackageFile } from './nav-package/read-archive.js'
import { checkExternalData } from './onnx/external-data.js'
import { type GraphSummary, summarizeModel, type Weight } from './onnx/graph-summary.js'
import { reportOf } from './package-report.js'
import { checkFreeDisk } from './platform/disk.js'
import { createWorkspace } from './platform/workspace.js'
import { fingerprintFile } from './subject.js'

/** How two packages differ. */
export interface PackageDifference {
  /**
   * `identical`: the files are equal byte by byte. `same-content`: they hold the same and are packed in other ways.
   */
  readonly verdict: 'identical' | 'same-content' | 'different'
  readonly a: PackageFile
  readonly b: PackageFile
  /** null when the files are identical: then they were not opened. */
  readonly content: ContentDifference | null
}

/** A larger ONNX file cannot be read: the format ends there. */
const LARGEST_MODEL_BYTES = 2 ** 31 - 1

/**
 * Compares two packages: metadata, models by hash and ONNX models by graph, statuses, recorded measurements, samples
 * and other files. Works in a temporary folder and runs nothing of either. Throws what `openNavPackage` does, also
 * `interrupted` once `signal` says so.
 */
export async function diffPackages(
  a: string,
  b: string,
  { temporaryDir = os.tmpdir(), log = SILENT, signal }: DiffEnvironment = {},
): Promise<PackageDifference> {
  const [one, other] = [await fingerprinted(a, signal), await fingerprinted(b, signal)]
  if (one.sha256 === other.sha256) return { verdict: 'identical', a: one, b: other, content: null }
  const workspace = await createWorkspace({ parent: temporaryDir, userDir: null, tool: 'navpkg', log })
  try {
    const [before, after] = [await open(a, workspace.dir, 'a', signal), await open(b, workspace.dir, 'b', signal)]
    const keys = changedOnnxModels(before, after)
    const content = compareContents(
      { ...before, graphs: await summarize(before, keys, signal) },
      { ...after, graphs: await summarize(after, keys, signal) },
    )
    return { verdict: isDifferent(content) ? 'different' : 'same-content', a: one, b: other, content }
  } finally {
    await workspace.dispose()
  }
}

/** What {@link diffPackages} needs of the shell around it; the system's temporary folder unless another is named. */
type DiffEnvironment = Partial<Pick<Environment, 'temporaryDir' | 'log' | 'signal'>>

const SILENT: Environment['log'] = { debug: () => undefined, info: () => undefined, warn: () => undefined }

async function fingerprinted(file: string, signal: AbortSignal | undefined): Promise<PackageFile> {
  // Reading a pipe or a device might never end.
  await (await openPackageFile(file)).close()
  try {
    return await fingerprintFile(file, signal)
  } catch (error) {
    throw error instanceof NavigatorError ? error : fileUnreadable(error, file)
  }
}

type Opened = Omit<PackageContents, 'graphs'>

async function open(file: string, parent: string, name: string, signal: AbortSignal | undefined): Promise<Opened> {
  const folder = path.join(parent, name)
  const checkRoom = (bytes: number): Promise<void> => checkFreeDisk([{ folder: parent, bytes }])
  const navPackage = await openNavPackage(file, folder, { checkRoom, signal })
  const report = reportOf({ ...navPackage, sizes: entrySizes(navPackage) }, await readRecord(navPackage, folder), null)
  return {
    navPackage,
    files: new PackageFiles(navPackage),
    machine: report.machine,
    runners: report.models.flatMap(({ key, runners }) => runners.map((one) => ({ key, ...one }))),
    best: new Map(
      report.best.flatMap(({ strategy, includeSource, runtime }) =>
        includeSource || runtime === null ? [] : [[strategy, runtimeText(runtime)]],
      ),
    ),
  }
}

function runtimeText({ key, runner, batchSize }: Runtime): string {
  return `${key} on ${runner}${batchSize === null ? '' : ` at batch ${batchSize}`}`
}

/** Models that both packages hold in other files. */
function changedOnnxModels(a: Opened, b: Opened): string[] {
  const others = new Map(Object.entries(b.navPackage.status.models_status))
  const changed = Object.entries(a.navPackage.status.models_status).filter(([key, before]) => {
    const after = others.get(key)
    if (before.model_config.format !== 'onnx' || after?.model_config.format !== 'onnx') return false
    const hashes = [modelTree(a.files, key, before), modelTree(b.files, key, after)].map((files) =>
      JSON.stringify([...files].map(([name, { sha256 }]) => [name, sha256]).sort()),
    )
    return hashes[0] !== hashes[1]
  })
  return changed.map(([key]) => key)
}

/** Leaves out what cannot be read as ONNX: it is compared by its hash alone. */
async function summarize(
  { navPackage, files }: Opened,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, GraphSummary>> {
  const graphs = new Map<string, GraphSummary>()
  for (const key of keys) {
    throwIfInterrupted(signal)
    const graph = await summarizeEntry(navPackage, files, key, signal)
    if (graph !== null) graphs.set(key, graph)
  }
  return graphs
}

async function summarizeEntry(
  navPackage: NavPackage,
  files: PackageFiles,
  key: string,
  signal: AbortSignal | undefined,
): Promise<GraphSummary | null> {
  const model = navPackage.status.models_status[key]
  const entry = model === undefined ? null : modelPath(key, model)
  const file = entry === null ? undefined : files.byName.get(entry)
  if (entry === null || file === undefined || file.bytes > LARGEST_MODEL_BYTES) return null
  try {
    const graph = summarizeModel(await readFile(file.path))
    const external = new ExternalWeights(files, path.posix.dirname(entry))
    const weights = new Map<string, Weight>()
    for (const [name, weight] of graph.weights) {
      throwIfInterrupted(signal)
      weights.set(name, await external.resolve(weight))
    }
    return { ...graph, weights }
  } catch (error) {
    throwIfInterrupted(signal)
    if (error instanceof NavigatorError) return null
    throw error
  }
}

/** Finds and hashes weights that lie in other files of the package. */
class ExternalWeights {
  readonly #files: PackageFiles
  readonly #folder: string
  /** Ranges may overlap: twice the size of their file is read of each, and the rest is told apart by its place. */
  readonly #leftBytes = new Map<string, number>()
  readonly #hashes = new Map<string, string>()

  constructor(files: PackageFiles, folder: string) {
    this.#files = files
    this.#folder = folder
  }

  async resolve(weight: Weight): Promise<Weight> {
    if (weight.external === null) return weight
    const { location, offset, length } = weight.external
    checkExternalData([location])
    const file = this.#files.byName.get(path.posix.join(this.#folder, location))
    const end = length === null ? (file?.bytes ?? 0) : offset + length
    if (file === undefined || !(offset >= 0 && offset <= end && end <= file.bytes)) {
      return { ...weight, sha256: 'missing' }
    }
    const place = `${file.sha256}:${offset}-${end}`
    const sha256 = this.#hashes.get(place) ?? (await this.#hash(file, offset, end)) ?? place
    this.#hashes.set(place, sha256)
    return { ...weight, bytes: end - offset, sha256 }
  }

  async #hash(file: PackageFile, from: number, to: number): Promise<string | null> {
    const left = this.#leftBytes.get(file.path) ?? 2 * file.bytes
    if (to - from > left) return null
    this.#leftBytes.set(file.path, left - (to - from))
    const hash = createHash('sha256')
    // `end` is the last byte itself.
    if (to > from) await pipeline(createReadStream(file.path, { start: from, end: to - 1 }), hash)
    return hash.digest('hex')
  }
}
