import type { Backend, LoadRequest, ModelSession, ProcessLimits } from './backends/backend.js'
import { BackendFailure } from './backends/backend.js'
import { blockOrder } from './measurement/block-order.js'
import { median } from './measurement/statistics.js'
import type { SamplingRule } from './measurement/sampling.js'
import type { NamedTensors } from './tensors/tensor.js'

/** One way to serve a model, measured against others. */
export interface Contender {
  readonly id: string
  readonly load: Omit<LoadRequest, 'limits'>
  /** One request at batch 1, or as given when the model is not batched. */
  readonly request: NamedTensors
  readonly batchAxes: ReadonlyMap<string, number>
  /** What to measure it at; null when the model is not batched. */
  readonly batchSizes: readonly (number | null)[]
  /** What its process is known to take, bytes; null where unknown. */
  readonly peakMemoryBytes: number | null
}

/** What is needed to run contenders. */
export interface Arena {
  readonly backend: Backend
  readonly limits: ProcessLimits
  readonly signal: AbortSignal
  /** Orders processes and blocks; from 0 up to 1. */
  readonly random: () => number
}

/** What one set of fresh processes gave. */
export interface Generation {
  /** Median latency of every block in milliseconds per request, in order of rounds, by {@link laneOf}. */
  readonly blocksMs: ReadonlyMap<string, readonly number[]>
  /** Why a contender's model failed, by its id; it has no blocks then. */
  readonly failures: ReadonlyMap<string, BackendFailure>
  readonly durationMs: number
}

/** Names a contender at a batch size. */
function laneOf(contenderId: string, batchSize: number | null): string {
  return `${contenderId} at ${batchSize ?? 'no'} batch`
}

/** What a contender took in a generation, in milliseconds per request: the median of its blocks' medians. */
export function timeOf({ blocksMs }: Generation, contenderId: string, batchSize: number | null): number {
  return median(blocksMs.get(laneOf(contenderId, batchSize)) ?? [])
}

/** Blocks per lane and generation: enough that one disturbed block does not decide. */
const ROUNDS = 3
/**
 * A block ends when it has as many requests as a median needs, unless they take too long. Its warm-up: a process that
 * gets its turn may find its threads on one core, each request taking twice as long until the kernel spreads them.
 */
const BLOCK: SamplingRule = {
  kind: 'block',
  warmupRequests: 0,
  warmupMs: 50,
  minRequests: 5,
  minDurationMs: 60,
  maxDurationMs: 400,
}
const WARM_UP: SamplingRule = { ...BLOCK, warmupMs: 0, minRequests: 3 }

/**
 * Measures contenders against each other in fresh processes: all start in random order, then their blocks of requests
 * alternate in random order, since on a shared machine a stretch of time changes everything by 5 to 15 %, and one
 * process layout can carry a steady bias. A contender whose model fails drops out. Processes that do not fit into memory
 * together are loaded for each block. Throws `interrupted`, and what is no failure of a model.
 */
export async function measureGeneration(contenders: readonly Contender[], arena: Arena): Promise<Generation> {
  const startedMs = performance.now()
  const lanes = contenders.flatMap((contender) =>
    contender.batchSizes.map((batchSize): Lane => ({ contender, batchSize, blocksMs: [] })),
  )
  await using seats = new Seats(arena, fitTogether(contenders, arena.limits))
  for (const contender of blockOrder(contenders, arena.random)) await seats.start(contender)
  for (let round = 0; round < ROUNDS; round++) {
    for (const lane of blockOrder(lanes, arena.random)) await seats.measureBlock(lane)
  }
  const well = lanes.filter(({ contender }) => !seats.failures.has(contender.id))
  return {
    blocksMs: new Map(well.map((lane) => [laneOf(lane.contender.id, lane.batchSize), lane.blocksMs])),
    failures: seats.failures,
    durationMs: performance.now() - startedMs,
  }
}

interface Lane {
  readonly contender: Contender
  readonly batchSize: number | null
  readonly blocksMs: number[]
}

/** Whether all may be loaded at once; else each is loaded for its blocks alone. */
function fitTogether(contenders: readonly Contender[], { memoryBytes }: ProcessLimits): boolean {
  // Of one whose process died nobody knows how much it took.
  return contenders.reduce((sum, { peakMemoryBytes }) => sum + (peakMemoryBytes ?? memoryBytes), 0) <= memoryBytes
}

/** The processes of one generation; all are closed at its end. */
class Seats implements AsyncDisposable {
  readonly failures = new Map<string, BackendFailure>()
  readonly #arena: Arena
  readonly #isResident: boolean
  readonly #sessions = new Map<string, ModelSession>()

  constructor(arena: Arena, isResident: boolean) {
    this.#arena = arena
    this.#isResident = isResident
  }

  async start(contender: Contender): Promise<void> {
    if (!this.#isResident) return
    await this.#failing(contender, async () => {
      const session = await this.#load(contender)
      this.#sessions.set(contender.id, session)
    })
  }

  async measureBlock({ contender, batchSize, blocksMs }: Lane): Promise<void> {
    await this.#failing(contender, async () => {
      const session = this.#sessions.get(contender.id) ?? (await this.#load(contender))
      try {
        blocksMs.push(await blockMs(session, contender, batchSize, BLOCK))
      } finally {
        if (!this.#isResident) await session.close()
      }
    })
  }

  /** Loaded and warm at every batch size. */
  async #load(contender: Contender): Promise<ModelSession> {
    const { backend, limits, signal } = this.#arena
    const session = await backend.load({ ...contender.load, limits }, signal)
    try {
      for (const batchSize of contender.batchSizes) await blockMs(session, contender, batchSize, WARM_UP)
      return session
    } catch (error) {
      await session.close()
      throw error
    }
  }

  /** Does the next thing with a contender that is still well; a failure of its model takes it out. */
  async #failing(contender: Contender, work: () => Promise<void>): Promise<void> {
    if (this.failures.has(contender.id)) return
    try {
      await work()
    } catch (error) {
      if (!(error instanceof BackendFailure)) throw error
      this.failures.set(contender.id, error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()))
  }
}

async function blockMs(
  session: ModelSession,
  { request, batchAxes }: Contender,
  batchSize: number | null,
  rule: SamplingRule,
): Promise<number> {
  const { samples } = await session.measure({ request, batchAxes, batchSize, rule })
  return median(samples.latencyNs) / 1e6
}
