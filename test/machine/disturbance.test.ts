import { expect, it } from 'vitest'

import { isQuiet, usageText, warningsOf } from '../../src/core/machine/disturbance.js'
import { changeBetween } from '../../src/core/machine/machine-change.js'
import { change, others, state } from './states.js'

const BUSY = { busyMs: 2800, ownMs: 1000, others: others(['yes', 1750], ['agent', 50]) }

it('says nothing of a machine that only we used', () => {
  const ours = change(2000, { busyMs: 3900, ownMs: 3850, stalledMs: 1200, others: others(['agent', 50]) })
  expect(warningsOf([ours])).toEqual([])
  expect(isQuiet(ours)).toBe(true)
})

it('names the process that did most, and how much of the machine others took', () => {
  expect(warningsOf([change(2000, BUSY)])).toEqual([
    'Another process (yes) used 0.9 of 2 cores while this was measured; figures are noisier than usual.',
  ])
  expect(usageText(change(2000, BUSY))).toBe('Another process (yes) uses 0.9 of 2 cores')
})

it('names nobody when no process did half of it', () => {
  const many = { ...BUSY, others: others(['a', 600], ['b', 600], ['c', 600]) }
  expect(warningsOf([change(2000, many)])).toEqual([
    'Other processes used 0.9 of 2 cores while this was measured; figures are noisier than usual.',
  ])
})

it('counts what a process did in the stretch, not before it', () => {
  const before = state({ busyMs: 90_000, others: others(['old', 90_000], ['new', 0]) })
  const after = state({ atMs: 1000, busyMs: 91_000, others: others(['old', 90_000], ['new', 1000]) })
  expect(changeBetween(before, after)).toMatchObject({ othersCores: 1, busiest: 'new' })
})

it('says for how long it was disturbed when that was not all the time', () => {
  expect(warningsOf([change(9000), change(2000, BUSY), change(9000)])).toEqual([
    'Another process (yes) used 0.9 of 2 cores for 2.0 s of the 20 s measured; figures are noisier than usual.',
  ])
})

it.each([
  [1, 0.09, true],
  [2, 0.11, false],
  [64, 1.2, true],
  [64, 1.4, false],
])('takes %s cores of which others use %s as quiet: %s', (logicalCores, cores, expected) => {
  expect(isQuiet(change(1000, { logicalCores, busyMs: cores * 1000 }))).toBe(expected)
})

it('takes a virtual machine as busy when its neighbours are', () => {
  const stolen = change(1000, { stolenMs: 500 })
  expect(isQuiet(stolen)).toBe(false)
  expect(warningsOf([stolen])[0]).toMatch(/^Neighbours of this virtual machine took 0\.5 of 2 cores/)
  expect(usageText(stolen)).toBe('Neighbours of this virtual machine use 0.5 of 2 cores')
})

it.each([
  ['a quota', { throttledMs: 60 }, /^A limit on processor time .* held this back for 0\.1 s;/],
  ['heat', { thermalThrottles: 3 }, /^The processor slowed down 3 times because it was hot;/],
  ['swapping', { swappedBytes: 40 * 2 ** 20 }, /^Memory was short: 40 MiB moved to swap or back;/],
])('says so of %s', (_, after, expected) => {
  expect(warningsOf([change(10_000, after)])).toEqual([expect.stringMatching(expected)])
})

it('keeps to itself what does not show in any figure', () => {
  expect(warningsOf([change(10_000, { throttledMs: 20, swappedBytes: 4096 })])).toEqual([])
})

it('does not know what others did where the kernel does not tell, or over too short a time', () => {
  expect(isQuiet(change(1000, { busyMs: null, stolenMs: null }))).toBeNull()
  expect(isQuiet(change(1000, { ownMs: null }))).toBeNull()
  expect(isQuiet(change(50, BUSY))).toBeNull()
  expect(changeBetween(state({ busyMs: 100 }), state({ atMs: 1000, busyMs: 90 })).othersCores).toBeNull()
})

it('says who else computes on a GPU that is measured on, and what slows it down', () => {
  const gpu = {
    uuid: 'GPU-1',
    name: 'NVIDIA T4',
    clockMhz: 600,
    maxClockMhz: 1590,
    temperatureC: 91,
    utilizationPercent: 100,
    slowedBy: ['temperature'],
    otherProcesses: 2,
  }
  expect(warningsOf([change(1000)], [gpu])).toEqual([
    '2 other processes compute on the NVIDIA T4; figures are noisier than usual.',
    'The NVIDIA T4 was slowed down (temperature); figures are noisier than usual.',
  ])
})
