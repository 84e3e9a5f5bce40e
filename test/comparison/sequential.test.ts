import { describe, expect, it } from 'vitest'

import { type Evidence, fewestGenerations, judge, lookSchedule } from '../../src/core/comparison/sequential.js'

/** One metric whose log ratios lie around `ln ratio`, evenly spread by `spread` on both sides in turn. */
function metric(name: string, ratio: number, spread: number, count = 60, pairId = name): Evidence {
  const logRatios = Array.from({ length: count }, (_, at) => Math.log(ratio) + spread * (((at * 7) % 11) / 5 - 1))
  return { name, tolerance: 0.05, pairId, logRatios }
}

const verdictsOf = (...call: Parameters<typeof judge>) => judge(...call).map(({ verdict }) => verdict)

describe('the looks', () => {
  it.each([1, 2, 3, 10])('begin for %d pairs where the exact test can decide, and grow to the most', (pairs) => {
    for (let most = 1; most <= 200; most++) {
      const looks = lookSchedule(most, pairs)
      if (most < fewestGenerations(pairs)) expect(looks).toEqual([])
      else {
        expect(looks.at(-1)).toBe(most)
        expect(looks.length).toBeLessThanOrEqual(5)
        expect(looks[0]!).toBeGreaterThanOrEqual(Math.max(8, fewestGenerations(pairs, looks.length)))
        expect(looks.every((look, at) => at === 0 || look > looks[at - 1]!)).toBe(true)
      }
    }
  })

  it('are five when there is time', () => {
    expect(lookSchedule(40)).toEqual([9, 13, 19, 28, 40])
  })
})

describe('a judgement', () => {
  it('is inconclusive before eight generations, whatever they say', () => {
    expect(verdictsOf([metric('latency', 3, 0.001, 7)], 0, [7])).toEqual(['inconclusive'])
    expect(verdictsOf([metric('latency', 3, 0.001, 8)], 0, [8])).toEqual(['slower'])
  })

  it('calls a large difference at the first look, with the ratio and its interval there', () => {
    const [judged] = judge([metric('latency', 1.2, 0.01)], 0, [9, 20, 50])
    expect(judged).toMatchObject({ name: 'latency', verdict: 'slower', tolerance: 0.05, generations: 9 })
    expect(judged?.ratio).toBeCloseTo(1.2, 2)
    expect(judged?.interval?.[0]).toBeGreaterThan(1.18)
    expect(judged?.interval?.[1]).toBeLessThan(1.22)
    expect(judged?.level).toBeCloseTo(1 - (2 * 0.01) / 3, 12)
  })

  it('knows faster and same', () => {
    expect(verdictsOf([metric('a', 0.8, 0.01), metric('b', 1.001, 0.01)], 0, [12])).toEqual(['faster', 'same'])
  })

  it('shares the level among the looks: what one look decides, the first of two does not', () => {
    const evidence = [metric('latency', 1.2, 0.01, 7 + 1)]
    expect(verdictsOf(evidence, 0, [8])).toEqual(['slower'])
    expect(verdictsOf(evidence, 0, [8, 20, 50])).toEqual(['inconclusive'])
  })

  it('shares the level among pairs, and counts metrics of one pair once', () => {
    const looks = [9, 20, 30, 40, 50]
    const [latency, other] = [metric('latency', 1.2, 0.01, 9), metric('throughput', 1, 0.5, 9)]
    expect(verdictsOf([latency, { ...latency, name: 'throughput' }], 0, looks)).toEqual(['slower', 'slower'])
    expect(verdictsOf([latency, other], 0, looks)).toEqual(['inconclusive', 'inconclusive'])
  })

  it('leaves the level of a pair that is slower to the others', () => {
    // At 10 of 10 generations beyond the tolerance the first pair has 2⁻¹⁰ ≤ 0.002 ÷ 2; the second, 9 of 9, needs 0.002.
    const looks = [10, 20, 30, 40, 50]
    const [first, second] = [metric('first', 1.2, 0.01, 10), metric('second', 1.2, 0.01, 9)]
    expect(judge([second, first], 0, looks).map(({ verdict, level }) => [verdict, level])).toEqual([
      ['slower', 1 - 2 * 0.002],
      ['slower', 1 - 2 * 0.001],
    ])
    expect(verdictsOf([second, metric('first', 1, 0.5, 10)], 0, looks)).toEqual(['inconclusive', 'inconclusive'])
  })

  it('leaves no level of a pair of which one metric is not slower', () => {
    const looks = [10, 20, 30, 40, 50]
    const first = metric('first', 1.2, 0.01, 10)
    const lenient = { ...first, name: 'lenient', tolerance: 0.5 }
    expect(verdictsOf([first, lenient, metric('second', 1.2, 0.01, 9)], 0, looks)).toEqual([
      'slower',
      'same',
      'inconclusive',
    ])
  })

  it('keeps what it decided at an earlier look', () => {
    const early = metric('latency', 1.2, 0.01, 10).logRatios
    const evidence = [{ ...metric('latency', 1, 0), logRatios: [...early, ...metric('', 0.9, 0.01, 40).logRatios] }]
    const looks = [10, 50]
    expect(judge(evidence, 1, looks)).toEqual(judge(evidence, 0, looks))
    expect(judge(evidence, 1, looks)[0]).toMatchObject({ verdict: 'slower', generations: 10 })
  })

  it('is inconclusive without generations', () => {
    expect(judge([metric('latency', 1, 0, 0)], 0, [10])).toMatchObject([{ verdict: 'inconclusive', interval: null }])
  })
})
