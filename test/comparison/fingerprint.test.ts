import { expect, it } from 'vitest'

import { fingerprintDifferences } from '../../src/core/comparison/fingerprint.js'

const FACTS = { cpu: 'AMD EPYC 7763', allowedCores: '4', release: '6.8.0', onnxruntime: '1.30.0' }

it('finds no difference between alike machines, whatever the order of their facts', () => {
  const turned = Object.fromEntries(Object.entries(FACTS).reverse())
  expect(fingerprintDifferences(FACTS, turned)).toEqual([])
})

it('names what differs as people call it, and facts it does not know as they are', () => {
  const now = { ...FACTS, cpu: 'Intel Xeon 8370C', allowedCores: '2', driver: '555' }
  expect(fingerprintDifferences({ ...FACTS, driver: '550' }, now)).toEqual([
    'processor: AMD EPYC 7763 then, Intel Xeon 8370C now',
    'cores allowed: 4 then, 2 now',
    'driver: 550 then, 555 now',
  ])
})

it('counts a fact that only one side knows', () => {
  const { onnxruntime, ...without } = FACTS
  expect(fingerprintDifferences(FACTS, without)).toEqual([`ONNX Runtime: ${onnxruntime} then, not recorded now`])
  expect(fingerprintDifferences(without, FACTS)).toEqual([`ONNX Runtime: not recorded then, ${onnxruntime} now`])
})

it('takes names of object properties as facts like others', () => {
  const hostile = JSON.parse('{"__proto__": "1", "constructor": "2"}') as Record<string, string>
  expect(fingerprintDifferences(hostile, {})).toEqual([
    '__proto__: 1 then, not recorded now',
    'constructor: 2 then, not recorded now',
  ])
})
