import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { NavigatorError } from '../../../src/core/errors.js'
import { type Fault, type GithubServer, startGithubServer, TOKEN } from '../../support/github-server.js'
import { temporaryFolder } from '../../support/run-engine.js'
import { quickAt, testClient } from './test-client.js'

const BYTES = randomBytes(300_000)
const ROUTE = 'GET /repos/octo/demo/actions/artifacts/{artifact_id}/zip'
const LIMITS = { maxBytes: 1e6 }

function keptArtifact({ state }: GithubServer): { artifact_id: number } {
  return { artifact_id: state.run().artifacts.keep('model.nav', BYTES) }
}

test('a download follows to the blob store, without the token, and says what it got', async () => {
  await using server = await startGithubServer()
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'model.nav')
  const client = await testClient(server)
  const downloaded = await client.download(ROUTE, keptArtifact(server), file, LIMITS)
  expect(downloaded).toEqual({ bytes: BYTES.length, sha256: createHash('sha256').update(BYTES).digest('hex') })
  expect((await readFile(file)).equals(BYTES)).toBe(true)
  expect(server.requests.map(({ authorization }) => authorization)).toEqual([`token ${TOKEN}`, undefined])
  expect(await readdir(folder.path)).toEqual(['model.nav'])
})

const PASSING: [string, Fault][] = [
  ['429', { status: 429 }],
  ['500', { status: 500 }],
  ['silence', 'hang'],
  ['a cut connection', 'cut'],
  ['an answer that breaks off', 'cut-in-answer'],
]

describe.each([
  ['of the API', /\/zip/],
  ['of the blob store', /\/storage\//],
])('trouble %s', (_, line) => {
  test.each(PASSING)('that passes is got over from the start: %s', async (_name, fault) => {
    await using server = await startGithubServer()
    await using folder = await temporaryFolder()
    server.fail(line, fault, 2)
    const file = path.join(folder.path, 'model.nav')
    const client = await testClient(server, { retry: quickAt(fault) })
    const { bytes } = await client.download(ROUTE, keptArtifact(server), file, LIMITS)
    expect(bytes).toBe(BYTES.length)
    expect((await readFile(file)).equals(BYTES)).toBe(true)
  })

  test.each<[string, Fault]>([...PASSING, ['403', { status: 403 }], ['404', { status: 404 }]])(
    'that stays leaves what was there before: %s',
    async (_name, fault) => {
      await using server = await startGithubServer()
      await using folder = await temporaryFolder()
      server.fail(line, fault)
      const file = path.join(folder.path, 'model.nav')
      await writeFile(file, 'before')
      const client = await testClient(server, { retry: quickAt(fault, 2) })
      const error = await client.download(ROUTE, keptArtifact(server), file, LIMITS).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: 'GithubError' })
      expect(String(error)).not.toContain('sig=')
      expect(await readdir(folder.path)).toEqual(['model.nav'])
      expect(await readFile(file, 'utf8')).toBe('before')
    },
  )
})

test.each([
  ['nowhere', {}, 'redirects a download to nowhere'],
  ['what is no address', { location: 'http://' }, 'redirects a download to no address'],
  ['another kind of address', { location: 'file:///etc/passwd' }, 'redirects to an address that is not https'],
])('a redirect to %s is not followed', async (_, headers, message) => {
  await using server = await startGithubServer()
  await using folder = await temporaryFolder()
  server.fail(/zip$/, { status: 302, headers })
  const client = await testClient(server)
  const download = client.download(ROUTE, keptArtifact(server), path.join(folder.path, 'x'), LIMITS)
  await expect(download).rejects.toThrow(message)
  expect(await readdir(folder.path)).toEqual([])
})

test('what is larger than allowed is not downloaded', async () => {
  await using server = await startGithubServer()
  await using folder = await temporaryFolder()
  const client = await testClient(server)
  const download = client.download(ROUTE, keptArtifact(server), path.join(folder.path, 'x'), {
    maxBytes: BYTES.length - 1,
  })
  await expect(download).rejects.toMatchObject({ reason: 'too-large' })
  expect(await readdir(folder.path)).toEqual([])
  expect(server.requests).toHaveLength(2)
})

test('a file that cannot be written is the trouble of the disk, and tried once', async () => {
  await using server = await startGithubServer()
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'model.nav')
  await mkdir(path.join(file, 'inside'), { recursive: true })
  const client = await testClient(server)
  const download = client.download(ROUTE, keptArtifact(server), file, LIMITS)
  await expect(download).rejects.toBeInstanceOf(NavigatorError)
  expect(server.requests).toHaveLength(2)
  expect(await readdir(folder.path)).toEqual(['model.nav'])
})

test('a stop ends a download that stands still', async () => {
  await using server = await startGithubServer()
  await using folder = await temporaryFolder()
  server.fail(/storage/, 'hang')
  const stop = new AbortController()
  const client = await testClient(server, { signal: stop.signal, retry: { attemptTimeoutMs: 3_600_000 } })
  setTimeout(() => {
    stop.abort()
  }, 100)
  const download = client.download(ROUTE, keptArtifact(server), path.join(folder.path, 'x'), LIMITS)
  await expect(download).rejects.toMatchObject({ reason: 'network' })
  expect(await readdir(folder.path)).toEqual([])
})
