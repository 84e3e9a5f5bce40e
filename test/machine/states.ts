import { changeBetween, type MachineChange } from '../../src/core/machine/machine-change.js'
import type { MachineState } from '../../src/core/machine/machine-state.js'

/** Of two cores, on which nothing happens. */
const IDLE: MachineState = {
  atMs: 0,
  logicalCores: 2,
  busyMs: 0,
  stolenMs: 0,
  ownMs: 0,
  others: new Map(),
  stalledMs: 0,
  pressurePercent: 0,
  loadAverage: 0,
  runnable: 1,
  clockMhz: 3000,
  governor: 'performance',
  boost: true,
  thermalThrottles: 0,
  quotaCores: null,
  throttledMs: 0,
  swapUsedBytes: 0,
  swappedBytes: 0,
  gpus: null,
}

export function state(changes: Partial<MachineState> = {}): MachineState {
  return { ...IDLE, ...changes }
}

/** What happened in so many milliseconds, from a machine at rest. */
export function change(durationMs: number, after: Partial<MachineState> = {}): MachineChange {
  return changeBetween(IDLE, state({ ...after, atMs: durationMs }))
}

export const others = (...processes: readonly [name: string, busyMs: number][]): MachineState['others'] =>
  new Map(processes.map(([name, busyMs], index) => [`${index}-1`, { name, busyMs }]))
