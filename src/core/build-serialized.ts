import { createHash } from 'node:crypto'
import path from 'node:path'

import { prepareDestinations } from './destinations.js'
import type { Environment } from './environment.js'
import { NavigatorError, throwIfInterrupted } from './errors.js'
import { type ModelEntry, modelEntries } from './formats/model-entries.js'
import { withRecord } from './keep-record.js'
import type { ModelFile } from './measurement/outcome.js'
import type { TensorMetadata } from './nav-package/create-status.js'
import { keyOf, pathOf } from './nav-package/serialized-model.js'
import { checkFreeDisk } from './platform/disk.js'
import type { BuildRequest, SerializedRequest } from './request.js'
import { newRun, type RunResult } from './run.js'
import { loadSamples, type Samples, userSamples } from './samples-source.js'
import { type PackedModel, saveSerialized } from './serialized-package.js'
import { fingerprintFile, type Subject } from './subject.js'
import { DTYPES, type NamedTensors, type TensorSpec } from './tensors/tensor.js'

/**
 * Packs a model of another format than ONNX as it is: nothing of it is loaded or run, since that may run code of its
 * own. What the package says of its tensors is what the request and the samples say.
 */
export async function buildSerialized(
  request: BuildRequest,
  serialized: SerializedRequest,
  environment: Environment,
): Promise<RunResult> {
  const startedAt = new Date()
  environment.onProgress({ kind: 'stage', stage: 'read' })
  const files = await readFiles(request.source.path, pathOf(serialized.model), environment.signal)
  const bytes = files.reduce((sum, { file }) => sum + (file?.bytes ?? 0), 0)
  await checkFreeDisk([{ folder: path.dirname(request.output), bytes }])
  const samples = await samplesOf(request, serialized)
  const inputs = serialized.inputs ?? metadataFrom(samples.correctness, serialized.batching === true)
  requireBatchAxes(inputs, serialized)
  const isBatched = serialized.batching ?? [...inputs, ...serialized.outputs].every(({ shape }) => shape[0] === -1)
  const packed: PackedModel = { ...serialized, inputs, batchDim: isBatched ? 0 : null, files }
  await prepareDestinations(request, environment)
  const run = newRun({
    command: 'build',
    request,
    startedAt,
    runtimeVersion: null,
    subject: subjectOf(packed, bytes),
    samples,
    watch: null,
  })
  run.notes.push(
    `The ${serialized.model.format} model was packed as it is: only ONNX models run here, so nothing of it was checked.`,
    ...samples.notes,
    ...(isBatched ? [] : batchNote(serialized)),
    ...droppedNote(files),
  )
  return withRecord(run, environment, async () => {
    environment.onProgress({ kind: 'stage', stage: 'save' })
    const { file, statusSha256 } = await saveSerialized(run, packed, new Date())
    run.navPackage = { path: request.output, bytes: file.bytes, sha256: file.sha256 }
    run.statusSha256 = statusSha256
  })
}

function requireBatchAxes(inputs: readonly TensorMetadata[], { batching }: SerializedRequest): void {
  if (batching !== true) return
  const problems = inputs
    .filter(({ shape }) => shape.length === 0)
    .map(({ name }) => `input ${JSON.stringify(name)} has no axes, so it has none for the batch`)
  if (problems.length > 0) throw new NavigatorError('samples-invalid', 'The inputs cannot be batched.', { problems })
}

/** Samples of one batch size do not tell whether their first axis is the batch. */
function batchNote({ inputs, outputs, batching }: SerializedRequest): string[] {
  if (inputs !== null || batching !== null || !outputs.every(({ shape }) => shape[0] === -1)) return []
  return [
    'Packed as a model without batches, since the samples agree in their first axis: say --batching true if it is the batch.',
  ]
}

/** The real Navigator takes such files for its own scripts and logs wherever they lie (0.14.0, `package/loader.py`). */
function droppedNote(files: PackedModel['files']): string[] {
  const dropped = files.filter(({ name }) => /\.(?:py|sh|log)$/.test(name)).map(({ name }) => name)
  if (dropped.length === 0) return []
  return [`Files that Model Navigator leaves out when it loads the package: ${dropped.slice(0, 5).join(', ')}.`]
}

async function readFiles(model: string, entry: string, signal: AbortSignal): Promise<PackedModel['files']> {
  const fingerprint = async ({ name, file }: ModelEntry) => ({
    name,
    file: file === null ? null : await fingerprintFile(file),
  })
  try {
    const files: PackedModel['files'][number][] = []
    for (const one of await modelEntries(model, entry)) {
      files.push(await fingerprint(one))
      throwIfInterrupted(signal)
    }
    return files
  } catch (cause) {
    if (cause instanceof NavigatorError || !(cause instanceof Error && 'code' in cause)) throw cause
    throw new NavigatorError('file-unreadable', `${model} cannot be read: ${cause.message}`, { cause })
  }
}

async function samplesOf(request: BuildRequest, { inputs }: SerializedRequest): Promise<Samples> {
  if (inputs !== null) return loadSamples(request, inputs.map(specOf), null)
  if (request.samples !== null) return userSamples(request.samples, null)
  const message = 'Nothing says what the model takes. Give input metadata or samples.'
  throw new NavigatorError('invalid-options', message)
}

function specOf({ name, dtype, shape }: TensorMetadata): TensorSpec {
  const known = DTYPES.find((one) => one === dtype)
  return { name, dtype: known ?? 'string', shape: shape.map((size) => (size === -1 ? null : size)), batchAxis: null }
}

/** What the samples have in common: an axis whose size differs among them, or that is the batch, is dynamic. */
function metadataFrom(requests: readonly [NamedTensors, ...NamedTensors[]], isBatched: boolean): TensorMetadata[] {
  return [...requests[0]].map(([name, { dtype, shape }]) => {
    const sizes = shape.map((size, axis) => {
      const isFixed = requests.every((request) => request.get(name)?.shape[axis] === size)
      return isFixed && !(isBatched && axis === 0) ? size : -1
    })
    return { name, dtype: dtype === 'string' ? 'object' : dtype, shape: sizes }
  })
}

/** The model as reports see it. */
function subjectOf({ model, inputs, outputs, files }: PackedModel, bytes: number): Subject {
  const contents = files.flatMap(({ file }) => file ?? [])
  const [only, ...others] = contents
  const sha256 = only !== undefined && others.length === 0 ? only.sha256 : hashOf(files)
  const file: ModelFile = { path: contents[0]?.path ?? '', sha256, bytes }
  const description = {
    inputs: inputs.map(specOf),
    outputs: outputs.map(specOf),
    unrankedOutputs: [],
    opset: 0,
    irVersion: 0,
    externalData: [],
    producer: '',
  }
  return {
    models: [{ key: keyOf(model), isResolvable: true, file, description }],
    navPackage: null,
    weightFiles: [],
    sha256,
    bytes,
    notes: [],
  }
}

/** One hash of a folder: of the names and hashes of its files. */
function hashOf(files: PackedModel['files']): string {
  const hash = createHash('sha256')
  for (const { name, file } of files) if (file !== null) hash.update(`${name}\0${file.sha256}\n`)
  return hash.digest('hex')
}
