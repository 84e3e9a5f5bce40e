import fc from 'fast-check'
import { expect, it } from 'vitest'

import { parseGpus } from '../../src/core/machine/gpu-query.js'

const TWO = `GPU-5c0a, NVIDIA A10, 210, 1710, 31, 0, 0x0000000000000001
GPU-77d1, NVIDIA A10, 1125, 1710, 88, 97, 0x0000000000000064
`
const USERS = 'GPU-77d1, 4001\nGPU-77d1, 4002\nGPU-5c0a, 17\n'

it('reads clocks, temperature and use of every GPU, and who else computes on it', () => {
  expect(parseGpus(TWO, USERS, new Set([17]))).toEqual([
    {
      uuid: 'GPU-5c0a',
      name: 'NVIDIA A10',
      clockMhz: 210,
      maxClockMhz: 1710,
      temperatureC: 31,
      utilizationPercent: 0,
      slowedBy: [],
      otherProcesses: 0,
    },
    {
      uuid: 'GPU-77d1',
      name: 'NVIDIA A10',
      clockMhz: 1125,
      maxClockMhz: 1710,
      temperatureC: 88,
      utilizationPercent: 97,
      slowedBy: ['power limit', 'temperature'],
      otherProcesses: 2,
    },
  ])
})

it('takes what a GPU does not tell as unknown, never as 0', () => {
  const text = 'GPU-1, GRID V100D-8Q, [N/A], [Not Supported], N/A, [Unknown Error], [N/A]\n'
  expect(parseGpus(text, null, new Set())).toEqual([
    {
      uuid: 'GPU-1',
      name: 'GRID V100D-8Q',
      clockMhz: null,
      maxClockMhz: null,
      temperatureC: null,
      utilizationPercent: null,
      slowedBy: [],
      otherProcesses: null,
    },
  ])
})

it.each([
  ['0x0000000000000000', []],
  ['0x0000000000000002', []],
  ['0x0000000000000100', []],
  ['0x0000000000000008', ['hardware slowdown']],
  ['0x80', ['power supply']],
  ['0x10000000000000A0', ['temperature', 'power supply']],
])('reads the reasons %s as %s', (reasons, expected) => {
  expect(parseGpus(`GPU-1, X, 1, 1, 1, 1, ${reasons}`, null, new Set())[0]?.slowedBy).toEqual(expected)
})

it.each([
  '',
  'No devices were found\n',
  'NVIDIA-SMI has failed because it could not communicate with the driver.',
  ',,,',
  'GPU-1, cut off',
])('finds no GPU in %j', (text) => {
  expect(parseGpus(text, '', new Set())).toEqual([])
})

it('takes any text without failing', () => {
  const line = fc.array(fc.oneof(fc.string(), fc.constantFrom('GPU-1', '0xff', '17', '')), { maxLength: 9 })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 100 }), fc.string(), (lines, users) => {
      const gpus = parseGpus(lines.map((fields) => fields.join(', ')).join('\n'), users, new Set())
      expect(gpus.length).toBeLessThanOrEqual(64)
      for (const { clockMhz } of gpus) expect(clockMhz === null || Number.isFinite(clockMhz)).toBe(true)
    }),
  )
})
