import { type Arena, type Contender, measureGeneration, timeOf } from '../../src/core/contest.js'
import { median } from '../../src/core/measurement/statistics.js'
import { defaultSettings } from '../../src/core/plan/settings.js'
import { describeHost } from '../../src/core/platform/host.js'
import type { Subject } from './subjects.js'

/** How many generations are made to find the widths, and then to know what effect they have. */
export interface CalibrationAmount {
  /** Of each round; the widths are corrected after every one. */
  readonly rounds: readonly number[]
  readonly truth: number
  /** How near the ends of every effect's interval must be to the effect, as a share of the time. */
  readonly knownWithin: number
}

export const FULL_CALIBRATION: CalibrationAmount = { rounds: [6, 6, 12, 24], truth: 60, knownWithin: 0.01 }
export const QUICK_CALIBRATION: CalibrationAmount = { rounds: [1, 1], truth: 6, knownWithin: Infinity }

/** A version of the model that takes so much longer: a head beside its base, one figure per generation. */
export interface CalibratedHead {
  readonly effect: number
  readonly width: number
  readonly baseMs: readonly number[]
  readonly headMs: readonly number[]
}

/** An adapter this wide makes a wanted effect on one of the models; where the search begins. */
const WIDTH_PER_EFFECT = 12_000
/** The most by which one round changes a width. */
const MOST_CHANGE = 4

/**
 * Finds how wide an adapter must be for every wanted effect: all versions are measured against each other in the same
 * generations, and each width is corrected in proportion. What the last widths really do is measured apart, afterwards,
 * so that the choice does not flatter it.
 */
export async function calibrate(
  subject: Subject,
  effects: readonly number[],
  amount: CalibrationAmount,
  arena: Arena,
): Promise<CalibratedHead[]> {
  let heads = effects.map((effect) => ({ effect, width: Math.round(effect * WIDTH_PER_EFFECT) }))
  for (const generations of amount.rounds) {
    const measured = await measureHeads(subject, heads, generations, arena)
    heads = measured.map(({ effect, width, baseMs, headMs }) => {
      const found = median(headMs.map((ms, index) => ms / (baseMs[index] ?? NaN))) - 1
      const change = Math.min(MOST_CHANGE, Math.max(1 / MOST_CHANGE, effect / Math.max(found, effect / MOST_CHANGE)))
      return { effect, width: Math.max(1, Math.round(width * change)) }
    })
  }
  return measureHeads(subject, heads, amount.truth, arena)
}

async function measureHeads(
  subject: Subject,
  heads: readonly { readonly effect: number; readonly width: number }[],
  generations: number,
  arena: Arena,
): Promise<CalibratedHead[]> {
  const base = contender(subject, 'base', subject.basePath)
  const contenders = heads.map(({ effect, width }) => contender(subject, String(effect), subject.withWork(width)))
  const figures = new Map([base, ...contenders].map(({ id }) => [id, new Array<number>()]))
  for (let count = 0; count < generations; count++) {
    const generation = await measureGeneration([base, ...contenders], arena)
    for (const failure of generation.failures.values()) throw failure
    for (const [id, times] of figures) times.push(timeOf(generation, id, null))
  }
  const of = (id: string): readonly number[] => figures.get(id) ?? []
  return heads.map(({ effect, width }) => ({ effect, width, baseMs: of('base'), headMs: of(String(effect)) }))
}

/** More than any of the models takes: they are small enough to be loaded side by side, as compare does. */
const MEMORY_BYTES = 2 ** 29

/** A file as it is measured at its own request and default session options. */
export function contender({ request }: Subject, id: string, modelPath: string): Contender {
  const settings = defaultSettings(describeHost().allowedCores)
  const unbatched = { batchAxes: new Map(), batchSizes: [null], peakMemoryBytes: MEMORY_BYTES }
  return { id, load: { modelPath, settings }, request, ...unbatched }
}
