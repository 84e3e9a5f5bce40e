import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { readContext } from '../../../src/action/github/context.js'
import { temporaryFolder } from '../../support/run-engine.js'

const [HEAD, BASE, MERGE] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string]

const VARIABLES = {
  GITHUB_REPOSITORY: 'octo/demo',
  GITHUB_REPOSITORY_ID: '100',
  GITHUB_RUN_ID: '7',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_SHA: MERGE,
  GITHUB_REF: 'refs/pull/5/merge',
  GITHUB_WORKFLOW_REF: 'octo/demo/.github/workflows/ci.yml@refs/pull/5/merge',
}

const PULL_REQUEST = {
  number: 5,
  head: { sha: HEAD, repo: { id: 100 } },
  base: { sha: BASE, ref: 'main', repo: { id: 100 } },
}

async function contextWith(payload: unknown, variables: Record<string, string> = {}): ReturnType<typeof readContext> {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'event.json')
  await writeFile(file, typeof payload === 'string' ? payload : JSON.stringify(payload))
  return await readContext({ ...VARIABLES, GITHUB_EVENT_PATH: file, ...variables })
}

test('the context of a pull request comes from the runner and the event', async () => {
  const payload = { repository: { id: 100, default_branch: 'main' }, pull_request: PULL_REQUEST }
  expect(await contextWith(payload)).toEqual({
    repository: { owner: 'octo', name: 'demo', id: 100 },
    defaultBranch: 'main',
    event: 'pull_request',
    sha: MERGE,
    ref: 'refs/pull/5/merge',
    runId: 7,
    runAttempt: 2,
    workflowPath: '.github/workflows/ci.yml',
    pullRequest: { number: 5, headSha: HEAD, headRepositoryId: 100, baseSha: BASE, baseRef: 'main', isFork: false },
    mergeGroupBaseSha: null,
    serverUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    graphqlUrl: 'https://api.github.com/graphql',
    isDefaultBranchPush: false,
    payload,
  })
})

describe('a head in another repository is a fork', () => {
  test.each([
    ['with another id', { id: 200 }, 200],
    ['that is gone', null, null],
  ])('%s', async (_, repo, headRepositoryId) => {
    const context = await contextWith({ pull_request: { ...PULL_REQUEST, head: { sha: HEAD, repo } } })
    expect(context?.pullRequest).toMatchObject({ isFork: true, headRepositoryId })
  })
})

test.each([
  ['push', 'refs/heads/main', true],
  ['push', 'refs/heads/topic', false],
  ['push', 'refs/tags/main', false],
  ['schedule', 'refs/heads/main', false],
])('%s to %s: on the default branch %s', async (event, ref, expected) => {
  const payload = { repository: { default_branch: 'main' } }
  const context = await contextWith(payload, { GITHUB_EVENT_NAME: event, GITHUB_REF: ref })
  expect(context?.isDefaultBranchPush).toBe(expected)
})

test('the base of a merge group is known', async () => {
  const context = await contextWith({ merge_group: { base_sha: BASE } }, { GITHUB_EVENT_NAME: 'merge_group' })
  expect(context?.mergeGroupBaseSha).toBe(BASE)
})

describe('a payload that says nothing useful leaves the rest of the context', () => {
  test.each([
    ['no JSON', '{"pull'],
    ['null', 'null'],
    ['other types', { repository: 'x', pull_request: { number: 'five' }, merge_group: [] }],
  ])('%s', async (_, payload) => {
    const context = await contextWith(payload)
    expect(context).toMatchObject({ runId: 7, pullRequest: null, defaultBranch: null, mergeGroupBaseSha: null })
  })
})

test('a workflow of another repository has no path here', async () => {
  const context = await contextWith({}, { GITHUB_WORKFLOW_REF: 'octo/demo2/.github/workflows/ci.yml@main' })
  expect(context?.workflowPath).toBeNull()
})

test.each([
  [{ GITHUB_API_URL: 'https://ghe.example.com/api/v3' }, 'https://ghe.example.com/api/graphql'],
  [{ GITHUB_API_URL: 'https://api.octo.ghe.com' }, 'https://api.octo.ghe.com/graphql'],
  [{ GITHUB_GRAPHQL_URL: 'https://example.com/graphql' }, 'https://example.com/graphql'],
])('with %j GraphQL is at %s', async (variables, graphqlUrl) => {
  expect((await contextWith({}, variables))?.graphqlUrl).toBe(graphqlUrl)
})

test('outside GitHub there is no context', async () => {
  expect(await readContext({})).toBeNull()
  expect(await readContext({ ...VARIABLES, GITHUB_SHA: 'HEAD' })).toBeNull()
})
