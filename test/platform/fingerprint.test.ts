import { expect, it } from 'vitest'

import { fingerprintOf, machineTraits } from '../../src/core/platform/fingerprint.js'

const CPU = '/sys/devices/system/cpu'
const X86: Record<string, string> = {
  '/proc/cpuinfo':
    'processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R) Processor\nstepping\t: 7\n' +
    'flags\t\t: fpu hypervisor avx fma avx2 avx512f avx512_vnni never_heard_of\n\nprocessor\t: 1\ncpu family\t: 6\n',
  '/proc/self/cgroup': '0::/\n',
  '/sys/fs/cgroup/cpu.max': '150000 100000\n',
  [`${CPU}/online`]: '0-1\n',
  [`${CPU}/cpu0/cpufreq/cpuinfo_max_freq`]: '3900000\n',
  [`${CPU}/cpu1/cpufreq/cpuinfo_max_freq`]: '3700000\n',
  [`${CPU}/cpu0/cpufreq/scaling_governor`]: 'performance\n',
  [`${CPU}/cpu1/cpufreq/scaling_governor`]: 'powersave\n',
  [`${CPU}/intel_pstate/no_turbo`]: '0\n',
  [`${CPU}/smt/active`]: '1\n',
  [`${CPU}/cpu0/cache/index3/size`]: '36608K\n',
}
const ARM = {
  '/proc/cpuinfo':
    'processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n',
}
const HOST = {
  cpu: 'Intel(R) Xeon(R) Processor',
  logicalCores: 2,
  allowedCores: 2,
  memoryBytes: 8e9,
  platform: 'linux-x64',
  release: '6.1.0-13-cloud',
  node: 'v24.3.1',
  traits: { boost: 'on' },
}

it('tells processors of one name apart by all that changes how fast a model runs', () => {
  expect(machineTraits((file) => X86[file] ?? '')).toEqual({
    cpuVersion: '6-85-7',
    instructions: 'avx fma avx2 avx512f avx512_vnni',
    cache: '36608K',
    maxClock: '3900 MHz',
    coreQuota: '1.5',
    hyperThreads: 'on',
    governor: 'performance, powersave',
    boost: 'on',
    virtualMachine: 'yes',
  })
})

it('takes a processor that says nothing of a hypervisor for a machine of its own', () => {
  const files: Record<string, string> = { ...X86, '/proc/cpuinfo': X86['/proc/cpuinfo']!.replace(' hypervisor', '') }
  expect(machineTraits((file) => files[file] ?? '')).toMatchObject({ virtualMachine: 'no' })
})

it('leaves out what the machine does not tell', () => {
  const files: Record<string, string> = ARM
  expect(machineTraits((file) => files[file] ?? '')).toEqual({
    cpuVersion: '0x41-0xd0c-1',
    instructions: 'asimd asimddp i8mm',
  })
  expect(machineTraits(() => '')).toEqual({})
})

it('takes runs under another kernel, memory size or patch of Node as comparable, and under another runtime not', () => {
  const one = fingerprintOf(HOST, '1.30.0')
  const next = { ...HOST, release: '6.1.0-14-cloud', memoryBytes: 7.9e9, node: 'v24.4.0' }
  expect(fingerprintOf(next, '1.30.0')).toEqual(one)
  expect(fingerprintOf(HOST, '1.31.0')).not.toEqual(one)
  expect(fingerprintOf({ ...HOST, traits: { boost: 'off' } }, '1.30.0')).not.toEqual(one)
  expect(Object.keys(fingerprintOf(HOST, null))).not.toContain('onnxruntime')
})
