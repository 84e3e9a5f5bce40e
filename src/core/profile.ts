import path from 'node:path'

import { fingerprintDifferences } from './comparison/fingerprint.js'
import { batchAxesOf } from './compare-sides.js'
import { PROFILE } from './batch-measurement.js'
import type { Environment } from './environment.js'
import { NavigatorError } from './errors.js'
import { readRecord } from './inspect.js'
import type { NavPackage } from './nav-package/nav-package.js'
import { planProfile } from './plan/profile-plan.js'
import { defaultSettings } from './plan/settings.js'
import { checkFreeDisk, prepareDestination } from './platform/disk.js'
import { fingerprintOf } from './platform/fingerprint.js'
import { describeHost } from './platform/host.js'
import { saveProfiled, writeYaml } from './profile-files.js'
import { isCutShort, smallestWindow, verdictOf, withProfileRecord } from './profile-record.js'
import { isMeasured, nameOf, type ProfileRow, type ProfileRun } from './profile-run.js'
import { loadDataSet } from './profile-samples.js'
import { measureStreams } from './profile-streams.js'
import { sweepRow } from './profile-sweep.js'
import { findWinner, type Winner } from './package-winner.js'
import { overviewText } from './report/profile-figures.js'
import type { ProfileRecord } from './report/profile-record.js'
import type { RunRecord } from './report/run-record.js'
import type { ProfileRequest } from './request.js'
import { type Tools, withTools } from './run.js'
import { modelEntryPath } from './record.js'
import { readSubject, type Subject } from './subject.js'
import { NO_TIME_LEFT } from './time-budget.js'

/** What is left to parallel streams, where there are any. */
const SWEEP_SHARE = 0.8

/**
 * Measures every sample of a data set on every model and runner of a package over batch sizes, as the real Navigator's
 * `package.profile` does, and then parallel streams. A model or a sample that fails is part of the record, and so is what
 * did not fit into the time budget; the package itself is not changed. Throws NavigatorError for inputs that cannot be
 * used and machines that cannot do it.
 */
export async function profile(request: ProfileRequest, environment: Environment): Promise<ProfileRecord> {
  return withTools(request, environment, request.exclusive, async (tools) => {
    const run = await startProfile(request, tools)
    return withProfileRecord(run, tools.environment, async (keep) => {
      try {
        await sweepAll(run, tools, keep)
        await streamAll(run, tools, keep)
      } finally {
        // Also of a run that was interrupted: what there is, is whole.
        if (request.yaml !== null && run.rows.some(isMeasured)) await writeYaml(run, request.yaml)
      }
      await finish(run, tools)
    })
  })
}

async function startProfile(request: ProfileRequest, tools: Tools): Promise<ProfileRun> {
  const { environment, workspace, backend } = tools
  environment.onProgress({ kind: 'stage', stage: 'read' })
  const subject = await readSubject({ kind: 'package', path: request.package }, workspace.dir, {
    checkRoom: (bytes) => checkRoom(bytes, request, tools),
    signal: environment.signal,
  })
  const navPackage = packageOf(subject)
  const dataSet = await loadDataSet(request, subject.models[0].description.inputs, navPackage)
  for (const file of [request.output, request.yaml, environment.recordPath]) {
    if (file !== null) await prepareDestination(file)
  }
  const host = describeHost()
  const fingerprint = fingerprintOf(host, backend.version)
  const record = await readRecord(navPackage, unpackedFolder(tools))
  const batchAxes = batchAxesOf({ record, navPackage, models: subject.models })
  const notes = [...navPackage.warnings, ...subject.notes, ...dataSet.notes]
  const winner = record === null ? null : await findWinnerHere(record, navPackage, { fingerprint, ...host }, notes)
  checkBatchOptions(request, batchAxes, notes)
  return {
    ...{ request, host, fingerprint, subject, dataSet, batchAxes, notes },
    startedAt: tools.startedAt,
    runtimeVersion: backend.version,
    batchDim: navPackage.status.config.batch_dim === 0 ? 0 : null,
    concurrency: request.concurrency ?? powersUpTo(host.allowedCores),
    watch: tools.watch,
    rows: rowsOf(request, subject, winner, host.allowedCores),
    ...{ yaml: null, output: null, outcome: 'done', outcomeReason: null },
  }
}

async function checkRoom(bytes: number, { output }: ProfileRequest, { workspace }: Tools): Promise<void> {
  const inWorkspace = { folder: workspace.dir, bytes }
  await checkFreeDisk(output === null ? [inWorkspace] : [inWorkspace, { folder: path.dirname(output), bytes }])
}

function packageOf({ navPackage }: Subject): NavPackage {
  if (navPackage === null) throw new Error('a profile without a package')
  return navPackage
}

/** Where `readSubject` unpacks a package to. */
function unpackedFolder({ workspace }: Tools): string {
  return path.join(workspace.dir, 'package')
}

/** The winner of the package's record, where figures of that machine can be compared with this one's. */
async function findWinnerHere(
  record: RunRecord,
  navPackage: NavPackage,
  here: { readonly fingerprint: Readonly<Record<string, string>>; readonly allowedCores: number },
  notes: string[],
): Promise<Winner | null> {
  const found = await findWinner(record, navPackage, here.allowedCores)
  if (found === null) return null
  if ('problem' in found) {
    notes.push(`The winner in the package's record was not measured: ${found.problem}.`)
    return null
  }
  const differences = fingerprintDifferences(record.fingerprint, here.fingerprint)
  if (differences.length === 0) return found
  notes.push(
    `The winner in the package's record was not measured: it was tuned on another machine (${differences[0] ?? ''}).`,
  )
  return null
}

