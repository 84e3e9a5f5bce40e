import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

import { NavigatorError } from './errors.js'
import type { ModelFile } from './measurement/outcome.js'
import { openNavPackage } from './nav-package/archive-file.js'
import { type NavPackage, onnxModels } from './nav-package/nav-package.js'
import { checkExternalData, describeModel, type ModelDescription } from './onnx/describe.js'
import { decodeModel } from './onnx/model-file.js'
import type { Source } from './request.js'

/** One serialized model to start from: its row in status.yaml and its file on disk. */
export interface SubjectModel {
  readonly key: string
  readonly file: ModelFile
  readonly description: ModelDescription
}

/** What is optimized: at least one model, and the package it came in when it came in one. */
export interface Subject {
  readonly models: readonly [SubjectModel, ...SubjectModel[]]
  readonly navPackage: NavPackage | null
  /** The model's weights and graph in one hash: the file's, or of its parts when weights are external. */
  readonly sha256: string
  readonly bytes: number
}

/**
 * Reads the model or unpacks the package into `workspaceDir`. Everything that native code would later open was looked
 * at here first: a file that is not ONNX, unsupported types and external weights outside the model's folder are
 * refused with coded errors.
 */
export async function readSubject(source: Source, workspaceDir: string): Promise<Subject> {
  if (source.kind === 'model') {
    const model = await readModel('onnx', source.path)
    return { models: [model], navPackage: null, sha256: model.file.sha256, bytes: model.file.bytes }
  }
  const navPackage = await openNavPackage(source.path, path.join(workspaceDir, 'package'))
  const [first, ...rest] = await Promise.all(
    onnxModels(navPackage).map((model) => readModel(model.key, model.file.path)),
  )
  if (first === undefined) {
    const formats = Object.keys(navPackage.status.models_status).join(', ') || 'none'
    throw new NavigatorError(
      'model-unsupported',
      `The package holds no ONNX model file (models in status.yaml: ${formats}). ` +
        'Export the model to ONNX, or give the ONNX file itself.',
    )
  }
  return { models: [first, ...rest], navPackage, sha256: first.file.sha256, bytes: first.file.bytes }
}

async function readModel(key: string, modelPath: string): Promise<SubjectModel> {
  const description = describeModel(decodeModel(await readWhole(modelPath)))
  await requireExternalData(modelPath, description.externalData)
  return { key, file: await fingerprintFile(modelPath), description }
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

async function requireExternalData(modelPath: string, locations: readonly string[]): Promise<void> {
  checkExternalData(locations)
  const folder = await realpath(path.dirname(modelPath))
  const problems: string[] = []
  for (const location of locations) {
    const target = await realpath(path.join(folder, location)).catch(() => null)
    if (target === null) problems.push(`${location}: not found beside the model`)
    else if (!target.startsWith(folder + path.sep)) problems.push(`${location}: leads outside the model's folder`)
  }
  if (problems.length > 0) {
    throw new NavigatorError(
      'external-data',
      `External weights of ${path.basename(modelPath)} cannot be used; they must lie in the model's own folder.`,
      { problems },
    )
  }
}

/** Streams a file once for its size and SHA-256. */
export async function fingerprintFile(file: string): Promise<ModelFile> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return { path: file, sha256: hash.digest('hex'), bytes: (await stat(file)).size }
}
