import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { pullRequestAt, type Scenario, shortSha as short, startScenario } from './scenario.js'

describe('auto begins with', () => {
  test('what the pull request is merged into, when its merge is checked out', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    const root = state.commit()
    scenario.measured()
    const base = state.commit()
    const run = scenario.measured()
    const head = state.commit('topic', [root])
    const merge = state.commit('merge', [base, head])
    const resolved = await scenario.resolve('auto', pullRequestAt(merge, head, root))
    expect(await scenario.runOf(resolved)).toBe(run.id)
    expect(resolved).toMatchObject({
      note: null,
      found: {
        baseline: {
          kind: 'artifact',
          description: `main at ${short(base)}, which this pull request is merged into`,
          commit: base,
          url: `https://github.com/octo/demo/actions/runs/${run.id}/artifacts/${run.package}`,
        },
      },
    })
  })

  test('the merge base, when the head of the pull request is checked out', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    const root = state.commit()
    const run = scenario.measured()
    const base = state.commit()
    scenario.measured()
    const head = state.commit('topic', [root])
    const resolved = await scenario.resolve('auto', pullRequestAt(head, head, base))
    expect(await scenario.runOf(resolved)).toBe(run.id)
    expect(resolved.found?.baseline.description).toBe(`main at ${short(root)}, where this pull request left main`)
  })

  test('the merge base, when the head of the pull request is itself a merge of the base', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    const root = state.commit()
    const base = state.commit()
    const run = scenario.measured()
    const first = state.commit('topic', [root])
    scenario.measured({ headSha: first, headBranch: 'topic' })
    const head = state.commit('topic', [first, base])
    const resolved = await scenario.resolve('auto', pullRequestAt(head, head, base))
    expect(await scenario.runOf(resolved)).toBe(run.id)
  })

  test('the parent, on a push to the default branch', async () => {
    await using scenario = await startScenario()
    const parent = scenario.state.commit()
    const run = scenario.measured()
    scenario.state.commit()
    scenario.measured()
    const resolved = await scenario.resolve('auto')
    expect(await scenario.runOf(resolved)).toBe(run.id)
    expect(resolved.found?.baseline.description).toBe(`main at ${short(parent)}, the parent of this commit`)
  })

  test('the base of a merge group', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    const base = state.commit()
    const run = scenario.measured()
    const sha = state.commit('queue', [state.commit('other', [base])])
    const resolved = await scenario.resolve('auto', {
      event: 'merge_group',
      sha,
      ref: 'refs/heads/queue',
      mergeGroupBaseSha: base,
    })
    expect(await scenario.runOf(resolved)).toBe(run.id)
    expect(resolved.found?.baseline.description).toBe(`main at ${short(base)}, the base of this merge group`)
  })

  test('where a commit of another branch left the default branch', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    const root = state.commit()
    const run = scenario.measured()
    const sha = state.commit('topic', [state.commit('topic', [root])])
    state.commit()
    scenario.measured()
    const resolved = await scenario.resolve('auto', { sha, ref: 'refs/heads/topic' })
    expect(await scenario.runOf(resolved)).toBe(run.id)
    expect(resolved.found?.baseline.description).toBe(`main at ${short(root)}, where this commit left main`)
  })

  test('the parent of a scheduled run on the default branch', async () => {
    await using scenario = await startScenario()
    scenario.state.commit()
    const run = scenario.measured()
    scenario.state.commit()
    scenario.measured()
    expect(await scenario.runOf(await scenario.resolve('auto', { event: 'schedule' }))).toBe(run.id)
  })

  test('nothing, at the first commit', async () => {
    await using scenario = await startScenario()
    scenario.state.commit()
    scenario.measured()
    expect(await scenario.resolve('auto')).toEqual({ found: null, note: 'No baseline yet: this is the first commit.' })
  })
})

