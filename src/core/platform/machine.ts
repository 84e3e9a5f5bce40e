import os from 'node:os'

import type { MachineState } from '../machine/machine-state.js'
import { coreQuota, type ReadText, readText, throttledMs } from './control-groups.js'
import { processorClock } from './processor-clock.js'
import { coreTime, type ListProcesses, listProcesses, processTimes } from './processor-time.js'

/** Where the state of a machine is read; tests put texts and a clock of their own in. */
export interface MachineReader {
  readonly read: ReadText
  readonly list: ListProcesses
  readonly nowMs: () => number
  /** The process that counts as ours, with all that it started. */
  readonly pid: number
}

export const THIS_MACHINE: MachineReader = {
  read: readText,
  list: listProcesses,
  nowMs: () => performance.now(),
  pid: process.pid,
}

/**
 * Reads the state of this machine, without its GPUs; a few milliseconds, in which this process is busy. What the kernel
 * does not tell, or is not Linux, is null.
 */
export function readMachine({ read, list, nowMs, pid }: MachineReader = THIS_MACHINE): MachineState {
  const pressure = read('/proc/pressure/cpu')
  const [load, runnable] = loadOf(read('/proc/loadavg'))
  const memory = read('/proc/meminfo')
  const quota = coreQuota(read)
  const { clockMhz, governor, boost, thermalThrottles } = processorClock(read)
  const times = processTimes(pid, read, list)
  const cores = coreTime(read)
  return {
    atMs: nowMs(),
    logicalCores: Math.max(1, os.cpus().length),
    busyMs: cores?.busyMs ?? null,
    stolenMs: cores?.stolenMs ?? null,
    ...times,
    stalledMs: numberAfter(/^some .*\btotal=(\d+)/m, pressure, 1e-3),
    pressurePercent: numberAfter(/^some avg10=([\d.]+)/m, pressure),
    loadAverage: load,
    runnable,
    clockMhz,
    governor,
    boost,
    thermalThrottles,
    quotaCores: Number.isFinite(quota) ? quota : null,
    throttledMs: throttledMs(read),
    swapUsedBytes: swapUsed(memory),
    swappedBytes: swapped(read('/proc/vmstat')),
    gpus: null,
  }
}

function numberAfter(pattern: RegExp, text: string, unit = 1): number | null {
  const found = pattern.exec(text)?.[1]
  return found === undefined ? null : Number(found) * unit
}

/** `0.45 0.40 0.77 1/87 22251`: averages over 1, 5 and 15 minutes, and tasks that run or want to of all there are. */
function loadOf(text: string): [load: number | null, runnable: number | null] {
  const [, load, runnable] = /^([\d.]+) \S+ \S+ (\d+)\//.exec(text) ?? []
  return [load === undefined ? null : Number(load), runnable === undefined ? null : Number(runnable)]
}

function swapUsed(memory: string): number | null {
  const [total, free] = ['SwapTotal', 'SwapFree'].map((name) =>
    numberAfter(new RegExp(`^${name}: +(\\d+) kB`, 'm'), memory, 1024),
  )
  return total == null || free == null ? null : total - free
}

/** The kernel counts pages, of 4 KiB nearly everywhere; where they are larger the figure is too small, not wrong. */
const PAGE_BYTES = 4096

function swapped(text: string): number | null {
  const [into, out] = [/^pswpin (\d+)/m, /^pswpout (\d+)/m].map((pattern) => numberAfter(pattern, text, PAGE_BYTES))
  return into == null || out == null ? null : into + out
}
