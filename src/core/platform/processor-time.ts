import { readdirSync } from 'node:fs'

import type { ProcessTime } from '../machine/machine-state.js'
import { type ReadText, readText } from './control-groups.js'

/** Ticks that Linux counts processor time in, for every architecture that Node runs on (`USER_HZ`). */
const TICK_MS = 10

/** Time that all cores together were used, milliseconds since the machine started; null where the kernel does not tell. */
export function coreTime(read: ReadText = readText): { busyMs: number; stolenMs: number } | null {
  const fields = /^cpu +(.*)$/m.exec(read('/proc/stat'))?.[1]?.split(' ').map(Number)
  if (fields === undefined || fields.length < 8 || !fields.slice(0, 8).every(Number.isFinite)) return null
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields
  return { busyMs: (user + nice + system + irq + softirq) * TICK_MS, stolenMs: steal * TICK_MS }
}

/** Lists the ids of the processes that can be seen. */
export type ListProcesses = () => readonly number[]

export function listProcesses(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
  } catch {
    return []
  }
}

/** More processes than this are not looked at one by one: reading them would disturb by itself. */
const MOST_PROCESSES = 5000

/** Processor time of this process and all that it started, and of the others that it may see. */
export function processTimes(
  own: number,
  read: ReadText = readText,
  list: ListProcesses = listProcesses,
): { ownMs: number | null; others: ReadonlyMap<string, ProcessTime> } {
  const found = list()
    .slice(0, MOST_PROCESSES)
    .flatMap((pid) => statOf(pid, read) ?? [])
  const byPid = new Map(found.map((one) => [one.pid, one]))
  const self = byPid.get(own)
  if (self === undefined) return { ownMs: null, others: new Map() }
  const isOurs = (one: ProcessStat): boolean => ancestry(one, byPid).includes(self)
  const ownMs = found.filter(isOurs).reduce((sum, { busyMs, reapedMs }) => sum + busyMs + reapedMs, 0)
  const others = found.filter((one) => !isOurs(one))
  // The tick it started at tells a process from a later one of the same id.
  return {
    ownMs,
    others: new Map(others.map(({ pid, startTick, name, busyMs }) => [`${pid}-${startTick}`, { name, busyMs }])),
  }
}

interface ProcessStat extends ProcessTime {
  readonly pid: number
  readonly parent: number
  readonly startTick: number
  /** Of children that ended and were waited for, and of theirs. */
  readonly reapedMs: number
}

/** `/proc/<pid>/stat`: the second field is the program's name in brackets and may hold anything. */
function statOf(pid: number, read: ReadText): ProcessStat | null {
  const text = read(`/proc/${pid}/stat`)
  const [open, close] = [text.indexOf('('), text.lastIndexOf(')')]
  if (open === -1 || close < open) return null
  const fields = text
    .slice(close + 2)
    .split(' ')
    .map(Number)
  const [parent, utime, stime, cutime, cstime, startTick] = [1, 11, 12, 13, 14, 19].map((at) => fields[at] ?? NaN)
  if (parent === undefined || startTick === undefined) return null
  const busyMs = ((utime ?? NaN) + (stime ?? NaN)) * TICK_MS
  const reapedMs = ((cutime ?? NaN) + (cstime ?? NaN)) * TICK_MS
  if (![parent, startTick, busyMs, reapedMs].every(Number.isFinite)) return null
  return { pid, parent, startTick, name: plainName(text.slice(open + 1, close)), busyMs, reapedMs }
}

/** A process may call itself anything; what is no plain letter could be a command to a terminal or a workflow. */
function plainName(name: string): string {
  return name.replace(/[^\w.+ -]/g, '?')
}

/** The process and those above it; a process may have got the id of its parent after that ended, so loops are cut. */
function ancestry(one: ProcessStat, byPid: ReadonlyMap<number, ProcessStat>): ProcessStat[] {
  const line: ProcessStat[] = []
  for (let at: ProcessStat | undefined = one; at !== undefined && !line.includes(at); at = byPid.get(at.parent)) {
    line.push(at)
  }
  return line
}
