import { createHash } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

import { NavigatorError } from '../errors.js'
import type { Log } from './log.js'

/** Something that one process at a time holds; the kernel releases it when that process ends, however it ends. */
export interface Lock {
  release(): void
}

const RETRY_MS = 500
const HOLDER_ANSWERS_MS = 1000

/** One for the whole machine, whoever runs and wherever their temporary folders are. */
const HOST_LOCK = 'measuring'

/**
 * Takes the host's measuring lock, since several runners often share a machine; dispose it to let others measure.
 * `wait` waits for a run that holds it, `fail` throws `machine-busy`, `off` takes nothing. Runs of all users meet, but
 * those in containers with a network of their own do not: an abstract socket belongs to a network namespace.
 */
export async function acquireHostLock(
  mode: 'wait' | 'fail' | 'off',
  signal: AbortSignal,
  log: Log,
  name = HOST_LOCK,
): Promise<AsyncDisposable> {
  const lock = mode === 'off' ? NO_LOCK : await takeHostLock(name, mode, signal, log)
  return {
    [Symbol.asyncDispose]: () => {
      lock.release()
      return Promise.resolve()
    },
  }
}

async function takeHostLock(name: string, mode: 'wait' | 'fail', signal: AbortSignal, log: Log): Promise<Lock> {
  for (let said = false; ; said = true) {
    const lock = await tryLock(name, log)
    if (lock !== null) return lock
    if (mode === 'fail' || !said) {
      const holder = `Another run (process ${(await holderOf(name)) ?? 'unknown'}) is measuring on this machine`
      if (mode === 'fail') throw new NavigatorError('machine-busy', `${holder}, which would disturb both.`)
      log.info(`${holder}; waiting for it to end.`)
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {
      throw new NavigatorError('interrupted', 'The run was interrupted while it waited for the machine.')
    })
  }
}

/**
 * Takes the lock of that name, or gives null when another process, or this one, holds it. Where locks cannot be had,
 * the log says so and the lock is free for everyone.
 */
export async function tryLock(name: string, log: Log): Promise<Lock | null> {
  if (process.platform !== 'linux') return noLock(process.platform, log)
  const server = net.createServer((asker) => {
    asker.on('error', () => undefined)
    asker.end(String(process.pid))
    asker.unref()
  })
  server.unref()
  server.on('error', () => undefined)
  try {
    server.listen(addressOf(name))
    await once(server, 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return null
    return noLock(error instanceof Error ? error.message : String(error), log)
  }
  return { release: () => server.close() }
}

const NO_LOCK: Lock = { release: () => undefined }

function noLock(why: string, log: Log): Lock {
  log.info(`Other runs are not kept away: no lock can be taken here (${why}).`)
  return NO_LOCK
}

/**
 * A Unix socket in Linux's abstract namespace is a name without a file: whoever listens holds it. Of the full length a
 * name can have, because Node before 22 fills shorter ones up and would not meet Node 24 under the same name.
 */
function addressOf(name: string): string {
  const length = 108
  return `\0navpkg-${createHash('sha512').update(name).digest('hex')}`.slice(0, length)
}

/** The id of the process that holds the lock; null when it does not say. */
async function holderOf(name: string): Promise<number | null> {
  const socket = net.connect(addressOf(name))
  socket.setTimeout(HOLDER_ANSWERS_MS, () => socket.destroy(new Error('no answer')))
  const answer = await text(socket).catch(() => '')
  return Number.parseInt(answer, 10) || null
}
