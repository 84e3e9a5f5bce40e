import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { usageText, warningsOf } from '../../src/core/machine/disturbance.js'
import { changeBetween } from '../../src/core/machine/machine-change.js'
import { type MachineReader, readMachine, THIS_MACHINE } from '../../src/core/platform/machine.js'

const CPU = '/sys/devices/system/cpu'
const FILES: Record<string, string> = {
  '/proc/stat': 'cpu  100 20 30 4000 50 6 4 70 5 0\ncpu0 50 10 15 2000 25 3 2 35 0 0\n',
  '/proc/loadavg': '1.50 0.40 0.77 3/187 22251\n',
  '/proc/pressure/cpu': 'some avg10=12.50 avg60=3.89 avg300=3.80 total=2500000\nfull avg10=0.00 avg60=0.00 total=0\n',
  '/proc/meminfo': 'MemTotal: 8000 kB\nSwapTotal:    3000 kB\nSwapFree:     1000 kB\n',
  '/proc/vmstat': 'nr_free_pages 12\npswpin 3\npswpout 7\n',
  '/proc/self/cgroup': '0::/jobs/1\n',
  '/sys/fs/cgroup/jobs/1/cpu.max': '150000 100000\n',
  '/sys/fs/cgroup/jobs/1/cpu.stat': 'usage_usec 9\nnr_periods 5\nnr_throttled 2\nthrottled_usec 40000\n',
  [`${CPU}/online`]: '0-1\n',
  [`${CPU}/cpu0/cpufreq/scaling_cur_freq`]: '3400000\n',
  [`${CPU}/cpu1/cpufreq/scaling_cur_freq`]: '2600000\n',
  [`${CPU}/cpu0/cpufreq/scaling_governor`]: 'powersave\n',
  [`${CPU}/cpu1/cpufreq/scaling_governor`]: 'powersave\n',
  [`${CPU}/intel_pstate/no_turbo`]: '1\n',
  [`${CPU}/cpu0/thermal_throttle/core_throttle_count`]: '2\n',
  [`${CPU}/cpu1/thermal_throttle/core_throttle_count`]: '3\n',
  '/proc/10/stat': stat(10, 'node', 1, [10, 5, 20, 5]),
  '/proc/11/stat': stat(11, 'a) R (b', 10, [7, 3, 0, 0]),
  '/proc/12/stat': stat(12, 'grandchild', 11, [1, 1, 0, 0]),
  '/proc/20/stat': stat(20, '::error::\u001b[31m', 1, [40, 2, 99, 99]),
  // One whose parent is itself, and one that ended meanwhile.
  '/proc/30/stat': stat(30, 'loop', 30, [1, 0, 0, 0]),
}

/** `/proc/<pid>/stat` with the times utime, stime, cutime, cstime in ticks. */
function stat(pid: number, name: string, parent: number, times: readonly number[]): string {
  return `${pid} (${name}) S ${parent} 10 10 0 -1 4194560 1 2 3 4 ${times.join(' ')} 20 0 1 0 777 1000 10 0 0\n`
}

const reader = (files: Record<string, string>): MachineReader => ({
  read: (file) => files[file] ?? '',
  list: () => [10, 11, 12, 20, 30, 31],
  nowMs: () => 5000,
  pid: 10,
})

it('reads what the kernel tells, and tells our own processes from others', () => {
  expect(readMachine(reader(FILES))).toMatchObject({
    atMs: 5000,
    busyMs: 1600,
    stolenMs: 700,
    // node with its ended children, its child and its grandchild.
    ownMs: 400 + 100 + 20,
    others: new Map([
      ['20-777', { name: '??error????31m', busyMs: 420 }],
      ['30-777', { name: 'loop', busyMs: 10 }],
    ]),
    stalledMs: 2500,
    pressurePercent: 12.5,
    loadAverage: 1.5,
    runnable: 3,
    clockMhz: 3000,
    governor: 'powersave',
    boost: false,
    thermalThrottles: 5,
    quotaCores: 1.5,
    throttledMs: 40,
    swapUsedBytes: 2000 * 1024,
    swappedBytes: 10 * 4096,
    gpus: null,
  })
})

it('knows nothing where the kernel tells nothing', () => {
  const { atMs, logicalCores, others, ...unknown } = readMachine(reader({}))
  expect([atMs, logicalCores > 0, others.size]).toEqual([5000, true, 0])
  expect(new Set(Object.values(unknown))).toEqual(new Set([null]))
})

it('reads the boost switch of other drivers and the throttled time of version 1', () => {
  const files = {
    '/proc/self/cgroup': '3:cpu,cpuacct:/\n',
    '/sys/fs/cgroup/cpu/cpu.stat': 'nr_periods 5\nnr_throttled 2\nthrottled_time 40000000\n',
    [`${CPU}/cpufreq/boost`]: '1\n',
  }
  expect(readMachine(reader(files))).toMatchObject({ boost: true, throttledMs: 40 })
})

it.runIf(process.platform === 'linux')('tells work of a process of ours from that of another', async () => {
  const busy = spawn(process.execPath, ['-e', 'console.log(1); for (;;);'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const bystander = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e6)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    await Promise.all([once(busy.stdout, 'data'), once(bystander.stdout, 'data')])
    // To the bystander the busy one is somebody else's.
    const theirs = { ...THIS_MACHINE, pid: bystander.pid ?? 0 }
    const [ourBefore, theirBefore] = [readMachine(), readMachine(theirs)]
    await sleep(1500)
    const ours = changeBetween(ourBefore, readMachine())
    const seen = changeBetween(theirBefore, readMachine(theirs))
    // Whatever else runs here, only the one counts the busy process among others.
    expect(seen.othersCores ?? 0).toBeGreaterThan((ours.othersCores ?? 0) + 0.1)
    expect(warningsOf([seen])[0]).toMatch(
      /^(Another process \([^)]+\)|Other processes) used \d\.\d of \d+ cores? while/,
    )
    expect(usageText(seen)).toMatch(/ uses? \d\.\d of /)
  } finally {
    busy.kill('SIGKILL')
    bystander.kill('SIGKILL')
  }
})
