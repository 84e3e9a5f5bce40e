import type { Backend, ProcessLimits } from './backends/backend.js'
import { type Arena, type Contender, type Generation, measureGeneration, timeOf } from './contest.js'
import type { Environment } from './environment.js'
import type { MeasuredOutcome } from './measurement/outcome.js'
import type { Reference } from './reference.js'
import { type GenerationFigures, measurementsWithin } from './selection/select.js'

export interface Settling {
  readonly backend: Backend
  readonly reference: Reference
  readonly limits: ProcessLimits
  readonly environment: Environment
  readonly random: () => number
  /** Batch sizes with a higher p50 latency (ms) are left out; null for no limit. */
  readonly latencyBudgetMs: number | null
  /** Generations to make at most. */
  readonly generations: number
  /** Asked after every generation whether what is known is enough. */
  readonly isDecided: (figures: ReadonlyMap<string, readonly GenerationFigures[]>, generations: number) => boolean
  /** Told of every finalist whose model fails. */
  readonly onDropout: (candidateId: string, reason: string) => void
  /** True once no further generation may start; at least one is always made. */
  readonly outOfTime: () => boolean
}

/**
 * Measures finalists against each other, generation by generation, until it is decided, time is over or all generations
 * are made. A finalist that fails drops out. Returns one figure pair per generation by candidate id.
 */
export async function settle(
  finalists: readonly MeasuredOutcome[],
  settling: Settling,
): Promise<Map<string, GenerationFigures[]>> {
  const { backend, limits, random, environment, generations } = settling
  const arena: Arena = { backend, limits, random, signal: environment.signal }
  const alive = new Map(finalists.map((finalist) => [finalist.candidate.id, entrantOf(finalist, settling)]))
  const figures = new Map<string, GenerationFigures[]>()
  for (let made = 0; made < generations && alive.size > 1; made++) {
    if (made > 0 && (settling.outOfTime() || settling.isDecided(figures, made))) break
    environment.onProgress({ kind: 'settling', generation: made + 1, generations, finalists: alive.size })
    const contenders = [...alive.values()].map(({ contender }) => contender)
    const generation = await measureGeneration(contenders, arena)
    for (const [id, { message }] of generation.failures) {
      alive.delete(id)
      figures.delete(id)
      settling.onDropout(id, message)
    }
    for (const [id, entrant] of alive) figures.set(id, [...(figures.get(id) ?? []), figuresOf(entrant, generation)])
  }
  return figures
}

interface Entrant {
  readonly contender: Contender
  readonly smallest: number | null
  /** The batch size with the highest throughput. */
  readonly best: number | null
}

function entrantOf(outcome: MeasuredOutcome, { reference, latencyBudgetMs }: Settling): Entrant {
  const within = measurementsWithin(outcome, latencyBudgetMs)
  const measurements = within.length > 0 ? within : outcome.measurements
  const smallest = measurements[0]?.batchSize ?? null
  const best = measurements.reduce((most, next) => (next.throughputPerSecond > most.throughputPerSecond ? next : most))
  const contender = {
    id: outcome.candidate.id,
    load: { modelPath: outcome.file.path, settings: outcome.candidate.settings },
    request: reference.profiling,
    batchAxes: reference.batchAxes ?? new Map<string, number>(),
    batchSizes: [...new Set([smallest, best.batchSize])],
    peakMemoryBytes: outcome.peakMemoryBytes,
  }
  return { contender, smallest, best: best.batchSize }
}

function figuresOf({ contender: { id }, smallest, best }: Entrant, generation: Generation): GenerationFigures {
  return {
    latencyMs: timeOf(generation, id, smallest),
    throughput: (1000 * (best ?? 1)) / timeOf(generation, id, best),
  }
}
