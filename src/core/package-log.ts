import { readFile } from 'node:fs/promises'
import path from 'node:path'

import type { Outcome } from './measurement/outcome.js'
import type { PackageEntry } from './nav-package/nav-package.js'
import { modelEntryPath } from './record.js'
import { plainText } from './report/escape.js'
import { formatMs, formatThroughput } from './report/format.js'
import type { Run } from './run.js'
import { TOOL } from './version.js'

/** A log that has grown beyond this is left as it is rather than read and written again. */
const LARGEST_LOG = 16 * 2 ** 20

/**
 * Adds what this run did to the logs of a package: to `navigator.log`, and to the `format.log` of each model that it
 * tried. What was in them stays; so do the logs of other models. Only people read them.
 */
export async function addLogs(entries: Map<string, PackageEntry>, run: Run, now: Date): Promise<void> {
  await append(entries, 'navigator.log', sessionLines(run), now)
  for (const { key } of run.subject.models) {
    const tried = run.outcomes.filter(({ candidate }) => candidate.modelKey === key)
    const lines = run.command === 'build' ? [`packed by ${TOOL.name} ${TOOL.version} without being measured`] : []
    // Not its `log_path`, which a stranger's package may lead anywhere.
    const log = path.posix.join(path.posix.dirname(modelEntryPath(run, key)), 'format.log')
    await append(entries, log, [...lines, ...tried.flatMap(outcomeLines)], now)
  }
}

async function append(
  entries: Map<string, PackageEntry>,
  name: string,
  lines: readonly string[],
  now: Date,
): Promise<void> {
  const old = entries.get(name)
  if (lines.length === 0 || old?.kind === 'folder' || (old?.kind === 'disk' && old.file.bytes > LARGEST_LOG)) return
  const before = old === undefined ? Buffer.alloc(0) : await contentOf(old)
  const gap = before.length === 0 || before.at(-1) === NEW_LINE ? '' : '\n'
  const text = lines.map((line) => `${timeText(now)} | INFO     | navpkg | ${plainText(line, 1000)}\n`).join('')
  entries.set(name, { kind: 'memory', content: Buffer.concat([before, Buffer.from(gap + text)]) })
}

const NEW_LINE = 10

async function contentOf(entry: Exclude<PackageEntry, { kind: 'folder' }>): Promise<Uint8Array> {
  return entry.kind === 'memory' ? entry.content : readFile(entry.file.path)
}

/** As the real Navigator begins a line; UTC, as its timestamps in status.yaml. */
function timeText(now: Date): string {
  return now.toISOString().replace('T', ' ').replace('Z', '')
}

function sessionLines(run: Run): string[] {
  const { request, subject, samples, host, runtimeVersion, outcomes, selection } = run
  const count = (status: Outcome['status']): number => outcomes.filter((outcome) => outcome.status === status).length
  return [
    `${TOOL.name} ${TOOL.version}: ${run.command} of ${request.name}, started ${run.startedAt.toISOString()}`,
    `model ${subject.models.map(({ key }) => key).join(', ')}, ${subject.bytes} bytes, sha256 ${subject.sha256}`,
    `on ${host.cpu}, ${host.allowedCores} of ${host.logicalCores} cores, ${host.platform} ${host.release}, ${runtimeVersion === null ? 'nothing was run' : `onnxruntime-node ${runtimeVersion}`}`,
    `${samples.correctness.length} samples (${samples.origin}), seed ${request.seed}`,
    ...(outcomes.length === 0
      ? []
      : [`${count('measured')} candidates measured, ${count('failed')} failed, ${count('skipped')} skipped`]),
    ...outcomes.flatMap(outcomeLines),
    ...(selection === null ? [] : [`best: ${selection.best.candidateId}. ${selection.reason}`]),
    ...run.notes.map((note) => `note: ${note}`),
  ]
}

/** What became of a candidate, and its figures at each batch size. */
function outcomeLines(outcome: Outcome): string[] {
  const { id, runner } = outcome.candidate
  if (outcome.status !== 'measured') return [`${id} (${runner}) ${outcome.status}: ${outcome.reason}`]
  const worst = Math.max(0, ...outcome.correctness.outputs.map(({ relativeRms }) => relativeRms))
  const correctness = `outputs ${outcome.correctness.status}, relative RMS ${worst.toExponential(1)}`
  return [
    `${id} (${runner}) measured: ${correctness}${outcome.sweepEnd === null ? '' : `; ended early: ${outcome.sweepEnd}`}`,
    ...outcome.measurements.map(({ batchSize, latencyMs, throughputPerSecond }) => {
      const latency = `p50 ${formatMs(latencyMs.p50?.value ?? null)}, mean ${formatMs(latencyMs.mean.value)}`
      return `${id} ${batchSize === null ? 'without batching' : `batch ${batchSize}`}: ${latency}, ${formatThroughput(throughputPerSecond)}`
    }),
  ]
}
