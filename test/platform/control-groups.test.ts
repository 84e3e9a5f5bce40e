import { expect, it } from 'vitest'

import { coreQuota, countOomKills, memoryLeftBytes } from '../../src/core/platform/control-groups.js'

const V2 = 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n'
const V1 = 'oom_kill_disable 0\nunder_oom 0\noom_kill 5\n'

it.each<[string, Record<string, string>, number | null]>([
  [
    'its own group of version 2',
    {
      '/proc/self/cgroup': '0::/system.slice/runner.service\n',
      '/sys/fs/cgroup/system.slice/runner.service/memory.events': V2,
      '/sys/fs/cgroup/memory.events': V2.replace('oom_kill 2', 'oom_kill 9'),
    },
    2,
  ],
  ['the root in a container', { '/proc/self/cgroup': '0::/docker/abc\n', '/sys/fs/cgroup/memory.events': V2 }, 2],
  [
    'its own group of version 1, beside an empty version 2',
    {
      '/proc/self/cgroup': '5:devices:/\n4:cpu,memory:/jobs/1\n0::/\n',
      '/sys/fs/cgroup/memory/jobs/1/memory.oom_control': V1,
    },
    5,
  ],
  ['nothing where the kernel does not tell', {}, null],
])('counts the kills of %s', (_, files, expected) => {
  expect(countOomKills((file) => files[file] ?? '')).toBe(expected)
})

const GIB = 2 ** 30
const SERVICE = '/sys/fs/cgroup/system.slice/runner.service'

it.each<[string, Record<string, string>, number]>([
  [
    'the group above, where that leaves less',
    {
      '/proc/self/cgroup': '0::/system.slice/runner.service\n',
      [`${SERVICE}/memory.max`]: 'max\n',
      [`${SERVICE}/memory.current`]: `${GIB}\n`,
      '/sys/fs/cgroup/system.slice/memory.max': `${4 * GIB}\n`,
      '/sys/fs/cgroup/system.slice/memory.current': `${GIB}\n`,
    },
    3 * GIB,
  ],
  [
    'a group of version 1',
    {
      '/proc/self/cgroup': '4:cpu,memory:/jobs/1\n0::/\n',
      '/sys/fs/cgroup/memory/jobs/1/memory.limit_in_bytes': `${2 * GIB}\n`,
      '/sys/fs/cgroup/memory/jobs/1/memory.usage_in_bytes': `${3 * GIB}\n`,
    },
    0,
  ],
  ['nothing where the kernel does not tell', {}, Infinity],
])('finds the memory that %s leaves', (_, files, expected) => {
  expect(memoryLeftBytes((file) => files[file] ?? '')).toBe(expected)
})

it.each<[string, Record<string, string>, number]>([
  [
    'its own group of version 2',
    { '/proc/self/cgroup': '0::/system.slice/runner.service\n', [`${SERVICE}/cpu.max`]: '150000 100000\n' },
    1.5,
  ],
  ['the root in a container', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '400000 100000\n' }, 4],
  ['a group without one', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, Infinity],
  [
    'a group of version 1 without one',
    {
      '/proc/self/cgroup': '3:cpu,cpuacct:/\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    Infinity,
  ],
])('finds the quota of cores of %s', (_, files, expected) => {
  expect(coreQuota((file) => files[file] ?? '')).toBe(expected)
})

it('reads numbers here', () => {
  expect(countOomKills() ?? 0).toBeGreaterThanOrEqual(0)
  expect(memoryLeftBytes()).toBeGreaterThan(0)
  expect(coreQuota()).toBeGreaterThan(0)
})
