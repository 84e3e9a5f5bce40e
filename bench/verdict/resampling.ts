/** What resampling needs of a recorded experiment: each side's figure in every generation, in the order of time. */
export interface Recorded {
  /** The model and the machine: only experiments of one kind are mixed. */
  readonly kind: string
  /** How many a whole experiment of this one's pace has. */
  readonly generations: number
  readonly baseMs: readonly number[]
  readonly headMs: readonly number[]
}

/** Generations of one block. Long enough to keep the drift and the moods of the machine that last for seconds. */
export const BLOCK = 8

/**
 * One experiment that might have been: blocks of consecutive generations, base and head together, each from a random
 * experiment of the same kind, as many in all as one of them would have. (A moving-block bootstrap: Künsch, Annals of
 * Statistics 17, 1989.) `random` gives numbers from 0 up to 1.
 */
export function resampled(recorded: readonly Recorded[], random: () => number): Recorded {
  const drawn = draw(recorded, random)
  const alike = recorded.filter(({ kind }) => kind === drawn.kind)
  const baseMs: number[] = []
  const headMs: number[] = []
  while (baseMs.length < drawn.generations) {
    const from = draw(alike, random)
    const start = Math.floor(random() * Math.max(1, from.baseMs.length - BLOCK + 1))
    const end = start + Math.min(BLOCK, from.baseMs.length, drawn.generations - baseMs.length)
    baseMs.push(...from.baseMs.slice(start, end))
    headMs.push(...from.headMs.slice(start, end))
  }
  return { ...drawn, baseMs, headMs }
}

/** One of them at random. */
export function draw<Item>(items: readonly Item[], random: () => number): Item {
  const drawn = items[Math.floor(random() * items.length)]
  if (drawn === undefined) throw new Error('there is nothing to draw from')
  return drawn
}
