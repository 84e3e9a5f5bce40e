import type { Backend, ModelSession, ProcessLimits } from './backends/backend.js'
import { BackendFailure } from './backends/backend.js'
import type { Environment } from './environment.js'
import type { MeasuredOutcome } from './measurement/outcome.js'
import type { SamplingRule } from './measurement/sampling.js'
import { blockOrder, median } from './measurement/settle.js'
import type { Reference } from './reference.js'
import { type GenerationFigures, measurementsWithin } from './selection/select.js'

const BLOCK: SamplingRule = { kind: 'block', warmupRequests: 3, minRequests: 10, minDurationMs: 150 }

export interface Settling {
  readonly backend: Backend
  readonly reference: Reference
  readonly limits: ProcessLimits
  readonly environment: Environment
  readonly generations: number
  readonly random: () => number
  /** Batch sizes with a higher p50 latency (ms) are left out; null for no limit. */
  readonly latencyBudgetMs: number | null
  /** Told of every finalist whose model fails. */
  readonly onDropout: (candidateId: string, reason: string) => void
  /** True once no further generation may start; at least one is always made. */
  readonly outOfTime: () => boolean
}

/**
 * Measures finalists against each other: in every generation each gets a fresh process, and their blocks alternate in
 * random order, since on a shared machine a stretch of time changes everything by 5 to 15 %, and one process layout can
 * carry a steady bias. A finalist that fails drops out. Returns one figure pair per generation by candidate id.
 */
export async function settle(
  finalists: readonly MeasuredOutcome[],
  settling: Settling,
): Promise<Map<string, GenerationFigures[]>> {
  const figures = new Map<string, GenerationFigures[]>()
  const alive = new Map(finalists.map((finalist) => [finalist.candidate.id, finalist]))
  for (let generation = 0; generation < settling.generations && alive.size > 1; generation++) {
    if (generation > 0 && settling.outOfTime()) break
    const { onProgress } = settling.environment
    onProgress({
      kind: 'settling',
      generation: generation + 1,
      generations: settling.generations,
      finalists: alive.size,
    })
    for (const [id, figure] of await measureGeneration([...alive.values()], settling)) {
      if (figure === null) {
        alive.delete(id)
        figures.delete(id)
      } else figures.set(id, [...(figures.get(id) ?? []), figure])
    }
  }
  return figures
}

/** Blocks per metric, finalist and generation: enough that one disturbed block does not decide. */
const ROUNDS = 3

async function measureGeneration(
  finalists: readonly MeasuredOutcome[],
  settling: Settling,
): Promise<Map<string, GenerationFigures | null>> {
  const blocks = finalists.map((outcome) => new Blocks(outcome, settling.latencyBudgetMs))
  const inOrder = (): Blocks[] => blockOrder(blocks, settling.random)
  await using sessions = new Sessions(settling, fitTogether(finalists, settling.limits))
  for (const block of inOrder()) await failing(block, () => sessions.start(block))
  for (let round = 0; round < ROUNDS; round++) {
    for (const block of inOrder()) await failing(block, () => sessions.measureRound(block))
  }
  for (const { outcome, failure } of blocks) if (failure !== null) settling.onDropout(outcome.candidate.id, failure)
  return new Map(blocks.map((block) => [block.outcome.candidate.id, block.figures()]))
}

/** Whether all may be loaded at once; else each is loaded for its blocks alone. */
function fitTogether(finalists: readonly MeasuredOutcome[], { memoryBytes }: ProcessLimits): boolean {
  // Of one whose process died nobody knows how much it took.
  return finalists.reduce((sum, { peakMemoryBytes }) => sum + (peakMemoryBytes ?? memoryBytes), 0) <= memoryBytes
}

/** The block medians of one finalist in one generation. */
class Blocks {
  readonly outcome: MeasuredOutcome
  readonly smallest: number | null
  readonly best: number | null
  readonly latenciesMs: number[] = []
  readonly throughputs: number[] = []
  /** Why its model failed; null while it is well. */
  failure: string | null = null

  constructor(outcome: MeasuredOutcome, latencyBudgetMs: number | null) {
    this.outcome = outcome
    const within = measurementsWithin(outcome, latencyBudgetMs)
    const [first, ...rest] = within.length > 0 ? within : outcome.measurements
    this.smallest = first?.batchSize ?? null
    const top = rest.reduce(
      (best, next) => (next.throughputPerSecond > (best?.throughputPerSecond ?? 0) ? next : best),
      first,
    )
    this.best = top?.batchSize ?? null
  }

  figures(): GenerationFigures | null {
    if (this.failure !== null || this.latenciesMs.length === 0) return null
    return { latencyMs: median(this.latenciesMs), throughput: median(this.throughputs) }
  }
}

/** The processes of one generation; all are closed at its end. */
class Sessions implements AsyncDisposable {
  readonly #settling: Settling
  readonly #isResident: boolean
  readonly #open = new Map<Blocks, ModelSession>()

  constructor(settling: Settling, isResident: boolean) {
    this.#settling = settling
    this.#isResident = isResident
  }

  async start(block: Blocks): Promise<void> {
    if (this.#isResident) this.#open.set(block, await this.#load(block))
  }

  async measureRound(block: Blocks): Promise<void> {
    const session = this.#open.get(block) ?? (await this.#load(block))
    try {
      const latencyMs = await this.#blockMs(session, block.smallest)
      const bestMs = block.best === block.smallest ? latencyMs : await this.#blockMs(session, block.best)
      block.latenciesMs.push(latencyMs)
      block.throughputs.push((1000 * (block.best ?? 1)) / bestMs)
    } finally {
      if (!this.#isResident) await session.close()
    }
  }

  #load({ outcome }: Blocks): Promise<ModelSession> {
    const { backend, limits, environment } = this.#settling
    const load = { modelPath: outcome.file.path, settings: outcome.candidate.settings, limits }
    return backend.load(load, environment.signal)
  }

  async #blockMs(session: ModelSession, batchSize: number | null): Promise<number> {
    const { profiling, batchAxes } = this.#settling.reference
    const raw = await session.measure({ request: profiling, batchAxes: batchAxes ?? new Map(), batchSize, rule: BLOCK })
    return median([...raw.samples.latencyNs]) / 1e6
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.values()].map((session) => session.close()))
  }
}

/** Does the next thing with a finalist that is still well; a failure of its model takes it out. */
async function failing(block: Blocks, work: () => Promise<void>): Promise<void> {
  if (block.failure !== null) return
  try {
    await work()
  } catch (error) {
    if (!(error instanceof BackendFailure)) throw error
    block.failure = error.message
  }
}
