import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { z } from 'zod'

import { openNavPackage } from './nav-package/archive-file.js'
import type { NavPackage, PackageEntry } from './nav-package/nav-package.js'
import { PackageFiles } from './nav-package/package-files.js'
import { type ProfilingFigures, profilingFigures } from './nav-package/profiling-figures.js'
import type { RunnerStatus, Status } from './nav-package/status.js'
import type { Strategy } from './plan/candidate.js'
import { checkFreeDisk } from './platform/disk.js'
import { parseRecord } from './report/candidate-record.js'
import { counted, headline, machineText } from './report/headline.js'
import type { RunRecord } from './report/run-record.js'
import { chooseRuntime } from './selection/strategies.js'

/** What is in a package, for people and as JSON. */
export interface PackageReport {
  readonly formatVersion: string
  /** The tool that wrote the package, and its version. */
  readonly madeBy: string
  /** When and on what machine the figures were taken, as the package says; machine null when it does not. */
  readonly measuredAt: string
  readonly machine: string | null
  /** What the run that made it found, in a sentence; null without a record of ours that fits the status. */
  readonly finding: string | null
  readonly framework: string
  readonly batching: boolean
  readonly inputs: readonly TensorReport[]
  readonly outputs: readonly TensorReport[]
  readonly models: readonly ModelReport[]
  /** The runtime each strategy deploys, by the real Navigator's rule over the rows; strategies without one are left out. */
  readonly best: readonly BestRuntime[]
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
  readonly runners: readonly RunnerReport[]
}

export interface RunnerReport {
  readonly runner: string
  readonly status: Readonly<Record<string, string>>
  /** What was measured, at default session options. */
  readonly results: readonly ProfilingFigures[]
}

export interface BestRuntime extends ProfilingFigures {
  readonly strategy: Strategy
  readonly key: string
  readonly runner: string
}

/** The strategies that need no number of the user's. */
const RANKED_STRATEGIES = ['max-throughput-and-min-latency', 'max-throughput', 'min-latency'] as const

/** Opens a package in a temporary folder and says what is in it. No code of the package runs. */
export async function inspectPackage(file: string): Promise<PackageReport> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'navpkg-inspect-'))
  try {
    const checkRoom = (bytes: number): Promise<void> => checkFreeDisk([{ folder, bytes }])
    const unpacked = path.join(folder, 'package')
    const navPackage = await openNavPackage(file, unpacked, checkRoom)
    const record = await readRecord(navPackage, unpacked)
    const isIgnored = record === null && navPackage.entries.has(RECORD_ENTRY)
    return reportOf(isIgnored ? withWarning(navPackage, RECORD_IGNORED) : navPackage, record)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What is in an opened package; `record` is the one that made it, null without one that fits. */
export function reportOf({ status, entries, warnings }: NavPackage, record: RunRecord | null): PackageReport {
  const files = new PackageFiles({ entries })
  const models = Object.entries(status.models_status).map(([key, model]) => ({
    key,
    format: model.model_config.format,
    parentKey: model.model_config.parent_key,
    bytes: model.model_config.path == null ? null : files.bytesAt(model.model_config.path),
    runners: Object.entries(model.runners_status).map(([runner, one]) => runnerReport(runner, one)),
  }))
  const navigator = z.string().safeParse(status['model_navigator_version'])
  return {
    formatVersion: status.format_version,
    madeBy: record === null ? `Model Navigator ${navigator.data ?? '?'}` : `${record.tool.name} ${record.tool.version}`,
    measuredAt: status.timestamp,
    machine: machineOf(status, record),
    finding: record === null ? null : headline(record),
    framework: status.config.framework,
    batching: status.config.batch_dim === 0,
    inputs: status.input_metadata.metadata.map(tensorReport),
    outputs: status.output_metadata.metadata.map(tensorReport),
    models,
    best: RANKED_STRATEGIES.flatMap((strategy) => bestRuntime(models, strategy) ?? []),
    entries: [...entries.values()].filter((entry) => entry.kind !== 'folder').length + 1,
    bytes: [...entries.values()].reduce((sum, entry) => sum + sizeOf(entry), 0),
    warnings,
  }
}

export const RECORD_ENTRY = 'navpkg/run-record.json'
export const RECORD_IGNORED =
  'The record in the package does not fit its status.yaml, which was written again since: ignored.'

function withWarning(navPackage: NavPackage, warning: string): NavPackage {
  return { ...navPackage, warnings: [...navPackage.warnings, warning] }
}

/** The record that made the package; null when there is none, or status.yaml was written again after it. */
export async function readRecord({ entries }: NavPackage, folder: string): Promise<RunRecord | null> {
  const entry = entries.get(RECORD_ENTRY)
  if (entry?.kind !== 'disk' || entry.file.bytes > LARGEST_RECORD) return null
  try {
    const record = parseRecord(JSON.parse(await readFile(entry.file.path, 'utf8')))
    const status = createHash('sha256').update(await readFile(path.join(folder, 'status.yaml')))
    return record.statusSha256 === status.digest('hex') ? record : null
  } catch {
    return null
  }
}

const LARGEST_RECORD = 64 * 2 ** 20

const cpuSchema = z.object({ name: z.string(), logical_cores: z.number().nullish() })

function machineOf({ environment }: Status, record: RunRecord | null): string | null {
  if (record !== null) return machineText(record.host)
  const { data } = cpuSchema.safeParse(environment['cpu'])
  if (data === undefined) return null
  return data.logical_cores == null ? data.name : `${data.name}, ${counted(data.logical_cores, 'core')}`
}

function runnerReport(runner: string, { status, result }: RunnerStatus): RunnerReport {
  return { runner, status, results: status['Performance'] === 'OK' ? profilingFigures(result) : [] }
}

/** What a strategy deploys of these models, by the real Navigator's rule; null when it finds none. */
export function bestRuntime(models: readonly ModelReport[], strategy: Strategy): BestRuntime | null {
  const runners = models.flatMap(({ key, runners }) => runners.map((one) => ({ key, ...one })))
  const rows = runners
    .filter(({ status }) => status['Correctness'] === 'OK' && status['Performance'] === 'OK')
    .map(({ key, runner, results }) => ({
      candidateId: key,
      key,
      runner,
      results: results.map((one) => ({
        batchSize: one.batchSize,
        p50Latency: one.p50LatencyMs,
        throughput: one.throughputPerSecond,
      })),
    }))
  const choice = chooseRuntime(rows, strategy, null)
  const row = runners.find(({ key, runner }) => key === choice?.key && runner === choice.runner)
  const result = row?.results.find(({ batchSize }) => batchSize === choice?.batchSize)
  return row === undefined || result === undefined ? null : { strategy, key: row.key, runner: row.runner, ...result }
}

const tensorReport = ({ name, dtype, shape }: TensorReport): TensorReport => ({ name, dtype, shape })

function sizeOf(entry: PackageEntry): number {
  switch (entry.kind) {
    case 'disk':
      return entry.file.bytes
    case 'memory':
      return entry.content.length
    case 'folder':
      return 0
  }
}
