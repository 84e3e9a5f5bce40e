import type { MachineChange } from './machine-change.js'
import type { GpuState } from './machine-state.js'

/**
 * Cores' worth of other people's work up to which a machine counts as quiet: the little that a system does for itself.
 * On few cores a tenth of one, about what a runner's own agent and a monitoring daemon take; on many, 2 % of all.
 */
function quietCores(logicalCores: number): number {
  return Math.max(0.1, 0.02 * logicalCores)
}

/** Whether nobody else used the machine over a stretch of time; null where the kernel does not tell. */
export function isQuiet(change: MachineChange): boolean | null {
  const used = usedByOthers(change)
  return used === null ? null : used <= quietCores(change.logicalCores)
}

/** Cores' worth that other processes and neighbours of a virtual machine took; null where the kernel does not tell. */
function usedByOthers({ othersCores, stolenCores }: MachineChange): number | null {
  return othersCores === null ? null : othersCores + (stolenCores ?? 0)
}

/** Who uses how much of the machine, without a full stop: `Another process (yes) uses 0.9 of 2 cores`. */
export function usageText(change: MachineChange): string {
  const { busiest, logicalCores, othersCores, stolenCores } = change
  const used = `${(usedByOthers(change) ?? 0).toFixed(1)} of ${countedCores(logicalCores)}`
  if ((stolenCores ?? 0) > (othersCores ?? 0)) return `Neighbours of this virtual machine use ${used}`
  return busiest === null ? `Other processes use ${used}` : `Another process (${busiest}) uses ${used}`
}

/** Swapping less than this is the system putting away what nobody uses. */
const MUCH_SWAPPED_BYTES = 2 ** 20
/** Held back for less than 0.5 % of the time does not show in any figure. */
const HELD_BACK_SHARE = 0.005

/**
 * What disturbed the stretches of time in which something was measured, in plain sentences, the worst first; none when
 * it was quiet. `gpus` are those that were measured on.
 */
export function warningsOf(changes: readonly MachineChange[], gpus: readonly GpuState[] = []): string[] {
  return [
    ...othersWarning(changes),
    ...stolenWarning(changes),
    ...throttleWarning(changes),
    ...thermalWarning(changes),
    ...swapWarning(changes),
    ...gpus.flatMap(gpuWarnings),
  ]
}

/** How every warning ends. */
export const CONSEQUENCE = 'figures are noisier than usual.'

function othersWarning(changes: readonly MachineChange[]): string[] {
  const disturbed = disturbedBy(changes, ({ othersCores }) => othersCores)
  if (disturbed === null) return []
  const names = new Set(disturbed.changes.map(({ busiest }) => busiest))
  const [name] = names
  const who = names.size === 1 && name != null ? `Another process (${name})` : 'Other processes'
  return [`${who} used ${disturbed.cores} ${disturbed.when}; ${CONSEQUENCE}`]
}

function stolenWarning(changes: readonly MachineChange[]): string[] {
  const disturbed = disturbedBy(changes, ({ stolenCores }) => stolenCores)
  if (disturbed === null) return []
  return [`Neighbours of this virtual machine took ${disturbed.cores} ${disturbed.when}; ${CONSEQUENCE}`]
}

interface Disturbed {
  readonly changes: readonly MachineChange[]
  /** `0.9 of 2 cores`. */
  readonly cores: string
  /** `while this was measured`, or for how much of that. */
  readonly when: string
}

/** The stretches in which others took more than a quiet machine's share; null when there is none. */
function disturbedBy(
  changes: readonly MachineChange[],
  coresOf: (change: MachineChange) => number | null,
): Disturbed | null {
  const disturbed = changes.filter((change) => (coresOf(change) ?? 0) > quietCores(change.logicalCores))
  const [first] = disturbed
  if (first === undefined) return null
  const [disturbedMs, allMs] = [total(disturbed, durationOf), total(changes, durationOf)]
  const cores = total(disturbed, (change) => (coresOf(change) ?? 0) * change.durationMs) / disturbedMs
  const isThroughout = disturbedMs >= 0.9 * allMs
  return {
    changes: disturbed,
    cores: `${cores.toFixed(1)} of ${countedCores(first.logicalCores)}`,
    when: isThroughout ? 'while this was measured' : `for ${seconds(disturbedMs)} of the ${seconds(allMs)} measured`,
  }
}

function throttleWarning(changes: readonly MachineChange[]): string[] {
  const heldMs = total(changes, ({ throttledMs }) => throttledMs)
  if (heldMs <= HELD_BACK_SHARE * total(changes, durationOf)) return []
  return [`A limit on processor time (a control group's quota) held this back for ${seconds(heldMs)}; ${CONSEQUENCE}`]
}

function thermalWarning(changes: readonly MachineChange[]): string[] {
  const count = total(changes, ({ thermalThrottles }) => thermalThrottles)
  if (count === 0) return []
  return [`The processor slowed down ${count === 1 ? 'once' : `${count} times`} because it was hot; ${CONSEQUENCE}`]
}

function swapWarning(changes: readonly MachineChange[]): string[] {
  const bytes = total(changes, ({ swappedBytes }) => swappedBytes)
  if (bytes < MUCH_SWAPPED_BYTES) return []
  return [`Memory was short: ${Math.round(bytes / 2 ** 20)} MiB moved to swap or back; ${CONSEQUENCE}`]
}

function gpuWarnings({ name, otherProcesses, slowedBy }: GpuState): string[] {
  const others = otherProcesses === 1 ? 'Another process computes' : `${otherProcesses ?? 0} other processes compute`
  return [
    ...((otherProcesses ?? 0) > 0 ? [`${others} on the ${name}; ${CONSEQUENCE}`] : []),
    ...(slowedBy.length > 0 ? [`The ${name} was slowed down (${slowedBy.join(', ')}); ${CONSEQUENCE}`] : []),
  ]
}

const durationOf = ({ durationMs }: MachineChange): number => durationMs

function total(changes: readonly MachineChange[], of: (change: MachineChange) => number | null): number {
  return changes.reduce((sum, change) => sum + (of(change) ?? 0), 0)
}

function countedCores(count: number): string {
  return `${count} core${count === 1 ? '' : 's'}`
}

function seconds(ms: number): string {
  return ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}
