import { createHash, randomUUID } from 'node:crypto'
import path from 'node:path'

import type { Correctness, MeasuredOutcome, ModelFile, Outcome, RawSamples } from './measurement/outcome.js'
import { saveNavPackage } from './nav-package/archive-file.js'
import {
  createStatus,
  type ModelRow,
  type OptimizationProfile,
  type RunnerRow,
  type TensorMetadata,
  updateStatus,
} from './nav-package/create-status.js'
import { clashingNames, entryNameProblems, shownName } from './nav-package/entry-names.js'
import type { PackageEntry, SampleSet } from './nav-package/nav-package.js'
import type { Status } from './nav-package/status.js'
import { NO_SPELLINGS, printStatusYaml } from './nav-package/status-yaml.js'
import { addLogs } from './package-log.js'
import { shapeRanges, storedSamples } from './package-samples.js'
import { recordOf } from './record.js'
import type { Reference } from './reference.js'
import { isReproductionEntry, reproductionEntries } from './reproduction.js'
import type { Run } from './run.js'
import { PROFILE } from './batch-measurement.js'
import { fingerprintFile, type SubjectModel } from './subject.js'
import { writeNpz } from './tensors/npz.js'
import type { NamedTensors, Tensor, TensorSpec } from './tensors/tensor.js'

export interface SavedPackage {
  readonly file: ModelFile
  readonly statusSha256: string
}

/** Writes the run's package to `request.output`: what came in, this run's rows and samples, and the record beside them. */
export async function savePackage(run: Run, reference: Reference, now: Date): Promise<SavedPackage> {
  const status = statusOf(run, reference, now)
  const spellings = run.subject.navPackage?.spellings ?? NO_SPELLINGS
  const statusSha256 = createHash('sha256').update(printStatusYaml(status, spellings)).digest('hex')
  const kept = keptEntries(run)
  const entries = new Map(kept)
  if (run.subject.navPackage === null) await addModel(entries, run, reference)
  await addLogs(entries, run, now)
  for (const [name, script] of reproductionEntries(run, reference)) entries.set(name, text(script))
  for (const [name, content] of await measuredSamples(run.outcomes)) entries.set(name, memory(content))
  const winner = run.outcomes.find((outcome) => outcome.candidate.id === run.selection?.best.candidateId)
  if (winner?.status === 'measured' && winner.candidate.recipe.kind !== 'as-given') {
    entries.set(`navpkg/models/${winner.candidate.id}/model.onnx`, { kind: 'disk', file: winner.file })
  }
  run.notes.push(...giveWay(entries, kept))
  const record = { ...recordOf(run, now), statusSha256 }
  entries.set('navpkg/run-record.json', text(`${JSON.stringify(record, null, 2)}\n`))
  const file = await saveNavPackage({ status, spellings, entries, warnings: [] }, run.request.output)
  return { file, statusSha256 }
}

/** What of the incoming package stays: all but what an earlier run of ours found out, and samples that are not wanted. */
function keptEntries({ subject, request }: Run): Map<string, PackageEntry> {
  const kept = [...(subject.navPackage?.entries ?? [])].filter(
    ([name]) =>
      !/^navpkg(?:\/|$)/i.test(name) && !isReproductionEntry(name) && (request.saveData || !SAMPLE_ENTRY.test(name)),
  )
  return new Map(kept)
}

/**
 * Takes out again what was added to the entries that came in but cannot lie beside them, as a log does not beside one in
 * another case, or in a folder of a very long name: a long run must not end in a package that is refused. Gives a note.
 */
function giveWay(entries: Map<string, PackageEntry>, kept: ReadonlyMap<string, PackageEntry>): string[] {
  const added = [...entries.keys()].filter((name) => !kept.has(name))
  const left = new Set([
    ...clashingNames(added, kept.keys()),
    ...added.filter((one) => entryNameProblems([one]).length > 0),
  ])
  for (const name of left) entries.delete(name)
  if (left.size === 0) return []
  return [
    `Not in the package, as an entry of the incoming one is in the way: ${[...left].slice(0, 5).map(shownName).join(', ')}.`,
  ]
}

const SAMPLE_ENTRY = /^model_(?:input|output)\//

