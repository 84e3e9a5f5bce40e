import type { Backend, ProcessLimits } from './backends/backend.js'
import { createOnnxRuntimeBackend } from './backends/onnxruntime/backend.js'
import { checkRoom, prepareDestinations, refuseWeightsAsOutput } from './destinations.js'
import type { Environment } from './environment.js'
import { NavigatorError, type RunOutcome } from './errors.js'
import { MachineWatch } from './machine-watch.js'
import type { Outcome } from './measurement/outcome.js'
import { savePackage } from './package-results.js'
import { defaultSettings } from './plan/settings.js'
import { readGpus } from './platform/graphics-processors.js'
import { availableMemoryBytes, describeHost, type Host } from './platform/host.js'
import { acquireHostLock } from './platform/lock.js'
import { waitForQuiet } from './platform/quiet.js'
import { resolveRuntime } from './platform/runtime-folder.js'
import { createWorkspace, type Workspace } from './platform/workspace.js'
import type { measureReference, Reference } from './reference.js'
import type { RunRecord } from './report/run-record.js'
import type { OptimizeRequest } from './request.js'
import { loadSamples, type Samples } from './samples-source.js'
import type { GenerationFigures } from './selection/select.js'
import { readSubject, type Subject } from './subject.js'

export interface RunResult {
  readonly record: RunRecord
}

/** Everything known about a run so far; filled in as the run goes on, so that a record can be written at any moment. */
export interface Run {
  readonly command: RunRecord['command']
  readonly request: OptimizeRequest
  readonly startedAt: Date
  readonly host: Host
  /** null when no model is run. */
  readonly runtimeVersion: string | null
  readonly subject: Subject
  readonly samples: Samples
  /** null when no model is run. */
  readonly watch: MachineWatch | null
  /** Of the first model that could be measured, with its candidate's id. */
  reference: Reference | null
  referenceId: string | null
  readonly outcomes: Outcome[]
  /** Of the finalists, by candidate id. */
  settled: ReadonlyMap<string, readonly GenerationFigures[]>
  selection: RunRecord['selection']
  speedUp: RunRecord['speedUp']
  harness: RunRecord['harness']
  navPackage: RunRecord['package']
  statusSha256: string | null
  outcome: RunOutcome
  outcomeReason: string | null
  readonly notes: string[]
}

export interface Tools {
  readonly backend: Backend
  readonly workspace: Workspace
  readonly environment: Environment
  readonly limits: ProcessLimits
  readonly startedAt: Date
  /** How quiet the machine is; it sees every progress event of `environment`. */
  readonly watch: MachineWatch
}

/** What a request says of the processes that models run in. */
export type RunLimits = Pick<OptimizeRequest, 'memoryLimitBytes' | 'loadTimeoutMs' | 'requestTimeoutMs' | 'workspace'> &
  // What measures nothing does not wait, and only CPUs are measured on unless a GPU is asked for.
  Partial<Pick<OptimizeRequest, 'waitForQuietMs' | 'device'>>

/**
 * The runtime, the machine's lock and a workspace for one run; the lock is taken, and a quiet machine waited for, only by
 * what measures.
 */
export async function withTools<Result>(
  request: RunLimits,
  environment: Environment,
  exclusive: OptimizeRequest['exclusive'],
  work: (tools: Tools) => Promise<Result>,
): Promise<Result> {
  const runtime = await resolveRuntime(environment, environment.log)
  const { workerPath, log } = environment
  const backend = createOnnxRuntimeBackend({
    workerPath,
    bindingPath: runtime.bindingPath,
    version: runtime.version,
    log,
  })
  const lock = await acquireHostLock(exclusive, environment.signal, log)
  try {
    await becomeQuiet(request, environment)
    // Time and memory count from here: what was waited for is not this run's.
    const startedAt = new Date()
    const limits = {
      memoryBytes: request.memoryLimitBytes ?? Math.floor(availableMemoryBytes() * 0.8),
      loadTimeoutMs: request.loadTimeoutMs,
      requestTimeoutMs: request.requestTimeoutMs,
    }
    const { temporaryDir: parent } = environment
    const workspace = await createWorkspace({ parent, userDir: request.workspace, tool: 'navpkg', log })
    try {
      const gpus = request.device === 'cuda' ? await readGpus(environment.signal) : null
      const watch = new MachineWatch(log, { gpus, hasWaited: request.waitForQuietMs != null })
      return await work({ backend, workspace, environment: watched(environment, watch), limits, startedAt, watch })
    } finally {
      await workspace.dispose()
    }
  } finally {
    await lock[Symbol.asyncDispose]()
  }
}

