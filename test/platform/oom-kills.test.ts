import { expect, it } from 'vitest'

import { countOomKills } from '../../src/core/platform/oom-kills.js'

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
])('reads %s', (_, files, expected) => {
  expect(countOomKills((file) => files[file] ?? '')).toBe(expected)
})

it('reads a number or nothing here', () => {
  expect(countOomKills() ?? 0).toBeGreaterThanOrEqual(0)
})