function statusOf(run: Run, reference: Reference, now: Date): Status {
  const origin = {
    uuid: randomUUID(),
    timestamp: now.toISOString().replace('Z', '000'),
    environment: environmentOf(run),
    targetDevice: 'cpu',
    optimizationProfile: optimizationProfileOf(run),
  } as const
  const rows = new Map(run.subject.models.map((model) => [model.key, runnerRows(run, reference, model)]))
  if (run.subject.navPackage !== null) {
    return updateStatus(run.subject.navPackage.status, { ...origin, rows, customArgs: winnerArgs(run) })
  }
  const [model] = run.subject.models
  return createStatus({
    ...origin,
    batchDim: reference.batchDim,
    sampleCount: run.samples.correctness.length,
    seed: run.request.seed,
    inputs: reference.inputs.map((spec) => metadataOf(spec, reference.requests[0], reference.batchDim)),
    outputs: reference.outputs.map((spec) => metadataOf(spec, reference.expected[0], reference.batchDim)),
    trtProfile: shapeRanges(
      reference.requests,
      reference.inputs.map(({ name }) => name),
    ),
    dataloaderMaxBatchSize: reference.batchDim === 0 ? 1 : 0,
    models: [modelRow(model, rows.get(model.key) ?? [], run)],
  })
}

/** What this run found out about a model as given; nothing when it was not tried. */
function runnerRows(run: Run, reference: Reference, { key }: SubjectModel): RunnerRow[] {
  if (run.command === 'build') return [builtRow(reference)]
  const own = run.outcomes.find((outcome) => outcome.candidate.key === key)
  if (own === undefined || (own.status === 'skipped' && run.subject.navPackage !== null)) return []
  return [runnerRow(own)]
}

/** The window is smaller than asked for where requests take long: then it says the smallest that was used. */
function optimizationProfileOf({ request, outcomes }: Run): OptimizationProfile {
  const windows = outcomes.flatMap((outcome) =>
    outcome.status === 'measured' ? outcome.profilingResults.map(({ requestCount }) => requestCount) : [],
  )
  return {
    ...PROFILE,
    windowSize: Math.min(PROFILE.windowSize, ...windows),
    maxBatchSize: request.maxBatchSize,
    batchSizes: request.batchSizes,
  }
}

function modelRow({ key, description }: SubjectModel, runners: readonly RunnerRow[], run: Run): ModelRow {
  const customArgs = winnerArgs(run).get(key) ?? {}
  return { model: { format: 'onnx', opset: description.opset }, customArgs, runners }
}

/** The winner's session settings, where the real Navigator keeps them through its own load and save. */
function winnerArgs(run: Run): ReadonlyMap<string, Record<string, unknown>> {
  const best = run.outcomes.find((outcome) => outcome.candidate.id === run.selection?.best.candidateId)
  if (best === undefined) return new Map()
  const { id, modelKey, settings, runner } = best.candidate
  return new Map([[modelKey, { navpkg: { candidate: id, runner, settings: { ...settings } } }]])
}

function runnerRow(outcome: Outcome): RunnerRow {
  const { runner } = outcome.candidate
  const base = { runner, correctnessSeconds: 0, performanceSeconds: 0, tolerances: [], profilingResults: [] }
  switch (outcome.status) {
    case 'skipped':
      return { ...base, correctness: 'SKIPPED', performance: 'SKIPPED' }
    case 'failed':
      return outcome.correctness === null || outcome.correctness.status === 'FAIL'
        ? { ...base, correctness: 'FAIL', performance: 'SKIPPED' }
        : { ...base, correctness: 'OK', tolerances: tolerancesOf(outcome.correctness), performance: 'FAIL' }
    case 'measured':
      return {
        ...base,
        correctness: 'OK',
        tolerances: tolerancesOf(outcome.correctness),
        performance: 'OK',
        performanceSeconds: measuredSeconds(outcome),
        profilingResults: outcome.profilingResults,
      }
  }
}

function tolerancesOf({ outputs }: Correctness): RunnerRow['tolerances'] {
  return outputs.map(({ name, atol, rtol }) => ({ outputName: name, atol, rtol }))
}

function measuredSeconds(outcome: MeasuredOutcome): number {
  const total = [...outcome.samples.values()].flatMap((samples) => [...samples.latencyNs])
  return total.reduce((sum, latencyNs) => sum + latencyNs, 0) / 1e9
}

