import { quantile } from '../measurement/statistics.js'
import { FEWEST_GENERATIONS, type Judgement } from './sequential.js'

/**
 * How many times as many generations it takes until a metric that was left open is decided, by what is known of it: an
 * interval shrinks with the square root of their number. Infinity where its middle lies on the bound; null where there
 * is no interval yet.
 */
export function timesAsMany({
  ratio,
  interval,
  tolerance,
}: Pick<Judgement, 'ratio' | 'interval' | 'tolerance'>): number | null {
  if (interval === null) return null
  const [middle, bound] = [Math.log(ratio), Math.log(1 + tolerance)]
  const [below, above] = [middle - Math.log(interval[0]), Math.log(interval[1]) - middle]
  if (middle > bound) return shrunk(below / (middle - bound))
  if (middle < -bound) return shrunk(above / (-bound - middle))
  return shrunk(Math.max(above / (bound - middle), below / (middle + bound)))
}

const shrunk = (widths: number): number => Math.max(1, widths ** 2)

/** A slow generation takes this many times as long as a fast one: more than two layouts of one process differ by. */
const UNSTEADY = 1.2

/**
 * What a fast generation of one side took and what a slow one, the ninth of ten each, when the machine ran it at
 * changing speeds; null when it was steady, or there are too few generations to tell.
 */
export function unsteadySpeed(timesMs: readonly number[]): { fastMs: number; slowMs: number } | null {
  if (timesMs.length < FEWEST_GENERATIONS) return null
  const sorted = [...timesMs].sort((a, b) => a - b)
  const [fastMs, slowMs] = [quantile(sorted, 0.1), quantile(sorted, 0.9)]
  return slowMs > UNSTEADY * fastMs ? { fastMs, slowMs } : null
}
