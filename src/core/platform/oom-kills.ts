import { readFileSync } from 'node:fs'

/**
 * How many processes of this process's control group the kernel has killed because memory ran out; null where it does
 * not tell. `read` gives a file's text, or '' when there is none.
 */
export function countOomKills(read: (file: string) => string = textOf): number | null {
  for (const file of counterFiles(read('/proc/self/cgroup'))) {
    const found = /^oom_kill (\d+)$/m.exec(read(file))?.[1]
    if (found !== undefined) return Number(found)
  }
  return null
}

/** Of cgroup v2, then v1; in a container the group's path may be the host's, while the container sees its own at the root. */
function counterFiles(cgroups: string): string[] {
  const v2 = /^0::(.+)$/m.exec(cgroups)?.[1] ?? '/'
  const v1 = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.+)$/m.exec(cgroups)?.[1] ?? '/'
  return [
    `/sys/fs/cgroup${v2}/memory.events`,
    '/sys/fs/cgroup/memory.events',
    `/sys/fs/cgroup/memory${v1}/memory.oom_control`,
    '/sys/fs/cgroup/memory/memory.oom_control',
  ]
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
