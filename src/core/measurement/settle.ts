import { quantile } from './statistics.js'

const RESAMPLES = 2000

/**
 * How many times as fast `head` is as `base`: the ratio of mean logarithms of their times, one median per process
 * generation, with a bootstrap interval over generations (never over requests: requests of one process share its
 * bias). Pairs stay together. No interval below three generations.
 */
export function ratioInterval(
  base: readonly number[],
  head: readonly number[],
  random: () => number,
  level = 0.95,
): { ratio: number; interval: [low: number, high: number] | null } {
  const logs = base.map((value, index) => Math.log(value / (head[index] ?? NaN)))
  const ratio = Math.exp(average(logs))
  if (logs.length < 3) return { ratio, interval: null }
  const draws = Array.from({ length: RESAMPLES }, () =>
    average(logs.map(() => logs[Math.floor(random() * logs.length)] ?? 0)),
  ).sort((a, b) => a - b)
  const tail = (1 - level) / 2
  return { ratio, interval: [Math.exp(quantile(draws, tail)), Math.exp(quantile(draws, 1 - tail))] }
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
