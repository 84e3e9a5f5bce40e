import { describe, expect, it } from 'vitest'

import { planAsGiven, type PlanFacts, type PlannedCandidate, planVariants } from '../../src/core/plan/plan.js'

const facts = (change: Partial<PlanFacts>): PlanFacts => ({
  models: [{ key: 'onnx', isResolvable: true }],
  allowedCores: 4,
  settings: 'search',
  formats: null,
  runners: null,
  device: 'auto',
  ...change,
})

/** All that is tried when the first model runs. */
function makePlan(given: PlanFacts): PlannedCandidate[] {
  const asGiven = planAsGiven(given)
  return [...asGiven, ...planVariants(given, asGiven, asGiven[0]?.candidate.id ?? null)]
}

describe('the plan', () => {
  it('starts with every model as given and gives only those a row', () => {
    const plan = makePlan(
      facts({
        models: [
          { key: 'onnx', isResolvable: true },
          { key: 'onnx-dynamo', isResolvable: false },
        ],
      }),
    )
    expect(plan.slice(0, 2).map(({ candidate }) => [candidate.key, candidate.modelKey])).toEqual([
      ['onnx', 'onnx'],
      [null, 'onnx-dynamo'],
    ])
    expect(plan.slice(0, 2).map(({ candidate }) => candidate.id)).toEqual(['onnx', 'onnx-dynamo'])
    expect(plan.slice(2).every(({ candidate }) => candidate.parentId === 'onnx')).toBe(true)
  })

  it('varies the model that runs, and nothing when none does', () => {
    const given = facts({
      models: [
        { key: 'onnx', isResolvable: true },
        { key: 'onnx-dynamo', isResolvable: false },
      ],
    })
    const asGiven = planAsGiven(given)
    const keys = planVariants(given, asGiven, 'onnx-dynamo').map(({ candidate }) => candidate.modelKey)
    expect(new Set(keys)).toEqual(new Set(['onnx-dynamo']))
    expect(planVariants(given, asGiven, null)).toEqual([])
  })

  it('gives every candidate an id of its own, safe as a file name, whatever the models are called', () => {
    const keys = ['A b', 'a/b', '..', '__proto__', 'a-b-graph-optimized']
    const ids = makePlan(facts({ models: keys.map((key) => ({ key, isResolvable: true })) })).map(
      ({ candidate }) => candidate.id,
    )
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter((id) => !/^[a-z0-9.-]+$/.test(id))).toEqual([])
  })

  it('tries nothing but the models at default settings when asked to', () => {
    expect(makePlan(facts({ settings: 'default' }))).toHaveLength(1)
  })

  it('skips all candidates with a reason where the device is not available', () => {
    const reasons = new Set(makePlan(facts({ device: 'cuda' })).map(({ skip }) => skip))
    expect(reasons).toEqual(new Set(['the device cuda is not available']))
  })
})
