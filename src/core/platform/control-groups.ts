import { readFileSync } from 'node:fs'

/** Gives a file's text, or '' when there is none. */
export type ReadText = (file: string) => string

export function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/**
 * Memory that the control groups of this process leave it, bytes: the least of its own group and those above it.
 * Infinity where nothing limits it or the kernel does not tell.
 */
export function memoryLeftBytes(read: ReadText = readText): number {
  const left = [
    ...groupFolders('', read).map((folder) => [read(`${folder}/memory.max`), read(`${folder}/memory.current`)]),
    ...groupFolders('memory', read).map((folder) => [
      read(`${folder}/memory.limit_in_bytes`),
      read(`${folder}/memory.usage_in_bytes`),
    ]),
  ].map(([limit = '', used = '']) => Number.parseInt(limit, 10) - Number.parseInt(used, 10))
  return Math.max(0, least(left))
}

/** Cores that the quotas of this process's control groups come to, which may be a fraction; Infinity without one. */
export function coreQuota(read: ReadText = readText): number {
  const quotas = [
    ...groupFolders('', read).map((folder) => read(`${folder}/cpu.max`).split(' ')),
    ...groupFolders('cpu', read).map((folder) => [
      read(`${folder}/cpu.cfs_quota_us`),
      read(`${folder}/cpu.cfs_period_us`),
    ]),
  ].map(([quota = '', period = '']) => Number.parseInt(quota, 10) / Number.parseInt(period, 10))
  // Version 1 writes -1 for no quota.
  return least(quotas.filter((cores) => cores > 0))
}

/**
 * Time for which quotas held this process's control groups back, milliseconds, summed over the groups that say so; null
 * where none does.
 */
export function throttledMs(read: ReadText = readText): number | null {
  const files = [
    ...groupFolders('', read).map((folder) => `${folder}/cpu.stat`),
    ...groupFolders('cpu', read).map((folder) => `${folder}/cpu.stat`),
  ]
  const times = files.map(read).flatMap((text) => {
    // Version 2 counts microseconds, version 1 nanoseconds.
    const [, unit, count] = /^throttled_(usec|time) (\d+)$/m.exec(text) ?? []
    return count === undefined ? [] : [Number(count) / (unit === 'usec' ? 1e3 : 1e6)]
  })
  return times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0)
}

/**
 * How many processes of this process's control group the kernel has killed because memory ran out; null where it does
 * not tell.
 */
export function countOomKills(read: ReadText = readText): number | null {
  const files = [
    ...groupFolders('', read).map((folder) => `${folder}/memory.events`),
    ...groupFolders('memory', read).map((folder) => `${folder}/memory.oom_control`),
  ]
  for (const file of files) {
    const found = /^oom_kill (\d+)$/m.exec(read(file))?.[1]
    if (found !== undefined) return Number(found)
  }
  return null
}

function least(values: readonly number[]): number {
  return Math.min(Infinity, ...values.filter((value) => !Number.isNaN(value)))
}

/**
 * The folders of this process's group and of every group above it, its own first: of cgroup v2, or of a controller of
 * v1. In a container the path may be the host's, while the container sees its own group at the root.
 */
function groupFolders(controller: string, read: ReadText): string[] {
  const lines = read('/proc/self/cgroup').split('\n')
  const own = lines.map((line) => line.split(':')).find(([, names = '']) => names.split(',').includes(controller))
  const parts = (own?.slice(2).join(':') ?? '/').split('/').filter((part) => part !== '')
  const root = controller === '' ? '/sys/fs/cgroup' : `/sys/fs/cgroup/${controller}`
  return [...parts.keys(), parts.length].reverse().map((depth) => [root, ...parts.slice(0, depth)].join('/'))
}
