import { type ReadText, readText } from './control-groups.js'

const CPUS = '/sys/devices/system/cpu'

/** What `/sys/devices/system/cpu` tells of the cores' clock; null is what it does not tell, as in most virtual machines. */
export interface ProcessorClock {
  /** Mean over the cores. */
  readonly clockMhz: number | null
  /** The highest clock of any core. */
  readonly maxClockMhz: number | null
  /** How the kernel chooses clocks; several names where cores differ. */
  readonly governor: string | null
  readonly boost: boolean | null
  readonly thermalThrottles: number | null
}

export function processorClock(read: ReadText = readText): ProcessorClock {
  const cores = onlineCores(read)
  const numbers = (file: string): number[] => cores.flatMap((core) => numberIn(read(`${CPUS}/cpu${core}/${file}`)))
  const clocks = numbers('cpufreq/scaling_cur_freq')
  const limits = numbers('cpufreq/cpuinfo_max_freq')
  const governors = cores.map((core) => read(`${CPUS}/cpu${core}/cpufreq/scaling_governor`).trim())
  const names = [...new Set(governors.filter((name) => name !== ''))].sort()
  return {
    clockMhz: clocks.length === 0 ? null : Math.round(sum(clocks) / clocks.length / 1000),
    maxClockMhz: limits.length === 0 ? null : Math.round(limits.reduce((a, b) => Math.max(a, b)) / 1000),
    governor: names.length === 0 ? null : names.join(', '),
    boost: boostState(read),
    thermalThrottles: sumOrNull([
      ...numbers('thermal_throttle/core_throttle_count'),
      ...numbers('thermal_throttle/package_throttle_count'),
    ]),
  }
}

/** The clock of one core; how often it, or the processor it belongs to, slowed down because it was hot. */
export interface CoreClock {
  readonly mhz: number
  readonly thermalThrottles: number
}

/** Of the core that this process's main thread ran on last; null where the kernel does not tell. */
export function coreClock(read: ReadText = readText): CoreClock | null {
  const text = read('/proc/self/stat')
  // The program's name, in brackets, may hold anything; the core is field 39.
  const core = text.slice(text.lastIndexOf(')') + 2).split(' ')[36]
  if (core === undefined || !/^\d+$/.test(core)) return null
  const [clock] = numberIn(read(`${CPUS}/cpu${core}/cpufreq/scaling_cur_freq`))
  if (clock === undefined) return null
  const throttles = ['core', 'package'].flatMap((part) =>
    numberIn(read(`${CPUS}/cpu${core}/thermal_throttle/${part}_throttle_count`)),
  )
  return { mhz: clock / 1000, thermalThrottles: sum(throttles) }
}

/** `intel_pstate` says whether turbo is off, the other drivers whether boost is on. */
function boostState(read: ReadText): boolean | null {
  const [off] = numberIn(read(`${CPUS}/intel_pstate/no_turbo`))
  if (off !== undefined) return off === 0
  const [on] = numberIn(read(`${CPUS}/cpufreq/boost`))
  return on === undefined ? null : on !== 0
}

/** Cores listed as `0-3,8`; a machine has no more than the kernel's own limit of 8192. */
function onlineCores(read: ReadText): number[] {
  return read(`${CPUS}/online`)
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = NaN, last = first] = range.split('-').map((text) => Number.parseInt(text, 10))
      const count = Math.min(8192, last - first + 1)
      return count > 0 ? Array.from({ length: count }, (_, index) => first + index) : []
    })
}

function numberIn(text: string): number[] {
  return /^\d+\s*$/.test(text) ? [Number(text)] : []
}

function sumOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
