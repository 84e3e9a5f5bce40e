import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { startGithubServer } from '../../support/github-server.js'
import { temporaryFolder } from '../../support/run-engine.js'

const run = promisify(execFile)

/** A proxy that leads every connection to `port` of this host and keeps for which host it was meant. */
async function startProxy(port: number): Promise<AsyncDisposable & { url: string; hosts: string[] }> {
  const hosts: string[] = []
  const server = createServer()
  server.on('connect', (request, client) => {
    hosts.push(request.url ?? '')
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    hosts,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** No loopback address, since those never go through a proxy; it leads to this host all the same. */
const HOST = '0.0.0.0'

/** Downloads in a process of its own; gives the hosts that were asked of the proxy, without ports. */
async function proxied(noProxy: string): Promise<string[]> {
  await using folder = await temporaryFolder()
  await using server = await startGithubServer()
  const port = new URL(server.url).port
  await using proxy = await startProxy(Number(port))
  Object.assign(server, { url: `http://${HOST}:${port}` })
  const id = server.state.run().artifacts.keep('model.nav', Buffer.from('model'))
  const args = ['test/action/github/download-process.ts', server.url, String(id), path.join(folder.path, 'x')]
  const env = { PATH: process.env['PATH'], http_proxy: proxy.url, no_proxy: noProxy, GITHUB_API_URL: server.url }
  const { stdout } = await run(process.execPath, ['--import', 'tsx', ...args], { env })
  expect(stdout).toBe('5')
  return proxy.hosts.map((host) => host.replace(/:\d+$/, ''))
}

test('the API and the blob store are reached through the proxy of the runner', async () => {
  expect(await proxied('example.com')).toEqual([HOST, HOST])
})

test('hosts in no_proxy are reached without it', async () => {
  expect(await proxied(HOST)).toEqual([])
})
