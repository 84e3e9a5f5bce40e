import { expect, it } from 'vitest'

import type { ProgressEvent } from '../src/core/environment.js'
import { MachineWatch } from '../src/core/machine-watch.js'
import type { MachineState } from '../src/core/machine/machine-state.js'
import { environment } from '../src/core/report/environment-record.js'
import { others, state } from './machine/states.js'

const stage = (name: 'read' | 'reference' | 'screen' | 'save'): ProgressEvent => ({ kind: 'stage', stage: name })
const PROGRESS: ProgressEvent = { kind: 'planned', candidates: [] }

/** A watch over a machine whose seconds pass, and whose cores others use, as a test says. */
function watched(hasWaited = false) {
  let now: MachineState = state({ others: others(['yes', 0]) })
  const said: string[] = []
  const note = (text: string): void => {
    said.push(text)
  }
  let reads = 0
  const read = (): MachineState => {
    reads++
    return now
  }
  const log = { debug: note, info: note, warn: note }
  const watch = new MachineWatch(log, { gpus: null, hasWaited }, { read, nowMs: () => now.atMs })
  const pass = (seconds: number, cores = 0): void => {
    const busyMs = (now.busyMs ?? 0) + seconds * 1000 * cores
    now = { ...now, atMs: now.atMs + seconds * 1000, busyMs, others: others(['yes', busyMs]) }
  }
  return { watch, pass, said, reads: () => reads }
}

it('knows nothing before anything is measured', () => {
  const { watch, pass } = watched()
  watch.see(stage('read'))
  pass(5, 1)
  watch.see(PROGRESS)
  expect(watch.record()).toBeNull()
})

it('leaves out reading and saving, and keeps what happened between two signs of progress', () => {
  const { watch, pass } = watched()
  watch.see(stage('read'))
  pass(5, 2)
  watch.see(stage('reference'))
  pass(2, 0.5)
  watch.see(PROGRESS)
  pass(0.5)
  // Too soon after the last look to be worth another.
  watch.see(PROGRESS)
  pass(1.5)
  watch.see(stage('save'))
  pass(60, 2)
  watch.see(PROGRESS)
  const record = watch.record()
  expect(record?.during.map(({ startMs, durationMs, othersCores }) => [startMs, durationMs, othersCores])).toEqual([
    [5000, 2000, 0.5],
    [7000, 2000, 0],
  ])
  expect(record?.warnings).toEqual([
    'Another process (yes) used 0.5 of 2 cores for 2.0 s of the 4.0 s measured; figures are noisier than usual.',
  ])
  expect(environment.parse(record)).toEqual(record)
})

it('says as soon as it is seen, and once, that others use the machine', () => {
  const { watch, pass, said } = watched()
  watch.see(stage('reference'))
  pass(2)
  watch.see(PROGRESS)
  expect(said).toEqual([])
  for (let count = 0; count < 3; count++) {
    pass(2, 1)
    watch.see(PROGRESS)
  }
  expect(said).toEqual([
    'Another process (yes) uses 1.0 of 2 cores, so figures are noisier than usual; wait-for-quiet would wait for that to end.',
  ])
})

it('says so before anything is measured, without advice to who has waited already', () => {
  const { watch, pass, said } = watched(true)
  watch.see(stage('read'))
  pass(1, 1)
  watch.see(stage('reference'))
  expect(said).toEqual(['Another process (yes) uses 1.0 of 2 cores, so figures are noisier than usual.'])
  pass(2, 1)
  watch.see(PROGRESS)
  expect(said).toHaveLength(1)
})

it('looks less often the longer a run takes', () => {
  const { watch, pass, reads } = watched()
  watch.see(stage('reference'))
  for (let second = 0; second < 3600; second++) {
    pass(1)
    watch.see(PROGRESS)
  }
  const stretches = watch.record()?.during ?? []
  expect(stretches.length).toBeLessThan(160)
  expect(reads()).toBeLessThan(stretches.length + 5)
  expect(stretches.reduce((sum, { durationMs }) => sum + durationMs, 0)).toBeGreaterThan(3400 * 1000)
})

it('warns when one model ran at changing speeds, whatever the machine tells', () => {
  const { watch, pass } = watched()
  watch.see(stage('screen'))
  pass(5)
  watch.see(PROGRESS)
  watch.sawGenerations([1, 1, 1, 1, 1.01, 1, 1, 1])
  expect(watch.record()?.warnings).toEqual([])
  watch.sawGenerations([0.49, 0.49, 1.06, 1.06, 0.49, 0.49, 1.06, 1.06])
  expect(watch.record()?.warnings).toEqual([
    'One model took 0.490 ms in some generations and 1.06 ms in others: this machine, or the host it shares, does not run at a steady speed; figures are noisier than usual.',
  ])
})
