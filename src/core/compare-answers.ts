import { BackendFailure, type ModelSession } from './backends/backend.js'
import type { Duel, Lane } from './compare-duels.js'
import type { CompareInputs } from './compare-inputs.js'
import type { CompareRun } from './compare-record.js'
import type { SamplingRule } from './measurement/sampling.js'
import { batchAxesOf, type Side, type SideName } from './compare-sides.js'
import { compareOutputs } from './measurement/correctness.js'
import { correctnessRecord } from './report/candidate-record.js'
import type { Tools } from './run.js'
import type { NamedTensors } from './tensors/tensor.js'

/** A side's model failed: the comparison has no result, and says whose fault that is. */
export class SideFailure extends Error {
  constructor(side: SideName, failure: BackendFailure) {
    super(`The ${side}'s model failed (${failure.failureClass}): ${failure.message.replace(/\.$/, '')}.`)
    this.name = 'SideFailure'
  }
}

/** What is compared, as it was read and chosen. */
export interface Prepared {
  readonly duels: readonly Duel[]
  readonly inputs: CompareInputs
  readonly sides: Readonly<Record<SideName, Side>>
}

/** Memory of a process of a lane at its high-water mark, bytes; null where unknown. */
export type Peaks = ReadonlyMap<Lane, number | null>

/** Answers are compared over so many samples; a comparison is of speed. */
const MOST_SAMPLES = 16
const ONCE: SamplingRule = { kind: 'block', warmupRequests: 0, minRequests: 1, minDurationMs: 0 }

/**
 * Runs every lane once at its batch size, and compares what base and head answer, which goes into `run`. Throws
 * {@link SideFailure} for a model that does not run.
 */
export async function checkAnswers(run: CompareRun, prepared: Prepared, tools: Tools): Promise<Peaks> {
  const { duels, inputs } = prepared
  const samples = inputs.correctness.slice(0, MOST_SAMPLES)
  const peaks = new Map<Lane, number | null>()
  for (const [index, { base, head }] of duels.entries()) {
    const wanted = index === 0 ? samples : []
    const [ofBase, ofHead] = [
      await tryLane('base', base, wanted, prepared, tools),
      await tryLane('head', head, wanted, prepared, tools),
    ]
    peaks.set(base, ofBase.peakMemoryBytes)
    peaks.set(head, ofHead.peakMemoryBytes)
    if (index === 0) {
      run.comparison = { ...run.comparison, size: { baseBytes: base.bytes, headBytes: head.bytes } }
      keepAccuracy(run, ofBase.answers, ofHead.answers)
    }
  }
  return peaks
}

async function tryLane(
  side: SideName,
  lane: Lane,
  samples: readonly NamedTensors[],
  { inputs, sides }: Prepared,
  { backend, limits, environment }: Tools,
): Promise<{ answers: NamedTensors[]; peakMemoryBytes: number | null }> {
  const load = { modelPath: lane.file.path, settings: lane.settings, limits }
  let session: ModelSession | null = null
  try {
    session = await backend.load(load, environment.signal)
    const answers: NamedTensors[] = []
    for (const sample of samples) answers.push(await session.infer(sample))
    const batchAxes = batchAxesOf(sides[side])
    await session.measure({ request: inputs.profiling, batchAxes, batchSize: lane.batchSize, rule: ONCE })
    return { answers, peakMemoryBytes: await session.peakMemoryBytes() }
  } catch (error) {
    throw error instanceof BackendFailure ? new SideFailure(side, error) : error
  } finally {
    await session?.close()
  }
}

function keepAccuracy(run: CompareRun, base: readonly NamedTensors[], head: readonly NamedTensors[]): void {
  const [first] = base
  if (first === undefined) return
  const pairs = base.map((expected, index) => ({ expected, got: head[index] ?? new Map() }))
  const { differences, problem } = compareOutputs(pairs, [...first.keys()])
  if (problem !== null) {
    run.notes.push(`The answers could not be compared: ${problem}.`)
    return
  }
  run.comparison = {
    ...run.comparison,
    accuracy: { outputs: correctnessRecord({ status: 'OK', outputs: differences }).outputs, samples: base.length },
  }
}
