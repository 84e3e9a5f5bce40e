import { describe, expect, test } from 'vitest'

import { GithubError } from '../../../src/action/github/client.js'
import { type Fault, startGithubServer, TOKEN } from '../../support/github-server.js'
import { quickAt, testClient } from './test-client.js'

const REPOSITORY = { owner: 'octo', repo: 'demo' }
const COMMENTS = '/repos/{owner}/{repo}/issues/{issue_number}/comments'

/** What an error of GitHub's says; fails when there is none. */
async function errorOf(request: Promise<unknown>): Promise<GithubError> {
  const error: unknown = await request.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(GithubError)
  return error as GithubError
}

test('a request carries the token and gives what GitHub answers', async () => {
  await using server = await startGithubServer()
  const client = await testClient(server)
  const answer = await client.request('GET /repos/{owner}/{repo}', REPOSITORY)
  expect(answer).toMatchObject({ status: 200, data: { id: 100, default_branch: 'main' } })
  expect(server.requests).toMatchObject([{ line: 'GET /repos/octo/demo', authorization: `token ${TOKEN}` }])
})

test('the API of a GitHub Enterprise Server lies below a path, its GraphQL beside it', async () => {
  await using server = await startGithubServer()
  server.state.pullRequest({ number: 5, headSha: 'a', headRef: 'topic' })
  const client = await testClient({ url: `${server.url}/api/v3/` })
  await client.request('GET /repos/{owner}/{repo}', REPOSITORY)
  await client.graphql('query comments', { number: 5 })
  expect(server.requests.map(({ line }) => line)).toEqual(['GET /api/v3/repos/octo/demo', 'POST /api/graphql'])
})

describe('pages', () => {
  test('come one after the other until the last', async () => {
    await using server = await startGithubServer()
    for (let count = 0; count < 250; count += 1) server.state.comment(5, `comment ${count}`)
    const client = await testClient(server)
    const sizes: number[] = []
    for await (const page of client.pages(`GET ${COMMENTS}`, { ...REPOSITORY, issue_number: 5, per_page: 100 }, 10)) {
      sizes.push((page as unknown[]).length)
    }
    expect(sizes).toEqual([100, 100, 50])
  })

  test('are not more than asked for', async () => {
    await using server = await startGithubServer()
    for (let count = 0; count < 250; count += 1) server.state.comment(5, `comment ${count}`)
    const client = await testClient(server)
    let pages = 0
    for await (const page of client.pages(`GET ${COMMENTS}`, { ...REPOSITORY, issue_number: 5, per_page: 10 }, 3)) {
      expect(page).toHaveLength(10)
      pages += 1
    }
    expect(pages).toBe(3)
    expect(server.requests).toHaveLength(3)
  })
})

const FAULTS: [string, Fault, Partial<GithubError>][] = [
  ['403', { status: 403, message: 'Resource not accessible by integration' }, { reason: 'permission', status: 403 }],
  ['404', { status: 404, message: 'Not Found' }, { reason: 'not-found', status: 404 }],
  ['409', { status: 409 }, { reason: 'conflict', status: 409 }],
  ['422', { status: 422 }, { reason: 'invalid', status: 422 }],
  ['429', { status: 429 }, { reason: 'rate-limit', status: 429 }],
  ['500', { status: 500 }, { reason: 'server', status: 500 }],
  ['silence', 'hang', { reason: 'network', status: null }],
  ['a cut connection', 'cut', { reason: 'network', status: null }],
  ['an answer that breaks off', 'cut-in-answer', { reason: 'network', status: null }],
]
const PASSING = new Set(['429', '500', 'silence', 'a cut connection', 'an answer that breaks off'])

describe.each(FAULTS)('%s', (name, fault, expected) => {
  test(`is ${PASSING.has(name) ? 'passed over when it passes' : 'an error at once'}`, async () => {
    await using server = await startGithubServer()
    server.fail(/^GET/, fault, 2)
    const client = await testClient(server, { retry: quickAt(fault) })
    const answer = client.request('GET /repos/{owner}/{repo}', REPOSITORY)
    if (PASSING.has(name)) expect(await answer).toMatchObject({ status: 200, data: { id: 100 } })
    else expect(await errorOf(answer)).toMatchObject(expected)
    if (fault === 'hang') return
    expect(server.requests).toHaveLength(PASSING.has(name) ? 3 : 1)
  })

  test('that stays ends in an error that says what was asked', async () => {
    await using server = await startGithubServer()
    server.fail(/./, fault)
    const client = await testClient(server, { retry: quickAt(fault, 2) })
    const error = await errorOf(
      client.request('GET /repos/{owner}/{repo}/actions/artifacts', { ...REPOSITORY, name: 'a b' }),
    )
    expect(error).toMatchObject(expected)
    expect(error.message).toContain('GET /repos/octo/demo/actions/artifacts')
    expect(error.message).not.toContain(TOKEN)
  })

  test('never posts a comment twice', async () => {
    await using server = await startGithubServer()
    const client = await testClient(server, { retry: quickAt(fault) })
    server.fail(/^POST/, fault, 1)
    const posted = client.request(`POST ${COMMENTS}`, { ...REPOSITORY, issue_number: 5, body: 'text' })
    // Only a rate limit says that nothing was done.
    if (name === '429') expect(await posted).toMatchObject({ status: 201 })
    else expect(await errorOf(posted)).toMatchObject(expected)
    expect(server.requests).toHaveLength(name === '429' ? 2 : 1)
  })
})

