import { gauss } from '../measurement/request-noise.js'

/** How a simulated machine and its processes behave. All noise multiplies times; nothing of it moves base or head alone. */
export interface Population {
  readonly name: string
  /** Standard deviation of ln time that a process keeps for life, by how its memory happens to lie. */
  readonly layout: number
  /** That of the head, where it is another; its layouts are as often slow as fast. */
  readonly headLayout?: number
  /** Standard deviation of ln time of single requests. */
  readonly requests: number
  /** Correlation of neighbouring requests. */
  readonly correlation: number
  /** What a generation begins with; gives the factor of the machine's time for the next block. */
  readonly machine: (random: () => number) => () => number
  /** Share of requests that stall, and how many times as long they take then. */
  readonly stalls?: { readonly share: number; readonly longer: number }
}

const QUIET = { layout: 0.01, requests: 0.03, correlation: 0.3, machine: () => () => 1 }

/** The machine wanders from block to block and slows down steadily, as when it warms up. */
function drifting(random: () => number): () => number {
  let log = 0
  return () => Math.exp((log += 0.004 * gauss(random) + 0.001))
}

/** Two clock frequencies; each block may find the other. */
function twoClocks(random: () => number): () => number {
  let isSlow = random() < 0.3
  return () => {
    if (random() < (isSlow ? 0.2 : 0.1)) isSlow = !isSlow
    return isSlow ? 1.25 : 1
  }
}

/** Somebody else takes the cores for a while, and each time another share of them. */
function neighbour(random: () => number): () => number {
  let factor = 1
  return () => {
    if (random() < 0.4) factor = random() < 0.4 ? 1.1 + 0.9 * random() : 1
    return factor
  }
}

/** A generation now and then finds the machine quite different, and its blocks differ by a factor with heavy tails. */
function heavyTailed(random: () => number): () => number {
  return () => Math.exp((0.01 * gauss(random)) / Math.sqrt(Math.max(0.01, random())))
}

/** Six kinds of noise that real machines show, and one in which the two sides are not alike. */
export const POPULATIONS: readonly Population[] = [
  { ...QUIET, name: 'quiet machine, process layouts 3 % apart', layout: 0.03 },
  { ...QUIET, name: 'drift', machine: drifting },
  { ...QUIET, name: 'clock that switches', machine: twoClocks },
  { ...QUIET, name: 'requests much alike', requests: 0.08, correlation: 0.95 },
  { ...QUIET, name: 'heavy tails and stalls', machine: heavyTailed, stalls: { share: 0.1, longer: 4 } },
  { ...QUIET, name: 'busy neighbour', machine: neighbour },
  { ...QUIET, name: 'head noisier than the base', headLayout: 0.04 },
]

/** What a generation gives: ln(head ÷ base) of each pair of lanes. */
export interface GenerationRatios {
  readonly latency: number
  readonly throughput: number
}

const ROUNDS = 3
const REQUESTS_PER_BLOCK = 7

/**
 * Draws generations as a contest measures them: fresh processes for base and head, then rounds of one block for each of
 * four lanes (two sides, two batch sizes) in random order on a machine that all of them share. The truth is `ratio` for
 * both pairs of lanes.
 */
export function* generations(
  population: Population,
  ratio: number,
  random: () => number,
): Generator<GenerationRatios, never> {
  const machine = population.machine(random)
  for (;;) {
    const lanes = [false, true].flatMap((isHead) => processOf(population, isHead, ratio, random))
    const blocks: number[][] = lanes.map(() => [])
    for (let round = 0; round < ROUNDS; round++) {
      for (const lane of shuffled([0, 1, 2, 3], random)) {
        blocks[lane]?.push(lanes[lane]! * machine() * blockMedian(population, random))
      }
    }
    const [base, baseBatch, head, headBatch] = blocks.map((values) => Math.log(middle(values)))
    yield { latency: head! - base!, throughput: headBatch! - baseBatch! }
  }
}

/** The times of one process at its two batch sizes, whose layouts are half one and half two biases. */
function processOf(population: Population, isHead: boolean, ratio: number, random: () => number): number[] {
  const deviation = (isHead ? population.headLayout : undefined) ?? population.layout
  const common = gauss(random)
  return [0, 1].map(() => (isHead ? ratio : 1) * Math.exp(deviation * Math.SQRT1_2 * (common + gauss(random))))
}

function blockMedian({ requests, correlation, stalls }: Population, random: () => number): number {
  const fresh = Math.sqrt(1 - correlation ** 2)
  let value = gauss(random)
  const times: number[] = []
  for (let request = 0; request < REQUESTS_PER_BLOCK; request++) {
    const isStalled = stalls !== undefined && random() < stalls.share
    times.push(Math.exp(requests * value) * (isStalled ? stalls.longer : 1))
    value = correlation * value + fresh * gauss(random)
  }
  return middle(times)
}

/** The middle one of an odd number of values, which it sorts. */
function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[(values.length - 1) / 2]!
}

function shuffled(lanes: number[], random: () => number): number[] {
  for (let last = lanes.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[lanes[last], lanes[other]] = [lanes[other]!, lanes[last]!]
  }
  return lanes
}
