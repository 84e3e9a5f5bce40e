import { normalQuantile } from '../../src/core/measurement/normal.js'

/** Request times of one stretch, in units of about 1, whose true median is known. */
export interface RequestNoise {
  readonly name: string
  readonly median: number
  readonly draw: (count: number, random: () => number) => Float64Array
}

/** A standard normal draw (Box and Muller). */
export function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** A stationary first-order autoregression with standard normal values. */
export function* autoregression(correlation: number, random: () => number): Generator<number, never> {
  let value = gauss(random)
  for (;;) {
    yield value
    value = correlation * value + Math.sqrt(1 - correlation ** 2) * gauss(random)
  }
}

/** Times that are a growing function of an autoregression, whose median is that of zero. */
function transformed(name: string, correlation: number, time: (value: number) => number): RequestNoise {
  return {
    name,
    median: time(0),
    draw: (count, random) => {
      const values = autoregression(correlation, random)
      return Float64Array.from({ length: count }, () => time(values.next().value))
    },
  }
}

/** One request in a hundred takes six times as long, on top of an autoregression. */
const STALLS: RequestNoise = {
  name: 'stalls now and then',
  median: 1 + 0.03 * normalQuantile(0.5 / 0.99),
  draw: (count, random) => {
    const values = autoregression(0.7, random)
    return Float64Array.from({ length: count }, () => 1 + 0.03 * values.next().value + (random() < 0.01 ? 5 : 0))
  },
}

/** A clock that is slow for five requests and fast for ten, on average. */
const TWO_CLOCKS: RequestNoise = {
  name: 'a clock that switches',
  median: 1 + 0.02 * normalQuantile(0.75),
  draw: (count, random) => {
    let isSlow = random() < 1 / 3
    return Float64Array.from({ length: count }, () => {
      if (random() < (isSlow ? 0.2 : 0.1)) isSlow = !isSlow
      return (isSlow ? 1.3 : 1) + 0.02 * gauss(random)
    })
  },
}

/** A level that wanders as much as single requests scatter. */
const WANDERING: RequestNoise = {
  name: 'a level that wanders',
  median: 1,
  draw: (count, random) => {
    const level = autoregression(0.95, random)
    return Float64Array.from({ length: count }, () => 1 + 0.02 * level.next().value + 0.02 * gauss(random))
  },
}

export const REQUEST_NOISES: readonly RequestNoise[] = [
  transformed('independent requests', 0, (value) => 1 + 0.05 * value),
  transformed('neighbours alike', 0.7, (value) => 1 + 0.05 * value),
  transformed('neighbours much alike', 0.9, (value) => 1 + 0.05 * value),
  transformed('heavy tails to one side', 0.7, (value) => 1 + 0.05 * Math.exp(1.5 * value)),
  transformed('heavy tails to both sides', 0.7, (value) => 1 + 0.02 * value * Math.exp(Math.abs(value))),
  STALLS,
  TWO_CLOCKS,
  WANDERING,
]
