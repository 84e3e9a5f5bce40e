import { quantile } from './statistics.js'

/** A slow generation takes this many times as long as a fast one: more than two layouts of one process differ by. */
export const UNSTEADY = 1.2
/** Fewer generations do not tell a changing speed from chance. */
const FEWEST_GENERATIONS = 8

/**
 * What a fast generation of one model took (the 10th percentile) and what a slow one (the 90th), when the machine ran it
 * at changing speeds; null when it was steady, or there are too few generations to tell. So a machine shows what no counter
 * of its own does: a host that lends the same physical cores to others.
 */
export function unsteadySpeed(timesMs: readonly number[]): { fastMs: number; slowMs: number } | null {
  if (timesMs.length < FEWEST_GENERATIONS) return null
  const sorted = [...timesMs].sort((a, b) => a - b)
  const [fastMs, slowMs] = [quantile(sorted, 0.1), quantile(sorted, 0.9)]
  return slowMs > UNSTEADY * fastMs ? { fastMs, slowMs } : null
}
