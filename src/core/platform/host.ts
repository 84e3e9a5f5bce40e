import os from 'node:os'

import { coreQuota, memoryLeftBytes, readText } from './control-groups.js'
import { machineTraits } from './fingerprint.js'

/** The machine as measurements see it. */
export interface Host {
  readonly cpu: string
  readonly logicalCores: number
  /** Cores this process may use: the least of its affinity and its cgroup's quota, at least 1. */
  readonly allowedCores: number
  readonly memoryBytes: number
  readonly platform: string
  readonly release: string
  readonly node: string
  /** What else of it figures depend on, see `fingerprintOf`. */
  readonly traits: Readonly<Record<string, string>>
}

/** What a record says of the machine; the rest is in its fingerprint. */
export function hostRecord(host: Host): Omit<Host, 'traits'> {
  const { cpu, logicalCores, allowedCores, memoryBytes, platform, release, node } = host
  return { cpu, logicalCores, allowedCores, memoryBytes, platform, release, node }
}

export function describeHost(): Host {
  const cpus = os.cpus()
  return {
    cpu: cpus[0]?.model.trim() || 'unknown',
    logicalCores: Math.max(1, cpus.length),
    allowedCores: allowedCores(),
    memoryBytes: os.totalmem(),
    platform: `${os.platform()}-${os.arch()}`,
    release: os.release(),
    node: process.version,
    traits: machineTraits(),
  }
}

/** Memory that a model may still take, bytes: what the machine has free, or less where a control group allows less. */
export function availableMemoryBytes(): number {
  const available = Number(/^MemAvailable:\s+(\d+) kB/m.exec(readText('/proc/meminfo'))?.[1] ?? NaN) * 1024
  return Math.min(Number.isFinite(available) ? available : os.freemem(), memoryLeftBytes())
}

/** Share of the last ten seconds in which some task waited for a core, in percent (PSI); null where unknown. */
export function cpuPressurePercent(): number | null {
  const found = /^some avg10=([\d.]+)/m.exec(readText('/proc/pressure/cpu'))?.[1]
  return found === undefined ? null : Number(found)
}

function allowedCores(): number {
  return Math.max(1, Math.min(os.availableParallelism(), Math.ceil(coreQuota())))
}
