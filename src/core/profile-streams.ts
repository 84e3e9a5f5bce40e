import { BackendFailure, type ModelSession } from './backends/backend.js'
import { firstItem } from './batch-trial.js'
import { streamFigures } from './measurement/streams.js'
import type { SamplingRule } from './measurement/sampling.js'
import { estimateQuantile } from './measurement/statistics.js'
import { nameOf, type ProfileRow, type ProfileRun, type SampleRow } from './profile-run.js'
import { estimateRecord } from './report/candidate-record.js'
import type { StreamRow } from './report/profile-record.js'
import { formatBytes } from './report/format.js'
import type { Tools } from './run.js'
import { NO_TIME_LEFT } from './time-budget.js'

/** How long streams are measured together at least; all must have some requests in it. */
const STRETCH_MS = 1000
const REQUESTS = 20
const LONGEST_STRETCH_MS = 10_000

/**
 * Serves one row's profiling sample by more and more streams at once, as a server with so many instances of the model
 * does: each in a process of its own with its share of the cores, one request after the other. All are loaded and warm
 * before they are measured, over the same stretch of time, at the smallest and at the best batch size.
 */
export async function measureStreams(
  row: ProfileRow,
  run: ProfileRun,
  isOver: () => boolean,
  tools: Tools,
  keep: () => Promise<void>,
): Promise<void> {
  const sampleRow = row.samples.find(({ sample }) => sample.id === run.dataSet.profilingId)
  if (sampleRow === undefined || sampleRow.measurements.length === 0) return
  for (const { batchSize, latencyMs } of batchesOf(sampleRow)) {
    for (const streams of run.concurrency) {
      const threadsPerStream = Math.max(1, Math.floor(run.host.allowedCores / streams))
      const lane = { streams, threadsPerStream, batchSize, sampleId: sampleRow.sample.id }
      const why = isOver() ? NO_TIME_LEFT : whyTooLarge(row, streams, tools)
      const context = { row, run, sampleRow, lane, latencyMs, tools }
      row.streams.push(why === null ? await measureLane(context) : { ...lane, figures: null, reason: why })
      tools.environment.onProgress({ kind: 'streams-measured', name: nameOf(row), streams, batchSize })
      await keep()
    }
  }
}

function batchesOf({ measurements }: SampleRow): { batchSize: number | null; latencyMs: number }[] {
  const [smallest, ...rest] = measurements
  if (smallest === undefined) return []
  const best = rest.reduce((a, b) => (b.throughputPerSecond > a.throughputPerSecond ? b : a), smallest)
  return [...new Set([smallest, best])].map(({ batchSize, latencyMs }) => ({
    batchSize,
    latencyMs: latencyMs.mean.value,
  }))
}

/** Every stream holds the model once more. */
function whyTooLarge({ peakMemoryBytes }: ProfileRow, streams: number, { limits }: Tools): string | null {
  const bytes = (peakMemoryBytes ?? 0) * streams
  if (bytes <= limits.memoryBytes) return null
  return `${streams} streams would take about ${formatBytes(bytes)} of memory, more than the limit of ${formatBytes(limits.memoryBytes)}`
}

interface LaneContext {
  readonly row: ProfileRow
  readonly run: ProfileRun
  readonly sampleRow: SampleRow
  readonly lane: Omit<StreamRow, 'figures' | 'reason'>
  /** Of one request, while it was served alone. */
  readonly latencyMs: number
  readonly tools: Tools
}

async function measureLane({ row, run, sampleRow, lane, latencyMs, tools }: LaneContext): Promise<StreamRow> {
  const { streams, threadsPerStream, batchSize } = lane
  const oversubscribed = Math.max(1, (streams * threadsPerStream) / run.host.allowedCores)
  const slowdown = (run.host.allowedCores / threadsPerStream) * oversubscribed
  const stretchMs = Math.min(LONGEST_STRETCH_MS, Math.max(STRETCH_MS, REQUESTS * latencyMs * slowdown))
  const { batchAxes } = run
  const measure = { request: firstItem(sampleRow.sample.request, batchAxes), batchAxes, batchSize }
  const sessions: ModelSession[] = []
  try {
    const loaded = await Promise.allSettled(
      Array.from({ length: streams }, async () => {
        const session = await loadStream(row, lane, tools)
        sessions.push(session)
        await session.measure({ ...measure, rule: blockOf(0) })
      }),
    )
    // Only now all are known that must be closed.
    const failed = loaded.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    // Sent to all at once: what one does before the last has begun is not counted.
    const raw = await Promise.all(sessions.map((one) => one.measure({ ...measure, rule: blockOf(stretchMs) })))
    return {
      ...lane,
      ...resultOf(
        raw.map(({ samples, span }) => ({ latencyNs: samples.latencyNs, ...span })),
        batchSize,
      ),
    }
  } catch (error) {
    if (!(error instanceof BackendFailure)) throw error
    return { ...lane, figures: null, reason: error.message }
  } finally {
    await Promise.all(sessions.map((session) => session.close()))
  }
}

async function loadStream(
  { file, settings }: ProfileRow,
  { streams, threadsPerStream }: LaneContext['lane'],
  { backend, limits, environment }: Tools,
): Promise<ModelSession> {
  if (file === null || settings === null) throw new Error('a row that was measured has no file')
  const own = { ...limits, memoryBytes: Math.floor(limits.memoryBytes / streams) }
  const load = { modelPath: file.path, settings: { ...settings, intraOpThreads: threadsPerStream }, limits: own }
  return backend.load(load, environment.signal)
}

function blockOf(minDurationMs: number): SamplingRule {
  return { kind: 'block', warmupRequests: 0, minRequests: 2, minDurationMs }
}

function resultOf(
  streams: Parameters<typeof streamFigures>[0],
  batchSize: number | null,
): Pick<StreamRow, 'figures' | 'reason'> {
  const figures = streamFigures(streams)
  if (figures === null) return { figures: null, reason: 'the streams were never busy at the same time' }
  const latencyMs = figures.latencyNs.map((latency) => latency / 1e6)
  const [p50, p99] = [estimateQuantile(latencyMs, 0.5), estimateQuantile(latencyMs, 0.99)]
  return {
    reason: null,
    figures: {
      overlapMs: figures.overlapNs / 1e6,
      requestCount: latencyMs.length,
      throughputPerSecond: figures.requestsPerSecond * (batchSize ?? 1),
      p50LatencyMs: p50 === null ? null : estimateRecord(p50),
      p99LatencyMs: p99 === null ? null : estimateRecord(p99),
    },
  }
}
