import { isDeepStrictEqual } from 'node:util'

import { MANIFEST_ENTRY } from '../nav-package/manifest.js'
import { modelTree } from '../nav-package/model-files.js'
import type { NavPackage, PackageFile } from '../nav-package/nav-package.js'
import type { PackageFiles } from '../nav-package/package-files.js'
import type { Status } from '../nav-package/status.js'
import type { GraphSummary } from '../onnx/graph-summary.js'
import {
  isUnchanged,
  type NameChanges,
  nameChanges,
  textChanges,
  type ValueChange,
  valueChanges,
  without,
} from './changes.js'
import { compareMeasurements, type MeasuredSide, type Measurements } from './measurements.js'
import { type ModelDifference, modelDifference, type ModelSide } from './model-difference.js'

/** An opened package with what was read of it. */
export interface PackageContents extends MeasuredSide {
  readonly navPackage: NavPackage
  readonly files: PackageFiles
  /** What each strategy deploys, in words for people. */
  readonly best: ReadonlyMap<string, string>
  /** Of the ONNX models that differ between the packages, by key. */
  readonly graphs: ReadonlyMap<string, GraphSummary>
}

/** How the contents of two packages differ; what is the same is left out. */
export interface ContentDifference {
  /** Format, tool, times and all else that has no part of its own. */
  readonly general: readonly ValueChange[]
  /** By tensor name: dtype and shape. */
  readonly inputs: readonly ValueChange[]
  readonly outputs: readonly ValueChange[]
  readonly config: readonly ValueChange[]
  /** The machine and the software that the package was made with. */
  readonly environment: readonly ValueChange[]
  readonly models: readonly ModelDifference[]
  readonly measurements: Measurements
  /** By strategy: the runtime it deploys. */
  readonly best: readonly ValueChange[]
  readonly samples: readonly SampleDifference[]
  readonly files: NameChanges
}

/** The samples of one folder, such as `model_input/correctness`. */
export interface SampleDifference {
  readonly folder: string
  readonly counts: { readonly a: number; readonly b: number }
  /** How many files of the same name hold something else. */
  readonly changed: number
}

/** Compares two packages part by part. */
export function compareContents(a: PackageContents, b: PackageContents): ContentDifference {
  const [one, other] = [a.navPackage.status, b.navPackage.status]
  const difference: ContentDifference = {
    general: valueChanges(generalOf(one), generalOf(other)),
    inputs: tensorChanges(one.input_metadata, other.input_metadata),
    outputs: tensorChanges(one.output_metadata, other.output_metadata),
    config: valueChanges(one.config, other.config),
    environment: valueChanges(one.environment, other.environment),
    models: modelDifferences(a, b),
    measurements: compareMeasurements(a, b),
    best: textChanges(a.best, b.best),
    samples: sampleDifferences(a.files, b.files),
    files: nameChanges(otherFiles(a), otherFiles(b), isSameFile),
  }
  if (isDifferent(difference) || isDeepStrictEqual(one, other)) return difference
  return { ...difference, general: [{ path: 'status.yaml', a: 'some values', b: 'other values' }] }
}

export function isDifferent(difference: ContentDifference): boolean {
  const { general, inputs, outputs, config, environment, models, measurements, best, samples, files } = difference
  const lists = [general, inputs, outputs, config, environment, models, measurements.rows, best, samples]
  return lists.some((list) => list.length > 0) || !isUnchanged(files)
}

function generalOf(status: Status): Record<string, unknown> {
  const rest = without(status, ['config', 'environment', 'models_status', 'input_metadata', 'output_metadata'])
  const { input_metadata: input, output_metadata: output } = status
  return { ...rest, input_metadata: without(input, ['metadata']), output_metadata: without(output, ['metadata']) }
}

/** Order counts, where the names are the same. */
function tensorChanges(a: Status['input_metadata'], b: Status['input_metadata']): ValueChange[] {
  const texts = ({ metadata }: Status['input_metadata']): Map<string, string> =>
    new Map(metadata.map(({ name, dtype, shape }) => [name, `${dtype} [${shape.join(', ').replaceAll('-1', '?')}]`]))
  const [one, other] = [texts(a), texts(b)]
  const changes = textChanges(one, other)
  const [before, after] = [one, other].map((names) => [...names.keys()].join(', '))
  const isReordered = changes.length === 0 && before !== after
  return isReordered ? [{ path: 'order', a: before ?? '', b: after ?? '' }] : changes
}

function modelDifferences(a: PackageContents, b: PackageContents): ModelDifference[] {
  const [one, other] = [modelSides(a), modelSides(b)]
  const keys = new Set([...one.keys(), ...other.keys()])
  return [...keys].flatMap((key) => modelDifference(key, one.get(key), other.get(key)) ?? [])
}

function modelSides({ navPackage, files, graphs }: PackageContents): Map<string, ModelSide> {
  const rows = Object.entries(navPackage.status.models_status)
  return new Map(
    rows.map(([key, model]) => [key, { model, files: modelTree(files, key, model), graph: graphs.get(key) ?? null }]),
  )
}

function isSameFile(a: PackageFile, b: PackageFile): boolean {
  return a.sha256 === b.sha256
}

const SAMPLE = /^(model_(?:input|output)\/[^/]+)\//

function sampleDifferences(a: PackageFiles, b: PackageFiles): SampleDifference[] {
  const [one, other] = [sampleFolders(a), sampleFolders(b)]
  return [...new Set([...one.keys(), ...other.keys()])].sort().flatMap((folder) => {
    const files = [one, other].map((side) => side.get(folder) ?? new Map<string, PackageFile>())
    const [before = new Map<string, PackageFile>(), after = new Map<string, PackageFile>()] = files
    const changes = nameChanges(before, after, isSameFile)
    if (isUnchanged(changes)) return []
    return [{ folder, counts: { a: before.size, b: after.size }, changed: changes.changed.length }]
  })
}

function sampleFolders(files: PackageFiles): Map<string, Map<string, PackageFile>> {
  const folders = new Map<string, Map<string, PackageFile>>()
  for (const [name, file] of files.byName) {
    const folder = SAMPLE.exec(name)?.[1]
    if (folder === undefined) continue
    const inFolder = folders.get(folder) ?? new Map<string, PackageFile>()
    folders.set(folder, inFolder.set(name, file))
  }
  return folders
}

/** What is neither a model nor a sample. The manifest follows from the rest. */
function otherFiles({ navPackage, files }: PackageContents): Map<string, PackageFile> {
  const models = new Set<string>()
  for (const [key, model] of Object.entries(navPackage.status.models_status)) {
    for (const name of modelTree(files, key, model).keys()) models.add(name)
  }
  const all = [...files.byName]
  return new Map(all.filter(([name]) => !models.has(name) && !SAMPLE.test(name) && name !== MANIFEST_ENTRY))
}