describe('what is checked out decides, also in a clone without parents', () => {
  /** main: root, base; topic: head from root; merge of both; the server has all of it. */
  async function gitScenario(
    depth: string[],
  ): Promise<Scenario & { checkOut: (branch: string) => void; at: (ref: string) => string }> {
    const scenario = await startScenario()
    const origin = path.join(scenario.workingDirectory, '..', 'origin')
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
        encoding: 'utf8',
        stdio: 'pipe',
      })
    const inOrigin = (...args: string[]): string => git('-C', origin, ...args).trim()
    git('init', '-q', '-b', 'main', origin)
    inOrigin('commit', '-q', '--allow-empty', '-m', 'root')
    inOrigin('checkout', '-q', '-b', 'topic')
    inOrigin('commit', '-q', '--allow-empty', '-m', 'head')
    inOrigin('checkout', '-q', 'main')
    inOrigin('commit', '-q', '--allow-empty', '-m', 'base')
    inOrigin('checkout', '-q', '-b', 'merge')
    inOrigin('merge', '-q', '--no-ff', '-m', 'merge', 'topic')
    scenario.state.readGit(origin)
    return {
      ...scenario,
      checkOut: (branch) => {
        rmSync(scenario.workingDirectory, { recursive: true })
        git('clone', '-q', '-b', branch, ...depth, `file://${origin}`, scenario.workingDirectory)
      },
      at: (ref) => inOrigin('rev-parse', ref),
    }
  }

  test.each([
    ['a full clone', []],
    ['a shallow clone', ['--depth=1']],
  ])('%s', async (_, depth) => {
    await using scenario = await gitScenario(depth)
    const root = scenario.measured({ headSha: scenario.at('topic^') })
    const base = scenario.measured({ headSha: scenario.at('main') })
    const context = pullRequestAt(scenario.at('merge'), scenario.at('topic'), scenario.at('main'))
    scenario.checkOut('merge')
    expect(await scenario.runOf(await scenario.resolve('auto', context))).toBe(base.id)
    scenario.checkOut('topic')
    expect(await scenario.runOf(await scenario.resolve('auto', context))).toBe(root.id)
  })

  test('a commit that GitHub does not know leaves the one the run is for', async () => {
    await using scenario = await gitScenario([])
    const base = scenario.measured({ headSha: scenario.at('main') })
    const context = pullRequestAt(scenario.at('merge'), scenario.at('topic'), scenario.at('main'))
    scenario.checkOut('topic')
    execFileSync('git', [
      '-C',
      scenario.workingDirectory,
      '-c',
      'user.name=t',
      '-c',
      'user.email=t@e',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'local',
    ])
    expect(await scenario.runOf(await scenario.resolve('auto', context))).toBe(base.id)
  })
})

describe('the newest ancestor that has a package is next', () => {
  test('and the report says which and why', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    const older = state.commit()
    scenario.measured()
    const measured = state.commit()
    const run = scenario.measured()
    const parent = state.commit()
    const failed = scenario.measured({}, { outcome: 'machine-failed', package: null })
    state.commit()
    const resolved = await scenario.resolve('auto')
    expect(await scenario.runOf(resolved)).toBe(run.id)
    expect(older).not.toBe(measured)
    expect(resolved.found?.baseline.description).toBe(
      `main at ${short(measured)}, the newest commit before ${short(parent)} that has a package`,
    )
    expect(resolved.note).toBe(
      `${short(parent)}, the parent of this commit, has no package. Not taken: that of run ${failed.id}, since its run ended as machine-failed.`,
    )
  })

  test('also 300 commits back', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    const measured = state.commit()
    const run = scenario.measured()
    for (let count = 0; count < 300; count += 1) state.commit()
    const resolved = await scenario.resolve('auto')
    expect(await scenario.runOf(resolved)).toBe(run.id)
    expect(resolved.found?.baseline.commit).toBe(measured)
  })

  test('but a commit that the base branch was pushed away from is none', async () => {
    await using scenario = await startScenario()
    const { state } = scenario
    const root = state.commit()
    const run = scenario.measured()
    state.commit()
    scenario.measured()
    const base = state.commit('main', [root])
    const merge = state.commit('merge', [base, state.commit('topic', [root])])
    const head = state.branches.get('topic') ?? ''
    const resolved = await scenario.resolve('auto', pullRequestAt(merge, head, base))
    expect(await scenario.runOf(resolved)).toBe(run.id)
  })
})
