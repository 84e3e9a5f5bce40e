import { median } from '../../src/core/measurement/statistics.js'
import { draw, type Recorded } from './resampling.js'

/**
 * How ordinary benchmark actions decide: a figure of this run against that of the last one, red when their ratio is
 * above a fixed one. They are given the gate's tolerance; by default github-action-benchmark alerts at 200 %, which
 * finds nothing of the sizes tried here, and people set 105 to 110 %.
 */
export function isRed(base: number, head: number, tolerance: number): boolean {
  return head / base > 1 + tolerance
}

/** A base figure and a head figure, as such an action gets them. */
export type Pairing = (recorded: readonly Recorded[], random: () => number) => { base: number; head: number }

/** What these actions could be comparing, from what they do to what would be kind to them. */
export const PAIRINGS: ReadonlyMap<string, Pairing> = new Map([
  [
    'one process each, at different times',
    (recorded, random) => {
      const { first, second } = twoOf(recorded, random)
      return { base: draw(first.baseMs, random), head: draw(second.headMs, random) }
    },
  ],
  [
    'the median of a minute each, at different times',
    (recorded, random) => {
      const { first, second } = twoOf(recorded, random)
      return { base: median(first.baseMs), head: median(second.headMs) }
    },
  ],
  [
    'one process each, side by side',
    (recorded, random) => {
      const { baseMs, headMs } = draw(recorded, random)
      const generation = Math.floor(random() * baseMs.length)
      return { base: baseMs[generation] ?? NaN, head: headMs[generation] ?? NaN }
    },
  ],
])

/** Two different experiments of one kind; the same one twice where there is no other. */
function twoOf(recorded: readonly Recorded[], random: () => number): { first: Recorded; second: Recorded } {
  const first = draw(recorded, random)
  const others = recorded.filter((one) => one !== first && one.kind === first.kind)
  return { first, second: others.length === 0 ? first : draw(others, random) }
}
