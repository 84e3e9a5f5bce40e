import { coreQuota, type ReadText, readText } from './control-groups.js'
import type { Host } from './host.js'
import { processorClock } from './processor-clock.js'

/** Extensions of the instruction set that ONNX Runtime has kernels of its own for, as `/proc/cpuinfo` spells them. */
const INSTRUCTIONS = [
  ...['avx', 'f16c', 'fma', 'avx2', 'avx_vnni', 'avx512f', 'avx512bw', 'avx512vl', 'avx512_vnni', 'avx512_bf16'],
  ...['avx512_fp16', 'amx_tile', 'amx_int8', 'amx_bf16'],
  ...['asimd', 'asimdhp', 'asimddp', 'i8mm', 'bf16', 'sve', 'sve2'],
]

/**
 * What must agree for figures of two runs to be comparable, as text by name. In it is what changes how fast a model runs
 * by more than the tolerance of a comparison, and stays the same on one machine:
 *
 * - `cpu`, `cpuVersion` (family, model and stepping: clouds call all their processors by one name), `instructions`
 *   (virtual machines hide some, and kernels differ by factors), `cache` and `maxClock`;
 * - how much of it may be used: `logicalCores`, `allowedCores`, `coreQuota`, `hyperThreads`;
 * - how it is driven: `governor` and `boost`, which move the clock by tens of percent, and `virtualMachine`;
 * - what runs: `platform`, `onnxruntime`, and `node`'s major version, which the harness's share of a request depends on.
 *
 * Not in it: the kernel's release, which hosted runners change from week to week and which moves a computation that makes
 * hardly a system call by less than two runs on one machine differ; the size of memory, since a model either fits or fails;
 * and whether this is a container, since that costs nothing but its limits, which are in. A name is missing where the
 * machine does not tell.
 */
export function fingerprintOf(host: Host, runtimeVersion: string | null): Record<string, string> {
  return {
    cpu: host.cpu,
    logicalCores: String(host.logicalCores),
    allowedCores: String(host.allowedCores),
    platform: host.platform,
    node: host.node.split('.')[0] ?? host.node,
    ...host.traits,
    ...(runtimeVersion === null ? {} : { onnxruntime: runtimeVersion }),
  }
}

/** The part of the fingerprint that only the kernel tells. */
export function machineTraits(read: ReadText = readText): Record<string, string> {
  const { maxClockMhz, governor, boost } = processorClock(read)
  const cpu = read('/proc/cpuinfo')
  const quota = coreQuota(read)
  const traits = {
    cpuVersion: cpuVersion(cpu),
    instructions: instructions(cpu),
    cache: lastLevelCache(read),
    maxClock: maxClockMhz === null ? null : `${maxClockMhz} MHz`,
    coreQuota: Number.isFinite(quota) ? String(Number(quota.toFixed(2))) : null,
    hyperThreads: switchText(read('/sys/devices/system/cpu/smt/active')),
    governor,
    boost: boost === null ? null : boost ? 'on' : 'off',
    virtualMachine: virtualMachine(cpu),
  }
  return Object.fromEntries(Object.entries(traits).flatMap(([name, text]) => (text === null ? [] : [[name, text]])))
}

/** `6-85-7` of x86, `0x41-0xd0c-1` of Arm. */
function cpuVersion(cpu: string): string | null {
  const field = (name: string): string | undefined => new RegExp(`^${name}\\s*: (\\S+)$`, 'm').exec(cpu)?.[1]
  const x86 = ['cpu family', 'model', 'stepping'].map(field)
  const arm = ['CPU implementer', 'CPU part', 'CPU revision'].map(field)
  const found = [x86, arm].find((parts) => parts.every((part) => part !== undefined))
  return found?.join('-') ?? null
}

function flagsOf(cpu: string): readonly string[] {
  return /^(?:flags|Features)\s*: (.*)$/m.exec(cpu)?.[1]?.split(' ') ?? []
}

/** Only x86 has a flag for it: an Arm processor's features are the same in a virtual machine. */
function virtualMachine(cpu: string): string | null {
  if (!/^flags\s*: /m.test(cpu)) return null
  return flagsOf(cpu).includes('hypervisor') ? 'yes' : 'no'
}

function instructions(cpu: string): string | null {
  const flags = new Set(flagsOf(cpu))
  return flags.size === 0 ? null : INSTRUCTIONS.filter((name) => flags.has(name)).join(' ')
}

function lastLevelCache(read: ReadText): string | null {
  const sizes = [3, 2].map((index) => read(`/sys/devices/system/cpu/cpu0/cache/index${index}/size`).trim())
  return sizes.find((size) => size !== '') ?? null
}

function switchText(text: string): string | null {
  switch (text.trim()) {
    case '1':
      return 'on'
    case '0':
      return 'off'
    default:
      return null
  }
}
