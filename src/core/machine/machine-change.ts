import type { MachineState } from './machine-state.js'

/** What happened on the machine over a stretch of time. null is what it does not tell. */
export interface MachineChange {
  readonly durationMs: number
  readonly logicalCores: number
  /** Cores' worth of work of processes that are not ours. */
  readonly othersCores: number | null
  /** Name of the process that did most of that, when one did at least half. */
  readonly busiest: string | null
  /** Cores' worth that neighbours of this virtual machine took. */
  readonly stolenCores: number | null
  /** Share of the time in which some task waited for a core, ours included, 0 to 1. */
  readonly stalledShare: number | null
  readonly throttledMs: number | null
  readonly thermalThrottles: number | null
  readonly swappedBytes: number | null
  /** At its end. */
  readonly clockMhz: number | null
}

/** The kernel counts processor time in steps of 10 ms: over less time than this, shares of cores would be guesses. */
const SHORTEST_MS = 100

/** What happened between two states of one machine, the earlier first. */
export function changeBetween(before: MachineState, after: MachineState): MachineChange {
  const durationMs = after.atMs - before.atMs
  const isLong = durationMs >= SHORTEST_MS
  const busyMs = grown(before.busyMs, after.busyMs)
  const ownMs = grown(before.ownMs, after.ownMs)
  const othersMs = busyMs === null || ownMs === null || !isLong ? null : Math.max(0, busyMs - ownMs)
  const stolenMs = isLong ? grown(before.stolenMs, after.stolenMs) : null
  const stalledMs = isLong ? grown(before.stalledMs, after.stalledMs) : null
  return {
    durationMs,
    logicalCores: after.logicalCores,
    othersCores: othersMs === null ? null : othersMs / durationMs,
    busiest: othersMs === null ? null : busiestOf(before, after, othersMs),
    stolenCores: stolenMs === null ? null : stolenMs / durationMs,
    stalledShare: stalledMs === null ? null : Math.min(1, stalledMs / durationMs),
    throttledMs: grown(before.throttledMs, after.throttledMs),
    thermalThrottles: grown(before.thermalThrottles, after.thermalThrottles),
    swappedBytes: grown(before.swappedBytes, after.swappedBytes),
    clockMhz: after.clockMhz,
  }
}

/** A counter that shrank was reset, as when a core went offline: then nothing is known. */
function grown(before: number | null, after: number | null): number | null {
  return before === null || after === null || after < before ? null : after - before
}

function busiestOf(before: MachineState, after: MachineState, othersMs: number): string | null {
  let [busiest, most]: [string | null, number] = [null, othersMs / 2]
  for (const [id, { name, busyMs }] of after.others) {
    const workedMs = busyMs - (before.others.get(id)?.busyMs ?? 0)
    if (workedMs > 0 && workedMs >= most) [busiest, most] = [name, workedMs]
  }
  return busiest
}
