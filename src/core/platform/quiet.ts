import { setTimeout as sleep } from 'node:timers/promises'

import { NavigatorError } from '../errors.js'
import { isQuiet, usageText } from '../machine/disturbance.js'
import { changeBetween } from '../machine/machine-change.js'
import type { MachineState } from '../machine/machine-state.js'
import type { Log } from './log.js'
import { readMachine } from './machine.js'

/** How waiting for a quiet machine ended. `isQuiet` is null where the kernel does not tell: then nothing was waited for. */
export interface Quiet {
  readonly isQuiet: boolean | null
  readonly waitedMs: number
}

const LOOK_EVERY_MS = 1000
/** So many looks in a row: processes that pause between two bursts of work are no quiet machine. */
const QUIET_LOOKS = 3

/**
 * Waits until nobody else has used this machine for three seconds, at most `limitMs`, then says in the log when it is
 * still busy. Throws `interrupted`. Take the host's lock first: another run of ours is no quiet machine.
 */
export async function waitForQuiet(
  limitMs: number,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
  read: () => MachineState = readMachine,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<Quiet> {
  const start = read()
  const enough = Math.min(QUIET_LOOKS, Math.max(1, Math.floor(limitMs / lookEveryMs)))
  let [before, quietLooks, hasSaid] = [start, 0, false]
  for (;;) {
    await pause(lookEveryMs, signal)
    const after = read()
    const change = changeBetween(before, after)
    const waitedMs = after.atMs - start.atMs
    const quiet = isQuiet(change)
    if (quiet === null) {
      log.info('Whether the machine is quiet cannot be told here, so it is not waited for.')
      return { isQuiet: null, waitedMs }
    }
    quietLooks = quiet ? quietLooks + 1 : 0
    if (quietLooks >= enough) return { isQuiet: true, waitedMs }
    if (waitedMs >= limitMs) {
      log.info(`${usageText(change)} after ${seconds(limitMs)} of waiting; measuring all the same.`)
      return { isQuiet: false, waitedMs }
    }
    if (!quiet && !hasSaid) log.info(`${usageText(change)}; waiting up to ${seconds(limitMs)} for a quiet machine.`)
    hasSaid ||= !quiet
    before = after
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    throw new NavigatorError('interrupted', 'The run was interrupted while it waited for a quiet machine.')
  })
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(3))} s`
}
