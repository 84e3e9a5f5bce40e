import { expect, it } from 'vitest'

import { overallVerdict, verdictOf } from '../../src/core/comparison/verdict.js'

it.each([
  [[1.051, 1.2], 'slower'],
  [[1.05, 1.2], 'inconclusive'],
  [[0.8, 0.952], 'faster'],
  [[0.8, 1 / 1.05], 'inconclusive'],
  [[1 / 1.05, 1.05], 'same'],
  [[0.99, 1.0501], 'inconclusive'],
  [[0.952, 1.01], 'inconclusive'],
  [[0.5, 2], 'inconclusive'],
] as const)('says of the interval %j at a tolerance of 5 %% that it is %s', ([low, high], verdict) => {
  expect(verdictOf([low, high], 0.05)).toBe(verdict)
})

it('claims nothing without an interval', () => {
  expect(verdictOf(null, 0.05)).toBe('inconclusive')
})

it.each([
  [['faster', 'inconclusive', 'slower'], 'slower'],
  [['faster', 'inconclusive'], 'inconclusive'],
  [['same', 'faster'], 'faster'],
  [['same', 'same'], 'same'],
  [[], 'inconclusive'],
] as const)('says of metrics that are %j together: %s', (verdicts, overall) => {
  expect(overallVerdict(verdicts)).toBe(overall)
})
