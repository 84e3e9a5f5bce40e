import { readFileSync, readlinkSync } from 'node:fs'

/**
 * A process, told from a later one that got the same id: its id, the clock tick it started at, and the namespace its id
 * belongs to. The last two are 0 where there is no /proc.
 */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTick: number
  readonly namespace: number
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTick: statusOf(process.pid)?.startTick ?? 0, namespace: ownNamespace() }
}

/** Whether that very process runs. One of another namespace, as in another container, counts as running: who knows. */
export function isRunning({ pid, startTick, namespace }: ProcessIdentity): boolean {
  if (namespace !== ownNamespace()) return true
  const status = statusOf(pid)
  if (status !== null) return status.startTick === startTick && !status.hasEnded
  return process.platform !== 'linux' && hasProcess(pid)
}

/** null where there is no such process, or no /proc. */
function statusOf(pid: number): { startTick: number; hasEnded: boolean } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in brackets and may hold anything; the state is field 3, the start 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { startTick: Number(fields[19]), hasEnded: fields[0] === 'Z' || fields[0] === 'X' }
  } catch {
    return null
  }
}

function ownNamespace(): number {
  try {
    return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0)
  } catch {
    return 0
  }
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
