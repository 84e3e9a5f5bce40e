import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { beforeEach, expect, it, vi } from 'vitest'

import { acquireHostLock, tryLock } from '../../src/core/platform/lock.js'

const said: string[] = []
const note = (message: string): void => {
  said.push(message)
}
const LOG = { debug: note, info: note, warn: note }
const NEVER = new AbortController().signal

/** A lock of these tests' own, so that they do not meet other runs on this machine. */
const NAME = `tested by ${process.pid}`

beforeEach(() => {
  said.length = 0
})

it('belongs to one at a time', async () => {
  const first = await tryLock('a', LOG)
  expect(first).not.toBeNull()
  expect(await tryLock('a', LOG)).toBeNull()
  const other = await tryLock('b', LOG)
  expect(other).not.toBeNull()
  other?.release()
  first?.release()
  const again = await tryLock('a', LOG)
  expect(again).not.toBeNull()
  again?.release()
  expect(said).toEqual([])
})

it('names the process that measures when it is not to be waited for', async () => {
  const holder = await acquireHostLock('wait', NEVER, LOG, NAME)
  await expect(acquireHostLock('fail', NEVER, LOG, NAME)).rejects.toMatchObject({
    code: 'machine-busy',
    message: expect.stringContaining(`process ${process.pid}`) as string,
  })
  await holder[Symbol.asyncDispose]()
})

it('is not asked for when it is off', async () => {
  const holder = await acquireHostLock('wait', NEVER, LOG, NAME)
  const free = await acquireHostLock('off', NEVER, LOG, NAME)
  expect(said).toEqual([])
  await free[Symbol.asyncDispose]()
  await holder[Symbol.asyncDispose]()
})

it('passes from a killed process to one of those that wait, and from that to the next', async () => {
  const holder = await holdingProcess()
  const order: string[] = []
  const waiter = async (name: string): Promise<void> => {
    const lock = await acquireHostLock('wait', NEVER, LOG, NAME)
    order.push(`${name} in`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    order.push(`${name} out`)
    await lock[Symbol.asyncDispose]()
  }
  const waiting = Promise.all([waiter('a'), waiter('b')])
  await vi.waitUntil(() => said.length === 2)
  expect(said[0]).toContain(`process ${holder.pid}`)
  expect(order).toEqual([])
  holder.kill()
  await waiting
  const [first, second] = order[0] === 'a in' ? ['a', 'b'] : ['b', 'a']
  expect(order).toEqual([`${first} in`, `${first} out`, `${second} in`, `${second} out`])
})

it('is one for the whole machine, wherever the temporary folders of its users are', async () => {
  const holder = await holdingProcess({ TMPDIR: '/tmp/somewhere-else', HOME: '/nowhere' })
  await expect(acquireHostLock('fail', NEVER, LOG, NAME)).rejects.toMatchObject({ code: 'machine-busy' })
  holder.kill()
})

it('ends the wait as interrupted when the run is', async () => {
  const holder = await acquireHostLock('wait', NEVER, LOG, NAME)
  const abort = new AbortController()
  const waiting = acquireHostLock('wait', abort.signal, LOG, NAME)
  await vi.waitUntil(() => said.length === 1)
  abort.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
  await holder[Symbol.asyncDispose]()
})

/** Another process that holds the host's lock until it is killed. */
async function holdingProcess(variables: NodeJS.ProcessEnv = {}): Promise<{ pid: number; kill: () => void }> {
  const code = `
    import { acquireHostLock } from './src/core/platform/lock.js'
    const log = { debug() {}, info() {}, warn() {} }
    await acquireHostLock('wait', new AbortController().signal, log, ${JSON.stringify(NAME)})
    console.log('held')
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return { pid: child.pid ?? 0, kill: () => child.kill('SIGKILL') }
}
