import { open, readFile, rm, stat } from 'node:fs/promises'
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
    const holder = await holderOf()
    if (await isStale(holder)) {
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
  return { [Symbol.asyncDispose]: release }
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

/** The process id in the lock file; 0 when there is none yet, or no file. */
async function holderOf(): Promise<number> {
  return Number.parseInt(await readFile(LOCK_FILE, 'utf8').catch(() => ''), 10) || 0
}

/** A holder writes its id at once: a lock still empty after this long belongs to a process that died in between. */
const EMPTY_FOR_MS = 5000

async function isStale(holder: number): Promise<boolean> {
  if (holder > 0) return !isAlive(holder)
  const written = await stat(LOCK_FILE).catch(() => null)
  return written !== null && Date.now() - written.mtimeMs > EMPTY_FOR_MS
}

async function release(): Promise<void> {
  if ((await holderOf()) === process.pid) await rm(LOCK_FILE, { force: true })
}
