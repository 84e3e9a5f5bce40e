import type { Judgement } from './sequential.js'

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