async function becomeQuiet({ waitForQuietMs }: RunLimits, environment: Environment): Promise<void> {
  if (waitForQuietMs == null) return
  environment.onProgress({ kind: 'stage', stage: 'quiet' })
  await waitForQuiet(waitForQuietMs, environment)
}

function watched(environment: Environment, watch: MachineWatch): Environment {
  return {
    ...environment,
    onProgress: (event) => {
      watch.see(event)
      environment.onProgress(event)
    },
  }
}

export async function startRun(command: Run['command'], request: OptimizeRequest, tools: Tools): Promise<Run> {
  tools.environment.onProgress({ kind: 'stage', stage: 'read' })
  const subject = await readSubject(request.source, tools.workspace.dir, {
    checkRoom: (bytes) => checkRoom(bytes, request, tools),
    signal: tools.environment.signal,
  })
  await refuseWeightsAsOutput(subject, request, tools.environment)
  const samples = await loadSamples(request, subject.models[0].description.inputs, subject.navPackage)
  await prepareDestinations(request, tools.environment)
  const { navPackage } = subject
  const notes = [...(navPackage?.warnings ?? []), ...subject.notes, ...otherModels(subject), ...samples.notes]
  if (samples.origin === 'random' && !request.dryRun) {
    notes.push(
      'Checked with random samples: give real ones (samples) to judge accuracy on the data the model is meant for.',
    )
  }
  const { startedAt, backend, watch } = tools
  return { ...newRun({ command, request, startedAt, runtimeVersion: backend.version, subject, samples, watch }), notes }
}

/** A run of which nothing is known but its inputs. */
export function newRun(
  start: Pick<Run, 'command' | 'request' | 'startedAt' | 'runtimeVersion' | 'subject' | 'samples' | 'watch'>,
): Run {
  return {
    ...start,
    host: describeHost(),
    reference: null,
    referenceId: null,
    outcomes: [],
    settled: new Map(),
    selection: null,
    speedUp: null,
    harness: null,
    navPackage: null,
    statusSha256: null,
    outcome: 'done',
    outcomeReason: null,
    notes: [],
  }
}

/** Models of the package in formats that are not run here: kept, not measured. */
function otherModels({ navPackage, models }: Subject): string[] {
  const keys = Object.keys(navPackage?.status.models_status ?? {})
  const others = keys.filter((key) => !models.some((model) => model.key === key))
  return others.length === 0 ? [] : [`Kept in the package without being measured: ${others.join(', ')}.`]
}

export function referenceOptions(run: Run, tools: Tools): Parameters<typeof measureReference>[3] {
  const settings = defaultSettings(run.host.allowedCores)
  const { navPackage } = run.subject
  return {
    request: run.request,
    settings,
    mayBatch: navPackage === null || navPackage.status.config.batch_dim === 0,
    limits: tools.limits,
    signal: tools.environment.signal,
  }
}

export async function finish(run: Run, tools: Tools): Promise<void> {
  tools.environment.onProgress({ kind: 'stage', stage: 'save' })
  if (run.reference === null) throw new NavigatorError('no-candidate', 'No model of the package could be run.')
  const saved = await savePackage(run, run.reference, new Date())
  run.navPackage = { path: run.request.output, bytes: saved.file.bytes, sha256: saved.file.sha256 }
  run.statusSha256 = saved.statusSha256
}
