import { describe, expect, it } from 'vitest'

import { type Evidence, judge, lookSchedule } from '../../src/core/comparison/sequential.js'
import { rankInterval } from '../../src/core/measurement/rank-interval.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'
import { generations, type GenerationRatios, type Population, POPULATIONS } from './populations.js'

const EXPERIMENTS = 800
const MOST = 40
const TOLERANCE = 0.05

/** Experiments of one population at no difference; another true ratio only moves every log ratio. */
const experimentsOf = memoized((population: Population): GenerationRatios[][] => {
  // Every machine has its own chance: with one seed, one unlucky draw would meet all of them.
  const random = mulberry32(POPULATIONS.indexOf(population))
  return Array.from({ length: EXPERIMENTS }, () => {
    const drawn = generations(population, 1, random)
    return Array.from({ length: MOST }, () => drawn.next().value)
  })
})

function memoized<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>()
  return (key) => {
    const value = made.get(key) ?? make(key)
    made.set(key, value)
    return value
  }
}

function evidenceOf(name: keyof GenerationRatios, experiment: readonly GenerationRatios[], ratio: number): Evidence {
  const logRatios = experiment.map((one) => one[name] + Math.log(ratio))
  return { name, tolerance: TOLERANCE, pairId: name, logRatios }
}

/** Looks until every metric is decided or the looks are over, as `compare` does. */
function stopped(evidence: readonly Evidence[], looks: readonly number[], falseAlarm?: number) {
  for (let look = 0; ; look++) {
    const judgements = judge(evidence, look, looks, falseAlarm)
    if (look + 1 >= looks.length || judgements.every(({ verdict }) => verdict !== 'inconclusive')) return judgements
  }
}

const holds = ([low, high]: readonly [number, number], truth: number): boolean => low <= truth && truth <= high
const share = (count: number): number => count / EXPERIMENTS

describe.each(POPULATIONS)('on a simulated machine: $name', (population) => {
  it.each([8, 12, 20, 40])(
    'the 95-percent interval over %d generations covers the truth in 93 to 98 of 100',
    (count) => {
      const covered = experimentsOf(population).filter((experiment) => {
        const { interval } = rankInterval(evidenceOf('latency', experiment.slice(0, count), 1).logRatios, 0.025)
        return interval !== null && holds(interval, 0)
      }).length
      expect(share(covered)).toBeGreaterThanOrEqual(0.93)
      expect(share(covered)).toBeLessThanOrEqual(0.98)
    },
  )

  it.each([1, 1.03, 1.1])(
    'the interval at the look where a comparison ends covers a true ratio of %d in 94 of 100, at most 1.5 times as wide',
    (ratio) => {
      const looks = lookSchedule(MOST, 1, 0.025)
      let [covered, wider] = [0, 0]
      for (const experiment of experimentsOf(population)) {
        const evidence = evidenceOf('latency', experiment, ratio)
        const [judged] = stopped([evidence], looks, 0.025)
        if (holds(judged!.interval!, ratio)) covered++
        const fixed = rankInterval(evidence.logRatios.slice(0, judged!.generations), 0.025)
        const [low, high] = judged!.interval!
        wider += Math.log(high / low) / (fixed.interval![1] - fixed.interval![0])
      }
      expect(share(covered)).toBeGreaterThanOrEqual(0.94)
      expect(share(wider)).toBeLessThanOrEqual(1.5)
    },
  )
})

describe('the gate of two metrics, over all these machines', () => {
  const looks = lookSchedule(MOST, 2)
  const slowerOf = (latencyRatio: number, throughputRatio: number): number =>
    POPULATIONS.flatMap((population) =>
      experimentsOf(population).filter((experiment) => {
        const latency = evidenceOf('latency', experiment, latencyRatio)
        const evidence = [latency, evidenceOf('throughput', experiment, throughputRatio)]
        return stopped(evidence, looks).some(({ verdict }) => verdict === 'slower')
      }),
    ).length /
    (EXPERIMENTS * POPULATIONS.length)

  it('raises a false alarm in next to none of 100 comparisons of equal sides', () => {
    expect(slowerOf(1, 1)).toBeLessThan(0.001)
  })

  it('raises one in at most 1 of 100 when both are slower by just what is tolerated', () => {
    const alarms = slowerOf(1 + TOLERANCE, 1 + TOLERANCE)
    expect(alarms).toBeLessThanOrEqual(0.01)
    // Far fewer would mean that the level is not used.
    expect(alarms).toBeGreaterThan(0.004)
  })

  it('finds four times the tolerance nearly always, however noisy the machine', () => {
    expect(slowerOf(1 + 4 * TOLERANCE, 1)).toBeGreaterThan(0.95)
  })
})