function checkBatchOptions(
  { batchSizes, maxBatchSize }: ProfileRequest,
  batchAxes: ReadonlyMap<string, number>,
  notes: string[],
): void {
  if (batchAxes.size > 0) return
  if (batchSizes !== null) {
    throw new NavigatorError(
      'invalid-options',
      `The batch sizes ${batchSizes.join(', ')} cannot be measured: the package says that its models are not batched. Leave batch-sizes away.`,
    )
  }
  if (maxBatchSize === null) return
  notes.push(`The largest batch size, ${maxBatchSize}, was not used: the package says that its models are not batched.`)
}

function powersUpTo(cores: number): number[] {
  return Array.from({ length: Math.floor(Math.log2(cores)) + 1 }, (_, power) => 2 ** power)
}

function rowsOf(request: ProfileRequest, subject: Subject, winner: Winner | null, allowedCores: number): ProfileRow[] {
  const { status } = packageOf(subject)
  const { formats, runners } = request
  const runnable = new Set(subject.models.map(({ key }) => key))
  const nothing = { reason: null, failureClass: null, loadMs: null, peakMemoryBytes: null } as const
  return planProfile({ status, runnable, formats, runners }).flatMap((planned): ProfileRow[] => {
    const model = subject.models.find(({ key }) => key === planned.modelKey)
    const empty = { samples: [], streams: [], ...nothing }
    const isRun = planned.skip === null && model !== undefined
    const row: ProfileRow = {
      ...planned,
      candidateId: null,
      settings: isRun ? defaultSettings(allowedCores) : null,
      file: isRun ? { ...model.file, entry: modelEntryPath({ subject }, planned.modelKey) } : null,
      ...empty,
    }
    if (!isRun || winner?.modelKey !== planned.modelKey || winner.runner !== planned.runner) return [row]
    const { candidateId, settings, file } = winner
    const own = file ?? row.file
    return [row, { ...planned, candidateId, settings, file: own, ...empty, samples: [], streams: [] }]
  })
}

async function sweepAll(run: ProfileRun, tools: Tools, keep: () => Promise<void>): Promise<void> {
  const { environment } = tools
  environment.onProgress({ kind: 'stage', stage: 'profile' })
  const share = run.concurrency.length === 0 ? 1 : SWEEP_SHARE
  const end = run.startedAt.getTime() + run.request.timeBudgetMs * share
  let isFirst = true
  for (const [index, row] of run.rows.entries()) {
    const left = run.rows.slice(index).filter(({ skip }) => skip === null).length
    const budgetMs = Math.max(0, (end - Date.now()) / Math.max(1, left))
    const rowEnd = Date.now() + budgetMs
    if (row.skip === null && (isFirst || budgetMs > 0)) {
      await sweepRow(row, run, { budgetMs, isOver: () => Date.now() >= rowEnd }, tools, keep)
      isFirst = false
    } else row.reason = row.skip ?? NO_TIME_LEFT
    const { status, reason } = verdictOf(row)
    const text = status === 'OK' ? overviewText(row.samples.map(({ measurements }) => measurements)) : (reason ?? '')
    environment.onProgress({ kind: 'row-profiled', name: nameOf(row), status, text })
    await keep()
  }
}

async function streamAll(run: ProfileRun, tools: Tools, keep: () => Promise<void>): Promise<void> {
  const rows = run.rows.filter((row) => row.candidateId === null && isMeasured(row))
  if (run.concurrency.length === 0 || rows.length === 0) return
  tools.environment.onProgress({ kind: 'stage', stage: 'streams' })
  const end = run.startedAt.getTime() + run.request.timeBudgetMs
  for (const row of rows) await measureStreams(row, run, () => Date.now() >= end, tools, keep)
}

async function finish(run: ProfileRun, tools: Tools): Promise<void> {
  const { request, rows } = run
  run.notes.push(...timeNotes(run))
  if (!rows.some((row) => row.candidateId === null && isMeasured(row))) {
    run.outcome = 'no-candidate'
    const failed = rows.map(verdictOf).find(({ status }) => status === 'FAIL') ?? verdictOf(rows[0] ?? neverRow())
    run.outcomeReason = `No model of the package could be measured: ${(failed.reason ?? '').replace(/\.$/, '')}.`
    if (request.yaml !== null) await writeYaml(run, request.yaml)
    return
  }
  if (request.output === null) return
  tools.environment.onProgress({ kind: 'stage', stage: 'save' })
  await saveProfiled(run, packageOf(run.subject), request.output, unpackedFolder(tools))
}

function neverRow(): never {
  throw new Error('a package without rows')
}

function timeNotes(run: ProfileRun): string[] {
  const smallest = smallestWindow(run)
  return [
    ...(isCutShort(run)
      ? ['Not everything fitted into the time budget; what was left out says so. A longer time-budget measures more.']
      : []),
    ...(smallest < PROFILE.windowSize
      ? [
          `Windows were cut from ${PROFILE.windowSize} to as few as ${smallest} requests, so that every sample has its time.`,
        ]
      : []),
  ]
}
