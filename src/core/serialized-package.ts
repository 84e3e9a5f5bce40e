import { createHash, randomUUID } from 'node:crypto'

import { firstItem } from './batch-trial.js'
import type { ModelFile } from './measurement/outcome.js'
import { saveNavPackage } from './nav-package/archive-file.js'
import { createStatus, type RunnerRow, type TensorMetadata } from './nav-package/create-status.js'
import type { PackageEntry } from './nav-package/nav-package.js'
import { factsOf, needsGpu } from './nav-package/model-formats.js'
import type { SerializedModel } from './nav-package/serialized-model.js'
import type { Status } from './nav-package/status.js'
import { NO_SPELLINGS, printStatusYaml } from './nav-package/status-yaml.js'
import { addLogs } from './package-log.js'
import { environmentOf, type SavedPackage } from './package-results.js'
import { shapeRanges, storedSamples } from './package-samples.js'
import { recordOf } from './record.js'
import type { Run } from './run.js'
import { PROFILE } from './batch-measurement.js'
import type { NamedTensors } from './tensors/tensor.js'

/** A model that is packed without being run, with all that is said of it. */
export interface PackedModel {
  readonly model: SerializedModel
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
  readonly batchDim: 0 | null
  /** By name in the package; `file` is null for a folder. */
  readonly files: readonly { readonly name: string; readonly file: ModelFile | null }[]
}

/** Writes the package of a model that nothing was run of: its files, samples without outputs, status, logs and record. */
export async function saveSerialized(run: Run, packed: PackedModel, now: Date): Promise<SavedPackage> {
  const status = statusOf(run, packed, now)
  const statusSha256 = createHash('sha256').update(printStatusYaml(status)).digest('hex')
  const entries = new Map<string, PackageEntry>(
    packed.files.map(({ name, file }) => [name, file === null ? { kind: 'folder' } : { kind: 'disk', file }]),
  )
  for (const [name, entry] of run.request.saveData ? await sampleFiles(run, packed) : []) entries.set(name, entry)
  await addLogs(entries, run, now)
  const record = `${JSON.stringify({ ...recordOf(run, now), statusSha256 }, null, 2)}\n`
  entries.set('navpkg/run-record.json', { kind: 'memory', content: Buffer.from(record) })
  const navPackage = { status, spellings: NO_SPELLINGS, entries, warnings: [] }
  return { file: await saveNavPackage(navPackage, run.request.output), statusSha256 }
}

function statusOf(run: Run, { model, inputs, outputs, batchDim }: PackedModel, now: Date): Status {
  const { request, samples } = run
  const targetDevice = needsGpu(model.format) || request.device === 'cuda' ? 'cuda' : 'cpu'
  const runners = factsOf(model.format).runners[targetDevice].map(notRun)
  return createStatus({
    uuid: randomUUID(),
    timestamp: now.toISOString().replace('Z', '000'),
    environment: environmentOf(run),
    targetDevice,
    optimizationProfile: { ...PROFILE, maxBatchSize: null, batchSizes: null },
    batchDim,
    sampleCount: samples.correctness.length,
    seed: request.seed,
    inputs,
    outputs,
    trtProfile: shapeRanges(
      singleItems(samples.correctness, packedAxes(inputs, batchDim)),
      inputs.map(({ name }) => name),
    ),
    dataloaderMaxBatchSize: batchDim === 0 ? 1 : 0,
    models: [{ model, customArgs: {}, runners }],
  })
}

/** A row for a runner that could run the model: the real Navigator's `set_verified` needs one. */
function notRun(runner: string): RunnerRow {
  const nothing = { tolerances: [], correctnessSeconds: 0, performanceSeconds: 0, profilingResults: [] }
  return { runner, correctness: 'SKIPPED', performance: 'SKIPPED', ...nothing }
}

async function sampleFiles({ samples }: Run, { inputs, batchDim }: PackedModel): Promise<[string, PackageEntry][]> {
  const { correctness, profiling } = samples
  const axes = packedAxes(inputs, batchDim)
  const sets = [
    storedSamples('input', 'correctness', singleItems(correctness, axes), batchDim),
    storedSamples('input', 'conversion', singleItems(correctness.slice(0, 1), axes), batchDim),
    storedSamples('input', 'profiling', singleItems([profiling], axes), batchDim),
  ]
  return (await Promise.all(sets)).flat()
}

function packedAxes(inputs: readonly TensorMetadata[], batchDim: 0 | null): ReadonlyMap<string, number> {
  return batchDim === null ? new Map() : new Map(inputs.map(({ name }) => [name, batchDim]))
}

function singleItems(requests: readonly NamedTensors[], axes: ReadonlyMap<string, number>): NamedTensors[] {
  return requests.map((request) => firstItem(request, axes))
}
