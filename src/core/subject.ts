import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { access, readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

import { NavigatorError, sentencesOf, throwIfInterrupted } from './errors.js'
import type { ModelFile } from './measurement/outcome.js'
import { otherFormat } from './model-format.js'
import { type OpenOptions, openNavPackage } from './nav-package/archive-file.js'
import { recomputedKey, withResolvableKeys } from './nav-package/model-keys.js'
import { type NavPackage, onnxModels } from './nav-package/nav-package.js'
import { checkExternalData, describeModel, type ModelDescription } from './onnx/describe.js'
import { externalDataNeeds } from './onnx/external-data.js'
import { decodeModel } from './onnx/model-file.js'
import type { Source } from './request.js'

/** One serialized model to start from: its row in status.yaml and its file on disk. */
export interface SubjectModel {
  readonly key: string
  /** Whether the real Navigator finds the model under its key; else no figures may be written for that. */
  readonly isResolvable: boolean
  readonly file: ModelFile
  readonly description: ModelDescription
}

/** What is optimized: at least one model, and the package it came in when it came in one. */
export interface Subject {
  readonly models: readonly [SubjectModel, ...SubjectModel[]]
  readonly navPackage: NavPackage | null
  /** Absolute paths of the files of external weights of a user's model. */
  readonly weightFiles: readonly string[]
  /** The model's weights and graph in one hash: the file's, or of its parts when weights are external. */
  readonly sha256: string
  readonly bytes: number
  /** Models of the package that cannot run here while others can, with the reason. */
  readonly notes: readonly string[]
}

/**
 * Reads the model or unpacks the package into `workspaceDir`. Everything that native code would later open was looked
 * at here first: a file that is not ONNX, unsupported types and external weights that are missing or outside the
 * model's folder are refused with coded errors. `checkRoom` is told the size of the input before it is unpacked, and
 * `signal` stops that with the error `interrupted`.
 */
export async function readSubject(
  source: Source,
  workspaceDir: string,
  { checkRoom, signal }: OpenOptions,
): Promise<Subject> {
  if (source.kind === 'package') return readPackage(source.path, workspaceDir, { checkRoom, signal })
  const format = await otherFormat(source.path)
  if (format !== null) {
    throw new NavigatorError(
      'model-unsupported',
      `${source.path} is a ${format} model. Only ONNX models run here: export it to ONNX, or pack it as it is with navpkg build.`,
    )
  }
  const { model, weightFiles } = await readModel('onnx', source.path, source.path)
  const whole = await withWeights(model.file, weightFiles)
  await checkRoom?.(whole.bytes)
  return { models: [model], navPackage: null, weightFiles, ...whole, notes: [] }
}

/** Size and hash of a model with the files of its weights: the same graph with other weights is another model. */
export async function withWeights(
  model: ModelFile,
  weightFiles: readonly string[],
): Promise<{ sha256: string; bytes: number }> {
  if (weightFiles.length === 0) return { sha256: model.sha256, bytes: model.bytes }
  const files = [model, ...(await Promise.all(weightFiles.map((file) => fingerprintFile(file))))]
  const hash = createHash('sha256')
  for (const { sha256 } of files) hash.update(sha256)
  return { sha256: hash.digest('hex'), bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

async function readPackage(file: string, workspaceDir: string, options: OpenOptions): Promise<Subject> {
  const navPackage = withResolvableKeys(await openNavPackage(file, path.join(workspaceDir, 'package'), options))
  const models: { model: SubjectModel; weightFiles: string[] }[] = []
  const errors: NavigatorError[] = []
  for (const entry of onnxModels(navPackage)) {
    throwIfInterrupted(options.signal)
    try {
      const { model, weightFiles } = await readModel(entry.key, entry.file.path, `${entry.entry} in ${file}`)
      const isResolvable = recomputedKey(navPackage.status, entry.key) === entry.key
      models.push({ model: { ...model, isResolvable }, weightFiles })
    } catch (error) {
      if (!(error instanceof NavigatorError)) throw error
      errors.push(error)
    }
  }
  const [first, ...rest] = models
  const damaged = errors.filter((error) => error.code !== 'model-unsupported')
  if (damaged.length > 0 || (first === undefined && errors.length > 0)) throw merged(errors, file)
  if (first === undefined) throw new NavigatorError('model-unsupported', withoutOnnx(navPackage, file))
  return {
    models: [first.model, ...rest.map(({ model }) => model)],
    navPackage,
    weightFiles: [],
    ...(await withWeights(first.model.file, first.weightFiles)),
    notes: errors.map(sentencesOf),
  }
}

function merged(errors: readonly NavigatorError[], file: string): NavigatorError {
  const [only, ...others] = errors
  if (only !== undefined && others.length === 0) return only
  return new NavigatorError(only?.code ?? 'package-invalid', `Models in ${file} cannot be used.`, {
    problems: errors.map(sentencesOf),
  })
}

function withoutOnnx({ status }: NavPackage, file: string): string {
  const rows = Object.entries(status.models_status)
  const listed = rows.filter(([, model]) => model.model_config.format === 'onnx').map(([key]) => key)
  const what =
    listed.length > 0
      ? `lists ONNX models (${shortList(listed)}) but was saved without their files`
      : `has no ONNX model (framework ${status.config.framework ?? 'unknown'}; models: ${shortList(rows.map(([key]) => key))})`
  return `${file} ${what}. Only ONNX models run here: export the model to ONNX and give that file, or save the package again with it.`
}

/** The first few names and how many more there are. */
function shortList(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `${names.slice(0, 5).join(', ') || 'none'}${more}`
}

/** `label` says in errors which file it is. */
async function readModel(
  key: string,
  modelPath: string,
  label: string,
): Promise<{ model: SubjectModel; weightFiles: string[] }> {
  const bytes = await readWhole(modelPath)
  try {
    const { description, weightFiles } = await describeBytes(bytes, modelPath)
    return { model: { key, isResolvable: true, file: await fingerprintFile(modelPath), description }, weightFiles }
  } catch (error) {
    if (!(error instanceof NavigatorError)) throw error
    throw new NavigatorError(error.code, `${label}: ${error.message}`, { cause: error, problems: error.problems })
  }
}

/**
 * What an ONNX file on disk declares, and the files of its external weights, which are whole. Throws
 * `model-unsupported` for one that cannot run here, `not-onnx`, `git-lfs-pointer` or `external-data` for one that is
 * damaged or misses its weights.
 */
export async function describeModelFile(
  modelPath: string,
): Promise<{ description: ModelDescription; weightFiles: string[] }> {
  return describeBytes(await readWhole(modelPath), modelPath)
}

async function describeBytes(
  bytes: Uint8Array,
  modelPath: string,
): Promise<{ description: ModelDescription; weightFiles: string[] }> {
  const decoded = decodeModel(bytes)
  const description = describeModel(decoded)
  return { description, weightFiles: await findWeights(modelPath, externalDataNeeds(decoded)) }
}

async function readWhole(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_FS_FILE_TOO_LARGE') {
      throw new NavigatorError(
        'not-onnx',
        `${file} is larger than 2 GiB, the most an ONNX file can hold. Store its weights as external data.`,
        { cause },
      )
    }
    throw new NavigatorError('file-unreadable', `${file} cannot be read: ${String(cause)}`, { cause })
  }
}

/** `needs` is how many bytes each file must have, by its location as the model spells it. */
async function findWeights(modelPath: string, needs: ReadonlyMap<string, number>): Promise<string[]> {
  checkExternalData([...needs.keys()].sort())
  const folder = await realpath(path.dirname(modelPath))
  const found = await Promise.all([...needs].map(([location, bytes]) => findWeightFile(folder, location, bytes)))
  const problems = found.flatMap(({ problem }) => (problem === null ? [] : [problem]))
  if (problems.length > 0) {
    throw new NavigatorError(
      'external-data',
      "Its external weights cannot be used. They must lie in the model's own folder, whole and readable.",
      { problems },
    )
  }
  return found.map(({ file }) => file)
}

async function findWeightFile(
  folder: string,
  location: string,
  needBytes: number,
): Promise<{ file: string; problem: string | null }> {
  const file = path.join(folder, location)
  const problem = (why: string) => ({ file, problem: `${JSON.stringify(location)}: ${why}` })
  const target = await realpath(file).catch(() => null)
  if (target === null) return problem(`not found (looked for ${file})`)
  if (!target.startsWith(folder + path.sep)) return problem(`leads outside the folder of the model, to ${target}`)
  const facts = await stat(target)
  if (!facts.isFile()) return problem('is not a file')
  if (facts.size < needBytes) {
    const need = Number.isFinite(needBytes) ? `${needBytes} bytes` : 'an offset or length that is no whole number'
    return problem(`has ${facts.size} bytes, but the model asks for ${need}; fetch or save it again`)
  }
  const readable = await access(target, constants.R_OK).then(
    () => true,
    () => false,
  )
  return readable ? { file, problem: null } : problem('may not be read by this user')
}

/** Streams a file once for its size and SHA-256. Throws `interrupted` once `signal` says so. */
export async function fingerprintFile(file: string, signal?: AbortSignal): Promise<ModelFile> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash, { signal }).catch((error: unknown) => {
    throwIfInterrupted(signal)
    throw error
  })
  return { path: file, sha256: hash.digest('hex'), bytes: (await stat(file)).size }
}
