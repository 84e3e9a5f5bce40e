import { open, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { NavigatorError } from '../errors.js'
import type { Log } from './log.js'
import { isAlive } from './workspace.js'

/** One measuring run per host at a time, since several runners often share a machine. */
const LOCK_FILE = path.join(os.tmpdir(), 'navpkg-measuring.lock')
const RETRY_MS = 500

/**
 * Takes the host's measuring lock; dispose it to let others measure. `wait` waits for a run that holds it, `fail`
 * throws `machine-busy`, `off` takes nothing. A lock whose process is dead is taken over.
 */
export async function acquireHostLock(
  mode: 'wait' | 'fail' | 'off',
  signal: AbortSignal,
  log: Log,
): Promise<AsyncDisposable> {
  if (mode === 'off') return { [Symbol.asyncDispose]: () => Promise.resolve() }
  for (let said = false; !(await tryLock()); said = true) {
    const holder = Number(await readFile(LOCK_FILE, 'utf8').catch(() => '0'))
    if (Number.isInteger(holder) && holder > 0 && !isAlive(holder)) {
      await rm(LOCK_FILE, { force: true })
      continue
    }
    if (mode === 'fail') {
      throw new NavigatorError(
        'machine-busy',
        `Another run (process ${holder}) is measuring on this machine, which would disturb both.`,
      )
    }
    if (!said) log.info(`Waiting for another run (process ${holder}) that is measuring on this machine.`)
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {
      throw new NavigatorError('interrupted', 'The run was interrupted while it waited for the machine.')
    })
  }
  return { [Symbol.asyncDispose]: () => rm(LOCK_FILE, { force: true }) }
}

async function tryLock(): Promise<boolean> {
  try {
    const handle = await open(LOCK_FILE, 'wx')
    await handle.writeFile(String(process.pid))
    await handle.close()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
