import { describe, expect, test } from 'vitest'

import type { Fault } from '../../support/github-server.js'
import { quickAt } from '../github/test-client.js'
import { pullRequestAt, startScenario, type Scenario } from './scenario.js'

const FAULTS: [string, Fault][] = [
  ['403', { status: 403, message: 'Resource not accessible by integration' }],
  ['404', { status: 404, message: 'Not Found' }],
  ['409', { status: 409 }],
  ['422', { status: 422 }],
  ['429', { status: 429 }],
  ['500', { status: 500 }],
  ['silence', 'hang'],
  ['a cut connection', 'cut'],
  ['an answer that breaks off', 'cut-in-answer'],
]
const PASSING = FAULTS.slice(4)

/** Every request that finding a baseline may make, and what it needs to be allowed to make it. */
const REQUESTS: [string, RegExp, string][] = [
  ['the repository', /GET \/repos\/octo\/demo$/, ''],
  ['this run', /actions\/runs\/1001$/, 'actions: read'],
  ['a commit', /git\/commits/, 'contents: read'],
  ['the merge base', /compare/, 'contents: read'],
  ['the list of artifacts', /actions\/artifacts\?/, 'actions: read'],
  ['the list of commits', /\/commits\?/, 'contents: read'],
  ['the run of an artifact', /actions\/runs\/1000$/, 'actions: read'],
  ['the record in the list', /actions\/runs\/1000\/artifacts\?/, 'actions: read'],
  ['where an artifact is', /\/zip$/, 'actions: read'],
  ['an artifact', /\/storage\/artifact/, ''],
]

/** A pull request whose base has no package, but the commit before it has one; every request is needed to find it. */
async function longWay(
  fault: Fault | null = null,
  attempts = 5,
): Promise<Scenario & { find: () => ReturnType<Scenario['resolve']> }> {
  const scenario = await startScenario(fault === null ? {} : quickAt(fault, attempts))
  const { state } = scenario
  const root = state.commit()
  scenario.measured({ id: 1000, headSha: root })
  const base = state.commit()
  const head = state.commit('topic', [base])
  state.run({ id: 1001, event: 'pull_request', headSha: head })
  const repository = { owner: 'octo', name: 'demo', id: null }
  const changes = { ...pullRequestAt(head, head, base), repository, workflowPath: null, runId: 1001 }
  return { ...scenario, find: () => scenario.resolve('auto', changes) }
}

test('all requests are made', async () => {
  await using scenario = await longWay()
  expect(await scenario.runOf(await scenario.find())).toBe(1000)
  const lines = scenario.server.requests.map(({ line }) => line)
  expect(REQUESTS.filter(([, pattern]) => !lines.some((line) => pattern.test(line)))).toEqual([])
  expect(lines.filter((line) => !REQUESTS.some(([, pattern]) => pattern.test(line)))).toEqual([])
})

describe.each(REQUESTS)('asking for %s', (_, line, permission) => {
  test.each(FAULTS)('and getting %s leaves a run without baseline and says why', async (name, fault) => {
    await using scenario = await longWay(fault, 2)
    scenario.server.fail(line, fault)
    const { found, note } = await scenario.find()
    expect(found).toBeNull()
    expect(note).toMatch(/^No baseline (could be fetched|yet): .+\.$/)
    if (name === '403') expect(note).toContain(permission)
    expect(await scenario.leftFiles()).toEqual([])
  })

  test.each(PASSING)('and getting %s once does no harm', async (_name, fault) => {
    await using scenario = await longWay(fault)
    scenario.server.fail(line, fault, 1)
    expect(await scenario.runOf(await scenario.find())).toBe(1000)
  })
})

const RELEASE_REQUESTS: [string, RegExp][] = [
  ['the release', /releases\/tags/],
  ['its assets', /releases\/\d+\/assets/],
  ['where an asset is', /releases\/assets/],
  ['an asset', /\/storage\/asset/],
]

describe.each(RELEASE_REQUESTS)('of a release, asking for %s', (_, line) => {
  test.each(FAULTS)('and getting %s leaves a run without baseline and says why', async (_name, fault) => {
    await using scenario = await startScenario(quickAt(fault, 2))
    scenario.state.release('v1', new Map([['demo.nav', Buffer.from('package of run 1')]]))
    scenario.server.fail(line, fault)
    const { found, note } = await scenario.resolve('release:v1/demo.nav')
    expect(found).toBeNull()
    expect(note).toMatch(/^No baseline could be fetched: .+\.$/)
    expect(await scenario.leftFiles()).toEqual([])
  })
})

test('an interrupt ends the looking, and is no error', async () => {
  await using scenario = await longWay()
  const stop = new AbortController()
  stop.abort()
  scenario.server.fail(/./, 'cut')
  const { note } = await scenario.resolve('auto', {}, { signal: stop.signal })
  expect(note).toBe('The run was interrupted before a baseline was found.')
})