function builtRow(reference: Reference): RunnerRow {
  return {
    runner: 'OnnxCPU',
    correctness: 'OK',
    tolerances: reference.outputs.map(({ name }) => ({ outputName: name, atol: 0, rtol: 0 })),
    correctnessSeconds: 0,
    performance: 'SKIPPED',
    performanceSeconds: 0,
    profilingResults: [],
  }
}

/** status.yaml's `environment`: the machine of this run. */
export function environmentOf({ host }: Pick<Run, 'host'>): Record<string, unknown> {
  return {
    cpu: { name: host.cpu, logical_cores: host.logicalCores },
    memory: `${(host.memoryBytes / 2 ** 30).toFixed(1)}G`,
    gpu: { name: 'n/a', driver_version: 'n/a', memory: 'n/a', tdp: 'n/a', cuda_version: 'n/a' },
    os: { name: 'posix', platform: host.platform, release: host.release },
    node_version: host.node,
    python_packages: {},
    libraries: {},
  }
}

/** -1 for every axis that may vary, as status.yaml writes it; the example gives the rank where the model does not. */
function metadataOf(spec: TensorSpec, example: NamedTensors | undefined, batchDim: 0 | null): TensorMetadata {
  const shape = example?.get(spec.name)?.shape ?? []
  const declared = spec.shape.length === shape.length ? spec.shape : shape.map(() => null)
  const fixed = declared.map((size, axis) => (typeof size !== 'number' || axis === batchDim ? -1 : size))
  return { name: spec.name, dtype: spec.dtype === 'string' ? 'object' : spec.dtype, shape: fixed }
}

async function addModel(entries: Map<string, PackageEntry>, run: Run, reference: Reference): Promise<void> {
  const [model] = run.subject.models
  entries.set(`${model.key}/model.onnx`, { kind: 'disk', file: model.file })
  for (const location of model.description.externalData) {
    const file = await fingerprintFile(path.join(path.dirname(model.file.path), location))
    entries.set(path.posix.join(model.key, location), { kind: 'disk', file })
  }
  if (!run.request.saveData) return
  const sets: [SampleSet, readonly NamedTensors[], readonly NamedTensors[]][] = [
    ['correctness', reference.requests, reference.expected],
    ['conversion', reference.requests.slice(0, 1), reference.expected.slice(0, 1)],
    ['profiling', [reference.profiling], [reference.profilingOutput]],
  ]
  for (const [set, inputs, outputs] of sets) {
    const stored = await Promise.all([
      storedSamples('input', set, inputs, reference.batchDim),
      storedSamples('output', set, outputs, reference.batchDim),
    ])
    for (const [name, entry] of stored.flat()) entries.set(name, entry)
  }
}

async function measuredSamples(outcomes: readonly Outcome[]): Promise<[string, Uint8Array][]> {
  const files: [string, Uint8Array][] = []
  for (const outcome of outcomes) {
    if (outcome.status !== 'measured') continue
    for (const [batchSize, samples] of outcome.samples) {
      files.push([`navpkg/samples/${outcome.candidate.id}/b${batchSize}.npz`, await writeNpz(rawArrays(samples))])
    }
  }
  return files
}

/** Arrays of requests, and of stretches of requests: where each ends, and what was lost in it. */
function rawArrays({ latencyNs, window, process, stretches }: RawSamples): NamedTensors {
  const floats = (data: Float64Array): Tensor => ({ dtype: 'float64', shape: [data.length], data })
  const integers = (data: Int32Array): Tensor => ({ dtype: 'int32', shape: [data.length], data })
  const requests: [string, Tensor][] = [
    ['latency_ns', floats(latencyNs)],
    ['process', integers(process)],
    ['window', integers(window)],
  ]
  if (stretches === undefined) return new Map(requests)
  const { end, wallNs, runQueueNs, gcNs, throttledNs } = stretches
  return new Map([
    ...requests,
    ['stretch_end', integers(end)],
    ['stretch_wall_ns', floats(wallNs)],
    ['stretch_run_queue_ns', floats(runQueueNs)],
    ['stretch_gc_ns', floats(gcNs)],
    ['stretch_throttled_ns', floats(throttledNs)],
  ])
}

const memory = (content: Uint8Array): PackageEntry => ({ kind: 'memory', content })
const text = (content: string): PackageEntry => memory(new TextEncoder().encode(content))
