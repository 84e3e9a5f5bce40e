import { MODEL_NAMES, type ModelName } from './subjects.js'

/** What is set of an experiment. An effect of 0 is A/A, 0.1 a head that takes 10 % longer. */
export interface Setting {
  readonly effect: number
  /** The tolerance of the gate that the experiment is judged with. */
  readonly tolerance: number
  readonly neighbour: Neighbour
}

/** Whether another process keeps one core busy meanwhile. */
export type Neighbour = 'quiet' | 'busy'

/** One experiment of the plan; `id` stays the same from run to run. */
export interface Planned extends Setting {
  readonly id: string
  readonly model: ModelName
}

/** The most that one experiment takes: the gate's own default budget. */
export const EXPERIMENT_MS = 120_000
/** How long every experiment goes on at least, whatever was said before. */
export const RECORDED_MS = 60_000

/** The effects with the tolerance each must be found at; DESIGN's figures for a quiet machine. */
export const EFFECTS = [
  { effect: 0.1, tolerance: 0.05, figure: 0.95 },
  { effect: 0.05, tolerance: 0.02, figure: 0.95 },
  { effect: 0.03, tolerance: 0.01, figure: 0.8 },
] as const

/** Five hours of experiments, in the order in which they are made. */
export function fullPlan(): Planned[] {
  return interleaved([
    { effect: 0, tolerance: 0.05, neighbour: 'quiet', count: 30 },
    { effect: 0, tolerance: 0.05, neighbour: 'busy', count: 30 },
    ...EFFECTS.flatMap(({ effect, tolerance }) => [
      { effect, tolerance, neighbour: 'quiet' as const, count: 20 },
      { effect, tolerance, neighbour: 'busy' as const, count: 10 },
    ]),
  ])
}

/** One experiment of every kind, to see that all works; the slow-down of one model only, which must be looked for. */
export function quickPlan(): Planned[] {
  const planned = interleaved([
    { effect: 0, tolerance: 0.05, neighbour: 'quiet', count: 1 },
    { effect: 0, tolerance: 0.05, neighbour: 'busy', count: 1 },
    { effect: 0.03, tolerance: 0.01, neighbour: 'quiet', count: 1 },
  ])
  return planned.map((one) => (one.effect === 0 ? one : { ...one, model: 'PP-OCR classifier' }))
}

/** `+5 %`, or `A/A` for none. */
export function effectText(effect: number): string {
  return effect === 0 ? 'A/A' : `+${Math.round(100 * effect)} %`
}

/**
 * Every setting's experiments spread evenly over the whole plan, its models in turn: whatever was done when the bench is
 * stopped is as balanced as can be, and no setting has the night to itself.
 */
function interleaved(settings: readonly (Setting & { readonly count: number })[]): Planned[] {
  const placed = settings.flatMap(({ count, ...setting }, row) =>
    Array.from({ length: count }, (_, index) => {
      const model = MODEL_NAMES[(index + row) % MODEL_NAMES.length] ?? MODEL_NAMES[0]
      const id = `${effectText(setting.effect)} ${setting.neighbour} ${index + 1}`
      return { place: (index + (row + 0.5) / settings.length) / count, planned: { ...setting, id, model } }
    }),
  )
  return placed.sort((a, b) => a.place - b.place).map(({ planned }) => planned)
}
