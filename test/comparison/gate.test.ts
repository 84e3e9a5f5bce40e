import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { FAILURES, type GatePolicy, judgeGate } from '../../src/core/comparison/gate.js'
import { judgeObjectives, OBJECTIVES, type Reached } from '../../src/core/comparison/objectives.js'
import { VERDICTS } from '../../src/core/comparison/verdict.js'

const POLICY: GatePolicy = {
  failOn: ['slower', 'objective'],
  onInconclusive: 'warn',
  failOnPush: false,
  isDefaultBranchPush: false,
}
const NOTHING: Reached = {
  'latency-budget-ms': null,
  'min-throughput': null,
  'max-size-mb': null,
  'accuracy-budget': null,
}
const verdictText = 'What was found.'

const PUSH = { isDefaultBranchPush: true }

describe('a comparison', () => {
  test.each([
    ['slower', {}, true],
    ['slower', { failOn: ['objective'] }, false],
    ['slower', { failOn: [] }, false],
    ['slower', PUSH, false],
    ['slower', { ...PUSH, failOnPush: true }, true],
    ['inconclusive', {}, false],
    ['inconclusive', { onInconclusive: 'fail' }, true],
    ['inconclusive', { onInconclusive: 'fail', failOn: [] }, true],
    ['inconclusive', { ...PUSH, onInconclusive: 'fail' }, false],
    ['not-comparable', {}, false],
    ['not-comparable', { onInconclusive: 'fail' }, true],
  ] as const)('that says %s under %j fails: %s, and is told of in any case', (verdict, policy, failed) => {
    const decision = judgeGate({ verdict, verdictText, objectives: [] }, { ...POLICY, ...policy })
    expect(decision).toEqual({ failed, reasons: [verdictText], failures: failed ? [verdictText] : [] })
  })

  test.each(['faster', 'same', 'none'] as const)('that says %s never fails and gives no reason', (verdict) => {
    const strict: GatePolicy = { ...POLICY, onInconclusive: 'fail', failOnPush: true }
    expect(judgeGate({ verdict, verdictText, objectives: [] }, strict)).toEqual({
      failed: false,
      reasons: [],
      failures: [],
    })
  })
})

describe('objectives', () => {
  const reached: Reached = {
    'latency-budget-ms': 7.3123,
    'min-throughput': 99.99,
    'max-size-mb': 4,
    'accuracy-budget': 0.00051,
  }
  const limits = [
    { name: 'latency-budget-ms', limit: 5 },
    { name: 'min-throughput', limit: 100 },
    { name: 'max-size-mb', limit: 4 },
    { name: 'accuracy-budget', limit: 0.001 },
  ] as const

  test('are met at their limit, throughput from it on and the others up to it', () => {
    expect(judgeObjectives(limits, reached).map(({ name, met }) => [name, met])).toEqual([
      ['latency-budget-ms', false],
      ['min-throughput', false],
      ['max-size-mb', true],
      ['accuracy-budget', true],
    ])
  })

  test('of throughput are met at their limit too', () => {
    const [judged] = judgeObjectives([{ name: 'min-throughput', limit: 100 }], { ...reached, 'min-throughput': 100 })
    expect(judged?.met).toBe(true)
  })

  test('that are missed fail, each with a sentence that tells the figure from the limit', () => {
    const { failed, reasons } = judgeGate(
      { verdict: 'same', verdictText, objectives: judgeObjectives(limits, reached) },
      POLICY,
    )
    expect(failed).toBe(true)
    expect(reasons).toEqual([
      'The p50 latency is 7.31 ms; at most 5 ms was asked for (latency-budget-ms).',
      'The throughput is 99.99 items/s; at least 100 items/s was asked for (min-throughput).',
    ])
  })

  test('that nobody knows are no pass: on-inconclusive decides', () => {
    const objectives = judgeObjectives([{ name: 'max-size-mb', limit: 4 }], NOTHING)
    expect(objectives).toEqual([{ name: 'max-size-mb', limit: 4, value: null, met: null }])
    const decide = (policy: Partial<GatePolicy>) =>
      judgeGate({ verdict: 'none', verdictText, objectives }, { ...POLICY, ...policy })
    expect(decide({})).toMatchObject({
      failed: false,
      reasons: ['The size of the model is not known; at most 4 MB was asked for (max-size-mb).'],
    })
    expect(decide({ onInconclusive: 'fail' }).failed).toBe(true)
  })

  test('that are only reported come after what fails', () => {
    const objectives = judgeObjectives(limits, reached)
    const { failures, reasons } = judgeGate(
      { verdict: 'slower', verdictText, objectives },
      { ...POLICY, failOn: ['slower'] },
    )
    expect(failures).toEqual([verdictText])
    expect(reasons).toHaveLength(3)
    expect(reasons[0]).toBe(verdictText)
  })
})

test('a gate fails only where there is a reason, and never on a push that may not fail', () => {
  const policies = fc.record({
    failOn: fc.subarray([...FAILURES]),
    onInconclusive: fc.constantFrom('warn' as const, 'fail' as const),
    failOnPush: fc.boolean(),
    isDefaultBranchPush: fc.boolean(),
  })
  const amounts = fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), { nil: null })
  const objectives = fc.array(
    fc.tuple(fc.constantFrom(...OBJECTIVES), amounts, fc.double({ min: 0.001, noNaN: true, noDefaultInfinity: true })),
    { maxLength: 4 },
  )
  fc.assert(
    fc.property(fc.constantFrom(...VERDICTS), policies, objectives, (verdict, policy, given) => {
      const judged = given.flatMap(([name, value, limit]) =>
        judgeObjectives([{ name, limit }], { ...NOTHING, [name]: value }),
      )
      const { failed, reasons, failures } = judgeGate({ verdict, verdictText, objectives: judged }, policy)
      expect(failed).toBe(failures.length > 0)
      expect(reasons.slice(0, failures.length)).toEqual(failures)
      if (policy.isDefaultBranchPush && !policy.failOnPush) expect(failed).toBe(false)
      const isFine = ['faster', 'same', 'none'].includes(verdict) && judged.every(({ met }) => met === true)
      expect(reasons.length === 0).toBe(isFine)
    }),
  )
})
