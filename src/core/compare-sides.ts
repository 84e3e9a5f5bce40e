import { bestRuntime, eligibleRuntimes, type Runtime } from './best-runtimes.js'
import { fingerprintDifferences } from './comparison/fingerprint.js'
import { readRecord } from './inspect.js'
import type { ModelFile } from './measurement/outcome.js'
import type { NavPackage } from './nav-package/nav-package.js'
import type { ModelDescription } from './onnx/describe.js'
import { variantFile } from './package-winner.js'
import type { SessionSettings } from './plan/candidate.js'
import { winnerOf } from './report/figures.js'
import type { RunRecord } from './report/run-record.js'
import type { OpenOptions } from './nav-package/archive-file.js'
import { describeModelFile, fingerprintFile, readSubject, type Subject, withWeights } from './subject.js'

export type SideName = 'base' | 'head'

/** One of the two packages, unpacked. */
export interface Side {
  readonly name: SideName
  readonly navPackage: NavPackage
  readonly models: Subject['models']
  /** Of the run that made the package, where it fits. */
  readonly record: RunRecord | null
  /** Whether that run was made on a machine that figures of this one can be compared with. */
  readonly isTunedHere: boolean
}

/** One way in which a side serves its model. */
export interface Serving {
  readonly modelKey: string
  /** The record's candidate that won with it; null for the model as it is in the package. */
  readonly candidateId: string | null
  readonly file: ModelFile
  /** Of the file with its weights, wherever they are. */
  readonly sha256: string
  readonly bytes: number
  readonly description: ModelDescription
  /** What it was tuned to; null for default session options. */
  readonly tuned: SessionSettings | null
  /** null when the model is not batched. */
  readonly batchSize: number | null
}

/** How a side serves. */
export interface Servings {
  /** Its first model, one item at a time, at default session options. */
  readonly plain: Serving
  /** With the least latency, and with the most throughput; null when the package was not measured. */
  readonly measured: { readonly latency: Serving; readonly throughput: Serving } | null
}

/**
 * Unpacks a package and finds the record of the run that made it. Throws as `readSubject` does: `model-unsupported` for
 * a package without a model that runs here.
 */
export async function readSide(
  name: SideName,
  file: string,
  folder: string,
  options: OpenOptions & { readonly fingerprint: Readonly<Record<string, string>> },
): Promise<Side> {
  const { navPackage, models } = await readSubject({ kind: 'package', path: file }, folder, options)
  if (navPackage === null) throw new Error(`${file} was read without its package`)
  const record = await readRecord(navPackage, `${folder}/package`)
  const isTunedHere = record !== null && fingerprintDifferences(record.fingerprint, options.fingerprint).length === 0
  return { name, navPackage, models, record, isTunedHere }
}

const RUNNER = 'OnnxCPU'

/**
 * What a side serves with: the runtimes that the real Navigator's strategies choose among its rows that run here, each
 * with the file and the settings of the record's winner where that is one of them.
 */
export async function servingsOf(side: Side): Promise<Servings> {
  const keys = new Set(side.models.map(({ key }) => key))
  const runtimes = eligibleRuntimes(side.navPackage.status, false).filter(
    ({ key, runner }) => runner === RUNNER && keys.has(key),
  )
  const latency = bestRuntime(runtimes, 'min-latency', null)
  const throughput = bestRuntime(runtimes, 'max-throughput', null)
  const single = batchAxesOf(side).size > 0 ? 1 : null
  const files = new ServedFiles()
  const [first] = side.models
  const plain = await files.serve(first.key, first.file.path, single)
  if (latency === null || throughput === null) return { plain, measured: null }
  const measured = {
    latency: await servingOf(side, latency, single, files),
    throughput: await servingOf(side, throughput, single === null ? null : throughput.batchSize, files),
  }
  return { plain, measured }
}

/**
 * The axis of each input that carries the batch; none for a model that takes one size only, whatever its package says.
 * A record may be a stranger's: an axis that an input does not have is none.
 */
export function batchAxesOf({
  record,
  navPackage,
  models,
}: Pick<Side, 'record' | 'navPackage' | 'models'>): ReadonlyMap<string, number> {
  const { inputs } = models[0].description
  const proven = new Map(record?.model.inputs.map(({ name, batchAxis }) => [name, batchAxis]))
  const leading = navPackage.status.config.batch_dim === 0 ? 0 : null
  const axes = inputs.flatMap(({ name, shape }) => {
    const axis = record === null ? leading : (proven.get(name) ?? null)
    return axis === null || axis < 0 || axis >= shape.length ? [] : [{ name, axis, size: shape[axis] }]
  })
  const isFixed = axes.some(({ size }) => typeof size === 'number')
  return new Map(isFixed ? [] : axes.map(({ name, axis }) => [name, axis]))
}

async function servingOf(
  { record, models, navPackage }: Side,
  { key, runner }: Runtime,
  batchSize: number | null,
  files: ServedFiles,
): Promise<Serving> {
  const model = models.find((one) => one.key === key) ?? models[0]
  const best = record?.selection?.best
  const winner = record === null || best?.key !== key || best.runner !== runner ? null : winnerOf(record)
  if (winner === null || best === undefined) return files.serve(model.key, model.file.path, batchSize)
  const variant = winner.recipe.kind === 'as-given' ? null : variantFile(winner, navPackage)
  const ofWinner = batchSize === null || batchSize === 1 ? batchSize : best.batchSize
  const served = await files.serve(variant === null ? model.key : key, (variant ?? model.file).path, ofWinner)
  return { ...served, candidateId: winner.id, tuned: winner.settings }
}

type FileFacts = Pick<Serving, 'file' | 'sha256' | 'bytes' | 'description'>

/** Files that are served, each read once whatever it is served for. */
class ServedFiles {
  readonly #known = new Map<string, FileFacts>()

  async serve(modelKey: string, path: string, batchSize: number | null): Promise<Serving> {
    const facts = this.#known.get(path) ?? (await factsOf(path))
    this.#known.set(path, facts)
    return { modelKey, candidateId: null, tuned: null, batchSize, ...facts }
  }
}

/** A stranger's file: what it declares is looked at before native code sees it. */
async function factsOf(path: string): Promise<FileFacts> {
  const { description, weightFiles } = await describeModelFile(path)
  const file = await fingerprintFile(path)
  return { file, ...(await withWeights(file, weightFiles)), description }
}
