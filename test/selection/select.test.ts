import { describe, expect, it } from 'vitest'

import type { Measurement, MeasuredOutcome } from '../../src/core/measurement/outcome.js'
import { planAsGiven, planVariants } from '../../src/core/plan/plan.js'
import { finalistsOf, isScreeningSound, NEAR } from '../../src/core/selection/finalists.js'
import { type GenerationFigures, select, type Selection } from '../../src/core/selection/select.js'

const FACTS = {
  models: [{ key: 'onnx', isResolvable: true }],
  allowedCores: 2,
  settings: 'search',
  formats: null,
  runners: null,
  device: 'cpu',
} as const
const asGiven = planAsGiven(FACTS)
const plan = [...asGiven, ...planVariants(FACTS, asGiven, 'onnx')]

function measured(index: number, latencyMs: number): MeasuredOutcome {
  const candidate = plan[index]?.candidate
  if (candidate === undefined) throw new Error(`the plan has no candidate ${index}`)
  const value = { value: latencyMs, interval: null }
  const measurement: Measurement = {
    batchSize: 1,
    requestCount: 75,
    warmupCount: 2,
    stable: true,
    latencyMs: { mean: value, std: value, p50: value, p90: null, p95: null, p99: null },
    throughputPerSecond: 1000 / latencyMs,
    noise: { runQueueShare: null, cpuPressurePercent: null, involuntarySwitches: null, outliers: null, quiet: null },
  }
  return {
    status: 'measured',
    candidate,
    file: { path: '/m.onnx', sha256: '', bytes: 1 },
    loadMs: 1,
    peakMemoryBytes: null,
    correctness: { status: 'OK', outputs: [] },
    measurements: [measurement],
    profilingResults: [],
    samples: new Map(),
    sweepEnd: null,
  }
}

/** Three figures give no interval; six do. */
const twice = <T>(figures: readonly T[]): T[] => [...figures, ...figures]

function settle(...latencies: readonly (readonly number[])[]): Selection | null {
  const outcomes = latencies.map((each, index) => measured(index, each[0] ?? 1))
  const figures = (latencyMs: number): GenerationFigures => ({ latencyMs, throughput: 1000 / latencyMs })
  return select({
    outcomes,
    referenceId: 'onnx',
    strategy: 'max-throughput-and-min-latency',
    latencyBudgetMs: null,
    settled: new Map(
      outcomes.map(({ candidate }, index) => [candidate.id, twice(latencies[index] ?? []).map(figures)]),
    ),
  })
}

