import { describe, expect, it } from 'vitest'

import { judgeRecorded, RUN_TO_RUN, runToRunOf, type RecordedEvidence } from '../../src/core/comparison/recorded.js'
import { rankShift } from '../../src/core/measurement/rank-shift.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'

/** Times of generations around 10 ms, the head's `ratio` times those, each within ± 1 %. */
function recorded(ratio: number, count = 12, tolerance = 0.05): RecordedEvidence {
  const random = mulberry32(1)
  const times = (middle: number): number[] => Array.from({ length: count }, () => middle * (0.99 + 0.02 * random()))
  return { name: 'latency', tolerance, pairId: 'one', baseMs: times(10), headMs: times(10 * ratio) }
}

describe('what two runs of one machine are taken to differ by', () => {
  it('is much more where the machine is virtual or does not tell', () => {
    expect(runToRunOf({ virtualMachine: 'no' })).toBe(RUN_TO_RUN.physical)
    expect(runToRunOf({ virtualMachine: 'yes' })).toBe(RUN_TO_RUN.virtual)
    expect(runToRunOf({ cpu: 'Neoverse-N1' })).toBe(RUN_TO_RUN.virtual)
  })

  it('leaves a difference open that it covers', () => {
    const verdicts = [0.1, 0.6].map((runToRun) => judgeRecorded([recorded(1.5)], runToRun)[0]?.verdict)
    expect(verdicts).toEqual(['slower', 'inconclusive'])
  })
})

describe('recorded figures', () => {
  it.each([
    [1.25, 0.05, 'slower'],
    [1.12, 0.05, 'inconclusive'],
    [1, 0.05, 'inconclusive'],
    [1, 0.15, 'same'],
    [0.89, 0.05, 'inconclusive'],
    [0.8, 0.05, 'faster'],
  ])('of a ratio of %d at a tolerance of %d are judged with the allowance on top: %s', (ratio, tolerance, verdict) => {
    expect(judgeRecorded([recorded(ratio, 12, tolerance)], 0.1)).toMatchObject([{ verdict, tolerance }])
  })

  it('have an interval that holds the allowance at both ends', () => {
    const evidence = recorded(1)
    const shift = rankShift(evidence.baseMs.map(Math.log), evidence.headMs.map(Math.log), 0.01)
    const [low, high] = shift.interval!.map(Math.exp)
    expect(judgeRecorded([evidence], 0.1)).toMatchObject([
      { ratio: Math.exp(shift.center), interval: [low! / 1.1, high! * 1.1] },
    ])
  })

  it('settle nothing below eight generations of either side, and say so', () => {
    const evidence = recorded(2)
    const few = { ...evidence, headMs: evidence.headMs.slice(0, 7) }
    expect(judgeRecorded([few], 0.1)).toMatchObject([
      {
        verdict: 'inconclusive',
        generations: 7,
        reason:
          'The base was measured over 12 generations and the head over 7; recorded figures need at least 8 of each.',
      },
    ])
  })

  it('say why a small difference is left open', () => {
    expect(judgeRecorded([recorded(1.07)], 0.1)[0]?.reason).toBe(
      'Two runs of such a machine at different moments may differ by 10 % on their own, so recorded figures do not settle a ' +
        'tolerance of 5 % here; measure both sides together.',
    )
    expect(judgeRecorded([recorded(1.5)], 0.1)[0]?.reason).toBeNull()
  })

  it('share the level among pairs', () => {
    const [one, other] = [recorded(1), { ...recorded(1), name: 'throughput' }]
    expect(judgeRecorded([one, other], 0.1).map(({ level }) => level)).toEqual([0.98, 0.98])
    expect(judgeRecorded([one, { ...other, pairId: 'two' }], 0.1).map(({ level }) => level)).toEqual([0.99, 0.99])
  })
})
