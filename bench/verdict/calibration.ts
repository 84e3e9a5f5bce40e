import { type Arena, type Contender, measureGeneration, timeOf } from '../../src/core/contest.js'
import { ratioInterval } from '../../src/core/measurement/rank-interval.js'
import { defaultSettings } from '../../src/core/plan/settings.js'
import { describeHost } from '../../src/core/platform/host.js'
import type { Calibration } from './kept.js'
import type { Subject } from './subjects.js'

/** How many generations are made to find the widths, and then to know what effect they have. */
export interface CalibrationAmount {
  /** Of each round; the widths are corrected after every one. */
  readonly rounds: readonly number[]
  /** Of the measurement of the effects, which goes on by as many until they are known and as wanted, up to the most. */
  readonly truth: number
  readonly mostTruth: number
  /** How near the ends of an effect's interval must be to the effect, as a share of the time. */
  readonly within: number
  /** How near an effect must be to the wanted one, as a share of it. */
  readonly asWanted: number
}

export const FULL_CALIBRATION: CalibrationAmount = {
  rounds: [6, 6, 12, 24],
  truth: 60,
  mostTruth: 480,
  within: 0.01,
  asWanted: 0.25,
}
export const QUICK_CALIBRATION: CalibrationAmount = {
  rounds: [1, 1],
  truth: 6,
  mostTruth: 6,
  within: Infinity,
  asWanted: Infinity,
}

/** A version of the model that is slower, and what it really takes. */
export type CalibratedHead = Pick<Calibration, 'effect' | 'width' | 'truth'>

/** A head beside its base, one figure per generation. */
interface MeasuredHead {
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
 * so that the choice does not flatter it. Effects that are not known then are left out: the machine is too unsteady.
 */
export async function calibrate(
  subject: Subject,
  effects: readonly number[],
  { rounds, truth, mostTruth, within, asWanted }: CalibrationAmount,
  arena: Arena,
): Promise<CalibratedHead[]> {
  let heads = effects.map((effect) => unmeasured(effect, Math.round(effect * WIDTH_PER_EFFECT)))
  for (const generations of rounds) heads = (await measureHeads(subject, heads, generations, arena)).map(corrected)
  const known: CalibratedHead[] = []
  for (let made = 0; made < mostTruth && heads.length > 0; made += truth) {
    const measured = await measureHeads(subject, heads, truth, arena)
    heads = []
    for (const head of measured) {
      const { effect, width } = head
      const found = truthOf(head)
      if (!isKnown(found, within)) heads.push(head)
      else if (Math.abs(found.ratio - 1 - effect) <= asWanted * effect) known.push({ effect, width, truth: found })
      else heads.push(corrected(head))
    }
  }
  return known
}

function unmeasured(effect: number, width: number): MeasuredHead {
  return { effect, width, baseMs: [], headMs: [] }
}

/** With the width that should have the effect, by what was found. */
function corrected(head: MeasuredHead): MeasuredHead {
  const { effect, width } = head
  const found = truthOf(head).ratio - 1
  const change = Math.min(MOST_CHANGE, Math.max(1 / MOST_CHANGE, effect / Math.max(found, effect / MOST_CHANGE)))
  return unmeasured(effect, Math.max(1, Math.round(width * change)))
}

function isKnown({ ratio, interval }: Calibration['truth'], within: number): boolean {
  return interval !== null && Math.max(interval[1] / ratio, ratio / interval[0]) <= 1 + within
}

function truthOf({ baseMs, headMs }: MeasuredHead): Calibration['truth'] {
  // How many times as fast the base is as the head.
  const { ratio, interval } = ratioInterval(headMs, baseMs)
  const digits = (value: number): number => Number(value.toPrecision(5))
  return {
    ratio: digits(ratio),
    interval: interval === null ? null : [digits(interval[0]), digits(interval[1])],
    generations: baseMs.length,
  }
}

/** Measured so many generations more. */
async function measureHeads(
  subject: Subject,
  heads: readonly MeasuredHead[],
  generations: number,
  arena: Arena,
): Promise<MeasuredHead[]> {
  const base = contender(subject, 'base', subject.basePath)
  const contenders = heads.map(({ effect, width }) => contender(subject, String(effect), subject.withWork(width)))
  const figures = new Map([base, ...contenders].map(({ id }) => [id, new Array<number>()]))
  for (let count = 0; count < generations; count++) {
    const generation = await measureGeneration([base, ...contenders], arena)
    for (const failure of generation.failures.values()) throw failure
    for (const [id, times] of figures) times.push(timeOf(generation, id, null))
  }
  const of = (id: string): readonly number[] => figures.get(id) ?? []
  return heads.map(({ effect, width, baseMs, headMs }) => ({
    effect,
    width,
    baseMs: [...baseMs, ...of('base')],
    headMs: [...headMs, ...of(String(effect))],
  }))
}

/** More than any of the models takes: they are small enough to be loaded side by side, as compare does. */
const MEMORY_BYTES = 2 ** 29

/** A file as it is measured at its own request and default session options. */
export function contender({ request }: Subject, id: string, modelPath: string): Contender {
  const settings = defaultSettings(describeHost().allowedCores)
  const unbatched = { batchAxes: new Map(), batchSizes: [null], peakMemoryBytes: MEMORY_BYTES }
  return { id, load: { modelPath, settings }, request, ...unbatched }
}
