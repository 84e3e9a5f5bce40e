import { BackendFailure, type ModelSession } from './backends/backend.js'
import { type BatchTime, measureBatch, newSweep, PROFILE } from './batch-measurement.js'
import { firstItem } from './batch-trial.js'
import type { ProfilingResult } from './measurement/outcome.js'
import { batchSchedule } from './plan/batch-sizes.js'
import { nameOf, type ProfileRow, type ProfileRun, type SampleRow } from './profile-run.js'
import type { Tools } from './run.js'
import { NO_TIME_LEFT } from './time-budget.js'
import { typicalLatencyMs } from './report/figures.js'

/** What a row may take. */
export interface RowTime {
  readonly budgetMs: number
  /** True once it is used up. */
  readonly isOver: () => boolean
}

/** Into how many batch sizes of every sample a row's time is divided, where there are many samples. */
const SHARES = 3
/** Below this a measurement is too short to say anything. */
const SHORTEST_MS = 50

/** Three windows of so many give a median with an interval; where even that does not fit, samples are left out. */
const SMALLEST_WINDOW = 5

/**
 * Measures every sample on one row, all of them at the smallest batch size first and then at each larger one while their
 * throughput grows, so that all samples have figures before time runs out. One process serves them, as one layout of a
 * process can be faster than another; where the model kills it, the next sample gets a new one. What fails and what did
 * not fit is kept with its reason. `keep` is called after every measurement.
 */
export async function sweepRow(
  row: ProfileRow,
  run: ProfileRun,
  time: RowTime,
  tools: Tools,
  keep: () => Promise<void>,
): Promise<void> {
  await using seat = new Seat(row, tools)
  const sweeps = run.dataSet.samples.map((sample) => sweepOf(sample, row, run))
  const perBatchMs = time.budgetMs / sweeps.length / SHARES
  const batchTime: BatchTime = {
    minDurationMs: Math.max(SHORTEST_MS, Math.min(PROFILE.minDurationMs, perBatchMs)),
    maxDurationMs: Math.max(SHORTEST_MS, Math.min(PROFILE.maxDurationMs, perBatchMs)),
    smallestWindow: SMALLEST_WINDOW,
  }
  let isFirst = true
  for (const batchSize of scheduleOf(run)) {
    const open = sweeps.filter(({ isOpen }) => isOpen)
    if (open.length === 0) break
    for (const sweep of open) {
      if (!isFirst && time.isOver()) sweep.close(NO_TIME_LEFT, false)
      else {
        await measureOne(sweep, batchSize, { row, run, seat, batchTime, tools })
        await keep()
      }
      isFirst = false
    }
  }
  row.peakMemoryBytes = await seat.peakMemoryBytes()
}

function scheduleOf({ batchAxes, request }: ProfileRun): (number | null)[] {
  const { batchSizes, maxBatchSize } = request
  return batchSchedule({ hasBatchAxis: batchAxes.size > 0, batchSizes, maxBatchSize })
}

interface Context {
  readonly row: ProfileRow
  readonly run: ProfileRun
  readonly seat: Seat
  readonly batchTime: BatchTime
  readonly tools: Tools
}

async function measureOne(sweep: SampleSweep, batchSize: number | null, context: Context): Promise<void> {
  const { row, run, seat, batchTime, tools } = context
  const { sampleRow } = sweep
  const { sample, measurements } = sampleRow
  try {
    const session = await seat.session()
    const serving = { request: firstItem(sample.request, run.batchAxes), batchAxes: run.batchAxes }
    const { measurement, result } = await measureBatch(session, serving, batchSize, measurements.at(-1), batchTime)
    sweep.add(measurement.throughputPerSecond, { ...result, sampleId: sample.id })
    measurements.push(measurement)
    tools.environment.onProgress({
      kind: 'sample-measured',
      name: nameOf(row),
      sample: sample.id,
      samples: run.dataSet.samples.length,
      batchSize,
      p50Ms: typicalLatencyMs(measurement),
    })
  } catch (error) {
    if (!(error instanceof BackendFailure)) throw error
    const at = measurements.length === 0 ? '' : `batch size ${batchSize ?? 1}: `
    sweep.close(`${at}${error.message}`, true)
    row.failureClass ??= error.failureClass
    await seat.leaveIfDead(error)
  }
}

/** A sample on its way through the batch sizes. */
interface SampleSweep {
  readonly sampleRow: SampleRow
  readonly isOpen: boolean
  add(throughput: number, result: ProfilingResult): void
  close(reason: string, hasFailed: boolean): void
}

function sweepOf(sample: SampleRow['sample'], row: ProfileRow, run: ProfileRun): SampleSweep {
  const sampleRow: SampleRow = { sample, measurements: [], results: [], reason: null, hasFailed: false }
  row.samples.push(sampleRow)
  const results: ProfilingResult[] = []
  const saturation = newSweep(run.request)
  let isOpen = true
  return {
    sampleRow,
    get isOpen() {
      return isOpen
    },
    add(throughput, result) {
      results.push(result)
      if (saturation.offer(throughput) === 'stop') isOpen = false
      sampleRow.results = navigatorRows(results.slice(0, saturation.recorded()), run)
    },
    close(reason, hasFailed) {
      isOpen = false
      sampleRow.reason = reason
      sampleRow.hasFailed = hasFailed
    },
  }
}

/** A model whose batch axes the format cannot express has one row, its batch of 1, without a batch size. */
function navigatorRows(results: readonly ProfilingResult[], { batchDim }: ProfileRun): readonly ProfilingResult[] {
  if (batchDim === 0) return results
  return results
    .filter(({ batchSize }) => batchSize === null || batchSize === 1)
    .map((one) => ({ ...one, batchSize: null }))
}

/** The process that serves a row, made when it is needed. */
class Seat implements AsyncDisposable {
  readonly #row: ProfileRow
  readonly #tools: Tools
  #session: ModelSession | null = null
  /** A model that does not load once is not tried again. */
  #failure: BackendFailure | null = null

  constructor(row: ProfileRow, tools: Tools) {
    this.#row = row
    this.#tools = tools
  }

  async session(): Promise<ModelSession> {
    if (this.#failure !== null) throw this.#failure
    if (this.#session !== null) return this.#session
    const { file, settings } = this.#row
    if (file === null || settings === null) throw new Error(`${nameOf(this.#row)} cannot be run`)
    const { backend, limits, environment } = this.#tools
    try {
      this.#session = await backend.load({ modelPath: file.path, settings, limits }, environment.signal)
    } catch (error) {
      if (error instanceof BackendFailure) this.#failure = error
      throw error
    }
    this.#row.loadMs ??= this.#session.loadMs
    return this.#session
  }

  async leaveIfDead({ failureClass }: BackendFailure): Promise<void> {
    if (!DEADLY.has(failureClass)) return
    await this.#session?.close()
    this.#session = null
  }

  async peakMemoryBytes(): Promise<number | null> {
    return (await this.#session?.peakMemoryBytes()) ?? null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session?.close()
  }
}

const DEADLY: ReadonlySet<string> = new Set(['crashed', 'timeout', 'out-of-memory'])