describe('select', () => {
  it('gives the win to a challenger that is surely more than 3 % faster, under the key of its model', () => {
    const id = plan[1]?.candidate.id
    expect(settle([10, 10.1, 10], [5, 5.1, 5])?.best).toEqual({
      candidateId: id,
      key: 'onnx',
      runner: 'OnnxCPU',
      batchSize: 1,
    })
  })

  it('keeps the model as given when a challenger is only a little or not surely faster, and says it is a tie', () => {
    for (const challenger of [
      [9.9, 9.9, 9.9],
      [7, 10.2, 10.1],
    ]) {
      const selection = settle([10, 10, 10], challenger)
      expect(selection?.best.candidateId).toBe('onnx')
      expect(selection?.ties).toEqual([plan[1]?.candidate.id])
    }
  })

  it('prefers more throughput at the same latency, and latency where the two disagree', () => {
    const outcomes = [measured(0, 10), measured(1, 10)]
    const [given, challenger] = outcomes.map(({ candidate }) => candidate.id)
    const bestOf = (latencyMs: number): Selection | null => {
      const generations = (own: GenerationFigures): GenerationFigures[] => twice([own, own, own])
      return select({
        outcomes,
        referenceId: 'onnx',
        strategy: 'max-throughput-and-min-latency',
        latencyBudgetMs: null,
        settled: new Map([
          [given!, generations({ latencyMs: 10, throughput: 100 })],
          [challenger!, generations({ latencyMs, throughput: 150 })],
        ]),
      })
    }
    expect(bestOf(10.1)).toMatchObject({
      best: { candidateId: challenger },
      decidedBy: 'throughput',
      reason:
        'It is more than 3 % faster than the model as given, beyond the noise, in throughput, at a latency as low as that of onnx.',
    })
    expect(bestOf(11)).toMatchObject({
      best: { candidateId: given },
      decidedBy: 'latency',
      reason: `No candidate came close to the model as given, in latency, which decides where no candidate leads in both: ${challenger} has more throughput.`,
    })
  })

  it('compares with the model as given only where that could have won', () => {
    expect(settle([10, 10, 10])?.reason).toBe('Nothing else could be chosen.')
    const outcomes = [measured(0, 10), measured(1, 5), measured(2, 4)]
    const selection = select({
      outcomes,
      referenceId: 'onnx',
      strategy: 'max-throughput-with-latency-budget',
      latencyBudgetMs: 6,
      settled: new Map(),
    })
    expect(selection?.reason).toBe('It is the best that meets the strategy.')
  })

  it('keeps the model as given when that failed in settling, whatever is left', () => {
    const outcomes = [measured(0, 1), measured(1, 5)]
    const selection = select({
      outcomes,
      referenceId: 'onnx',
      strategy: 'min-latency',
      latencyBudgetMs: null,
      settled: new Map([[plan[1]!.candidate.id, [{ latencyMs: 5, throughput: 200 }]]]),
    })
    expect(selection).toMatchObject({ best: { candidateId: 'onnx' }, ties: [] })
    expect(selection?.reason).toContain('nothing can be said to beat it')
  })

  it('decides nothing on fewer than three generations', () => {
    expect(settle([10, 10], [5, 5])?.best.candidateId).toBe('onnx')
  })

  it('finds no winner among nothing', () => {
    expect(settle()).toBeNull()
  })

  it('settles what came within 10 % of the leader, best first', () => {
    const outcomes = [measured(0, 10), measured(1, 9.5), measured(2, 12)]
    const aim = { strategy: 'min-latency', latencyBudgetMs: null } as const
    expect(finalistsOf(outcomes, aim)).toEqual([plan[1]?.candidate.id, 'onnx'])
    expect(finalistsOf(outcomes, aim, NEAR.unsteady)).toEqual([plan[1]?.candidate.id, 'onnx', plan[2]?.candidate.id])
  })

  it('settles the leader with the next one, unless that takes more than twice as long', () => {
    const aim = { strategy: 'min-latency', latencyBudgetMs: null } as const
    expect(finalistsOf([measured(0, 10), measured(1, 18), measured(2, 19)], aim)).toEqual([
      'onnx',
      plan[1]?.candidate.id,
    ])
    expect(finalistsOf([measured(0, 10), measured(1, 21)], aim)).toEqual(['onnx'])
  })

  it('never settles a candidate whose outputs are wrong', () => {
    const wrong: MeasuredOutcome = { ...measured(1, 1), correctness: { status: 'FAIL', outputs: [] } }
    const aim = { strategy: 'max-throughput', latencyBudgetMs: null } as const
    expect(finalistsOf([measured(0, 10), wrong], aim)).toEqual(['onnx'])
  })

  it.each([
    ['when it found what generations find', [10.5, 9.6, 10.1, 9.9, 10, 10.4, 9.7, 10], true],
    ['when generations took half as long again', [15, 15, 15, 15, 15, 15, 15, 15], false],
    ['when they took two thirds', [6.6, 6.6, 6.6, 6.6, 6.6, 6.6, 6.6, 6.6], false],
    ['when they did not agree', [8, 10, 12, 8, 10, 12, 10, 10], false],
    ['when nothing was settled', [], true],
  ])('believes the screening %s: %s, %s', (_, latencies, expected) => {
    const finalist = measured(0, 10)
    const figures = latencies.map((latencyMs) => ({ latencyMs, throughput: 1000 / latencyMs }))
    const aim = { strategy: 'max-throughput-and-min-latency', latencyBudgetMs: null } as const
    expect(isScreeningSound([finalist], aim, new Map([['onnx', figures]]))).toBe(expected)
  })
})