test('a comment is tried again where nobody listened', async () => {
  const server = await startGithubServer()
  await server[Symbol.asyncDispose]()
  const messages: string[] = []
  const log = { debug: (text: string) => messages.push(text), info: () => undefined, warn: () => undefined }
  const client = await testClient(server, { log })
  const posted = client.request(`POST ${COMMENTS}`, { ...REPOSITORY, issue_number: 5, body: 'text' })
  expect(await errorOf(posted)).toMatchObject({ reason: 'network' })
  expect(messages.filter((text) => text.includes('ECONNREFUSED'))).toHaveLength(3)
})

describe('a refusal names the permission that is probably missing', () => {
  test.each([
    ['GET', '/repos/octo/demo/actions/artifacts', 'actions: read'],
    ['GET', '/repos/octo/demo/actions/runs/7', 'actions: read'],
    ['GET', '/repos/octo/demo/compare/a...b', 'contents: read'],
    ['GET', '/repos/octo/demo/commits/abc', 'contents: read'],
    ['GET', '/repos/octo/demo/contents/.navpkg.yml', 'contents: read'],
    ['GET', '/repos/octo/demo/releases/latest', 'contents: read'],
    ['GET', '/repos/octo/demo/pulls', 'pull-requests: read'],
    ['POST', '/repos/octo/demo/issues/5/comments', 'pull-requests: write'],
    ['PATCH', '/repos/octo/demo/issues/comments/9', 'pull-requests: write'],
  ])('%s %s', async (method, path, permission) => {
    await using server = await startGithubServer()
    const client = await testClient(server)
    for (const status of [403, 404]) {
      server.heal()
      server.fail(/./, { status })
      const error = await errorOf(client.request(`${method} ${path}`))
      expect(error.message).toContain(`\`permissions: ${permission}\``)
    }
  })

  test('and a token that is none is called that', async () => {
    await using server = await startGithubServer()
    const client = await testClient(server, { token: 'old' })
    const error = await errorOf(client.request('GET /repos/octo/demo'))
    expect(error).toMatchObject({ reason: 'permission', status: 401 })
    expect(error.message).toContain('github-token')
  })
})

test('a token that a proxy repeats shows in no message', async () => {
  await using server = await startGithubServer()
  server.fail(/./, { status: 422, message: `Authorization token ${TOKEN} was not understood` })
  const client = await testClient(server)
  const error = await errorOf(client.request('GET /repos/octo/demo'))
  expect(error.message).toContain('token *** was not understood')
})

test('a rate limit that lasts for longer than is worth waiting is said at once', async () => {
  await using server = await startGithubServer()
  server.fail(/./, { status: 403, message: 'API rate limit exceeded', headers: { 'retry-after': '1800' } })
  const client = await testClient(server)
  const error = await errorOf(client.request('GET /repos/octo/demo'))
  expect(error.reason).toBe('rate-limit')
  expect(error.message).toContain('wait 1800 s')
  expect(server.requests).toHaveLength(1)
})

describe('GraphQL', () => {
  const query = 'query($number: Int!) { repository { pullRequest(number: $number) { comments { nodes { body } } } } }'

  test('gives the data of a query, which is asked again', async () => {
    await using server = await startGithubServer()
    server.state.pullRequest({ number: 5, headSha: 'a', headRef: 'topic' })
    server.state.comment(5, 'hello')
    server.fail(/graphql/, 'cut', 1)
    const client = await testClient(server)
    expect(await client.graphql(query, { number: 5 })).toMatchObject({
      repository: { pullRequest: { comments: { nodes: [{ body: 'hello', viewerDidAuthor: true }] } } },
    })
  })

  test('fails with what its errors say', async () => {
    await using server = await startGithubServer()
    const client = await testClient(server)
    const error = await errorOf(client.graphql(query, { number: 6 }))
    expect(error).toMatchObject({ reason: 'not-found', status: 404 })
    expect(error.message).toContain('Could not resolve to a PullRequest')
  })
})

test('a stop ends a request that hangs', async () => {
  await using server = await startGithubServer()
  server.fail(/./, 'hang')
  const stop = new AbortController()
  const client = await testClient(server, { signal: stop.signal, retry: { attemptTimeoutMs: 3_600_000 } })
  const request = client.request('GET /repos/octo/demo')
  setTimeout(() => {
    stop.abort()
  }, 50)
  expect(await errorOf(request)).toMatchObject({ reason: 'network' })
})
