import { quantile } from '../src/core/measurement/statistics.js'

/** The median of a few figures: ratios, one per pair of measurements, or times, one per run. */
export interface MedianInterval {
  readonly median: number
  /** Distribution-free interval of at least 95 %; null for fewer than six figures, which cannot give one. */
  readonly interval: readonly [low: number, high: number] | null
}

/** The order statistics that cover the median by the sign test: of ten figures the second and the ninth. */
export function medianInterval(figures: readonly number[]): MedianInterval {
  const sorted = [...figures].sort((a, b) => a - b)
  const outside = figuresOutside(sorted.length)
  const [low, high] = [sorted[outside], sorted.at(-1 - outside)]
  const known = outside >= 0 && low !== undefined && high !== undefined
  return { median: quantile(sorted, 0.5), interval: known ? [low, high] : null }
}

const TAIL = 0.025

/** How many figures the interval may leave out at each end; -1 when even all of them are too few. */
function figuresOutside(count: number): number {
  let probability = 0.5 ** count
  let tail = probability
  let outside = -1
  while (tail <= TAIL) {
    outside++
    probability *= (count - outside) / (outside + 1)
    tail += probability
  }
  return outside
}

/** `0.980 [0.961, 1.012]`. */
export function intervalText({ median, interval }: MedianInterval): string {
  const text = (value: number): string => value.toFixed(3)
  return `${text(median)} [${interval === null ? 'too few for an interval' : interval.map(text).join(', ')}]`
}

/** Prints what was measured, the figure to reach and whether `value` reaches it, which is also the answer. */
export function verdict(measured: string, value: number, figure: number): boolean {
  const met = value <= figure
  process.stdout.write(`${measured}, to reach ${figure}: ${met ? 'met' : 'not met'}\n`)
  return met
}
