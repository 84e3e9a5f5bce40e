import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { NAMES, startScenario } from './scenario.js'

test('the wanted package is found behind pages of others', async () => {
  await using scenario = await startScenario()
  const { state } = scenario
  state.commit()
  const run = scenario.measured()
  const head = state.commit('topic', [state.branches.get('main') ?? ''])
  for (let count = 0; count < 250; count += 1)
    scenario.measured({ event: 'pull_request', headSha: head, headBranch: 'topic' })
  state.commit()
  expect(await scenario.runOf(await scenario.resolve('auto'))).toBe(run.id)
  expect(scenario.server.requests.filter(({ line }) => line.includes('/actions/artifacts?'))).toHaveLength(3)
})

test('a merged regression is the next baseline', async () => {
  await using scenario = await startScenario()
  scenario.state.commit()
  scenario.measured()
  scenario.state.commit()
  const regression = scenario.measured({}, { outcome: 'gate-failed' })
  scenario.state.commit()
  expect(await scenario.runOf(await scenario.resolve('auto'))).toBe(regression.id)
})

test('of two runs at one commit the newer counts', async () => {
  await using scenario = await startScenario()
  scenario.state.commit()
  scenario.measured()
  const newer = scenario.measured({ event: 'workflow_dispatch' })
  scenario.state.commit()
  expect(await scenario.runOf(await scenario.resolve('auto'))).toBe(newer.id)
})

test('without any package the note says what makes the first one', async () => {
  await using scenario = await startScenario()
  scenario.state.commit()
  scenario.state.commit()
  expect(await scenario.resolve('auto')).toEqual({
    found: null,
    note:
      'No baseline yet: no run of this repository has an artifact navpkg-demo.nav. ' +
      'A run of .github/workflows/ci.yml on push, schedule or workflow_dispatch makes one for the commits after it.',
  })
})

test('what the event does not say, GitHub is asked for', async () => {
  await using scenario = await startScenario()
  const { state } = scenario
  state.commit()
  const run = scenario.measured({ path: '.github/workflows/ci.yml@main' })
  state.commit()
  const own = state.run({ path: '.github/workflows/ci.yml@main' })
  const changes = {
    defaultBranch: null,
    workflowPath: null,
    runId: own.id,
    repository: { owner: 'octo', name: 'demo', id: null },
  }
  expect(await scenario.runOf(await scenario.resolve('auto', changes))).toBe(run.id)
})

describe('artifact:NAME', () => {
  test('is first that of this run, from another job', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    state.commit()
    const own = state.run()
    own.artifacts.keep('base.nav', Buffer.from('package of run 12'))
    const resolved = await scenario.resolve('artifact:base.nav', { runId: own.id })
    expect(await scenario.runOf(resolved)).toBe(12)
    expect(resolved.found?.baseline.description).toBe('the artifact base.nav of this run')
  })

  test('is else that of an earlier run by the rules of auto', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    state.commit()
    const run = scenario.measured()
    run.artifacts.artifacts.set('navpkg-small.nav', run.artifacts.artifacts.get(NAMES.package)!)
    run.artifacts.artifacts.set('navpkg-record-small.json', run.artifacts.artifacts.get(NAMES.record)!)
    run.artifacts.artifacts.delete(NAMES.record)
    state.commit()
    expect(await scenario.runOf(await scenario.resolve('artifact:navpkg-small.nav'))).toBe(run.id)
    expect((await scenario.resolve('artifact:other.nav')).note).toContain('has an artifact other.nav')
  })

  test('never is what an earlier attempt of this run made', async () => {
    await using scenario = await startScenario()
    scenario.state.commit()
    const before = scenario.measured()
    scenario.state.commit()
    const own = scenario.measured()
    expect(await scenario.runOf(await scenario.resolve(`artifact:${NAMES.package}`, { runId: own.id }))).toBe(before.id)
  })
})

describe('release:TAG/ASSET', () => {
  test.each(['release:models/v1/demo.nav', 'release:latest/demo.nav'])('%s is downloaded', async (text) => {
    await using scenario = await startScenario()
    scenario.state.release('v0', new Map([['demo.nav', Buffer.from('package of run 0')]]))
    scenario.state.release('models/v1', new Map([['demo.nav', Buffer.from('package of run 1')]]))
    const resolved = await scenario.resolve(text)
    expect(await scenario.runOf(resolved)).toBe(1)
    expect(resolved.found?.baseline).toEqual({
      kind: 'release',
      description: 'demo.nav of release models/v1',
      commit: null,
      url: 'https://github.com/octo/demo/releases/tag/models%2Fv1',
    })
  })

  test('says what there is instead', async () => {
    await using scenario = await startScenario()
    scenario.state.release(
      'v1',
      new Map([
        ['a.nav', Buffer.alloc(1)],
        ['b.nav', Buffer.alloc(1)],
      ]),
    )
    expect((await scenario.resolve('release:v1/demo.nav')).note).toBe(
      'There is no baseline: release v1 has no asset demo.nav; it has a.nav, b.nav.',
    )
    expect((await scenario.resolve('release:v2/demo.nav')).note).toContain('GET /repos/octo/demo/releases/tags/v2')
  })

  test('is not taken when it is not what was uploaded', async () => {
    await using scenario = await startScenario()
    const { assets } = scenario.state.release('v1', new Map([['demo.nav', Buffer.from('package of run 1')]]))
    scenario.state.digests.set(assets[0]?.id ?? 0, `sha256:${'0'.repeat(64)}`)
    expect((await scenario.resolve('release:v1/demo.nav')).note).toContain('the digests differ')
    expect(await scenario.leftFiles()).toEqual([])
  })

  test('works on GitHub Enterprise Server, where auto does not', async () => {
    await using scenario = await startScenario()
    scenario.state.release('v1', new Map([['demo.nav', Buffer.from('package of run 1')]]))
    const changes = { serverUrl: 'https://github.example.com' }
    expect(await scenario.runOf(await scenario.resolve('release:v1/demo.nav', changes))).toBe(1)
    const { found, note } = await scenario.resolve('auto', changes)
    expect(found).toBeNull()
    expect(note).toContain('GitHub Enterprise Server (github.example.com) does not have the artifacts')
  })
})

describe('a path', () => {
  test('is a file from the working directory', async () => {
    await using scenario = await startScenario()
    const file = path.join(scenario.workingDirectory, 'base.nav')
    await writeFile(file, 'package of run 3')
    expect(await scenario.resolve('base.nav', {}, { context: null, client: null })).toEqual({
      found: { file, baseline: { kind: 'file', description: 'base.nav', commit: null, url: null } },
      note: null,
    })
    await rm(file)
    expect((await scenario.resolve('base.nav')).note).toContain('no file base.nav')
    expect((await scenario.resolve('.')).note).toContain('no file .')
  })
})

test('none is none, and needs no word', async () => {
  await using scenario = await startScenario()
  expect(await scenario.resolve('none')).toEqual({ found: null, note: null })
})

test('outside GitHub and without a token the note says what is missing', async () => {
  await using scenario = await startScenario()
  expect((await scenario.resolve('auto', {}, { context: null })).note).toContain('no workflow run on GitHub')
  expect((await scenario.resolve('auto', {}, { client: null })).note).toContain('github-token')
})
