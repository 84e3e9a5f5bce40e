import { describe, expect, it } from 'vitest'

import { proveBatch } from '../../src/core/measurement/batch-proof.js'
import { compareOutputs, findNonFinite, judge, precisionBound } from '../../src/core/measurement/correctness.js'
import type { NamedTensors } from '../../src/core/tensors/tensor.js'

const floats = (values: readonly number[], shape: readonly number[] = [values.length]): NamedTensors =>
  new Map([['y', { dtype: 'float32', shape, data: Float32Array.from(values) }]])

describe('correctness', () => {
  it('measures differences as the real Navigator does, counting 0/0 as 0', () => {
    const { differences, problem } = compareOutputs([{ expected: floats([0, 3, 4]), got: floats([0, 3, 5]) }], ['y'])
    expect(problem).toBeNull()
    expect(differences[0]).toMatchObject({ name: 'y', atol: 1, rtol: 0.25, relativeRms: 0.2, topOneAgreement: null })
  })

  it('names what cannot be compared', () => {
    const problemOf = (got: NamedTensors): string | null =>
      compareOutputs([{ expected: floats([1, 2]), got }], ['y']).problem
    expect(problemOf(new Map())).toBe('output y is missing')
    expect(problemOf(floats([1, 2], [2, 1]))).toBe('output y has the shape [2, 1] instead of [2]')
    expect(problemOf(floats([1, NaN]))).toBe('output y is not finite (NaN or infinity)')
  })

  it('finds infinity among float16 bits', () => {
    const data = Uint16Array.of(0x3c00, 0x7c00)
    expect(findNonFinite(new Map([['h', { dtype: 'float16', shape: [2], data }]]))).toEqual(['h'])
  })

  it('lets a candidate differ by ten times the noise of the model, at least by 1e-3', () => {
    const { differences } = compareOutputs([{ expected: floats([1]), got: floats([1.005]) }], ['y'])
    expect(judge(differences, precisionBound(0))).toBe('FAIL')
    expect(judge(differences, precisionBound(0.001))).toBe('OK')
  })

  it('believes a batch only when its rows are what the items give alone', () => {
    const single = [floats([1, 2], [1, 2]), floats([3, 4], [1, 2])]
    const outputs = [{ name: 'y', dtype: 'float32', shape: [null, 2], batchAxis: null }] as const
    const prove = (mixed: NamedTensors): unknown => proveBatch({ single, mixed, bound: 1e-3, outputs })
    expect(prove(floats([1, 2, 3, 4], [2, 2]))).toEqual({ outputAxes: new Map([['y', 0]]) })
    expect(prove(floats([2, 3, 2, 3], [2, 2]))).toHaveProperty('reason')
  })
})
