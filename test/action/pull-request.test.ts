import { describe, expect, test } from 'vitest'

import { stack } from '../models/stack.js'
import { type GithubServer, startGithubServer, TOKEN } from '../support/github-server.js'
import { push, pushToPullRequest } from '../support/workflow-step.js'

const bodies = (server: GithubServer): string[] => server.state.comments.map(({ body }) => body)

describe('the step on a pull request', { timeout: 180_000 }, () => {
  test('says nothing on one that changes nothing, unless it is always wanted', async () => {
    await using server = await startGithubServer()
    await push(server, stack(8))
    const quiet = await pushToPullRequest(server, stack(8))
    expect([quiet.code, quiet.outputs.get('verdict'), bodies(server).length]).toEqual([0, 'same', 0])
    expect(quiet.summary).not.toContain('calls for a comment')
    await pushToPullRequest(server, stack(8), { inputs: { comment: 'always' } })
    expect(bodies(server)).toHaveLength(1)
  })

  test('of a fork is judged, and says who writes the comment', async () => {
    await using server = await startGithubServer()
    await push(server, stack(8))
    server.state.tokens.set(TOKEN, { login: 'github-actions[bot]', readOnly: true })
    const { code, outputs, summary } = await pushToPullRequest(server, stack(8), {
      isFork: true,
      inputs: { comment: 'always' },
    })
    expect([code, outputs.get('verdict')]).toEqual([0, 'same'])
    expect(bodies(server)).toEqual([])
    expect(summary).toMatch(/^> Nothing was written on the pull request: it comes from a fork/m)
  })

  test('that may not comment stays green, and says which permission is missing', async () => {
    await using server = await startGithubServer()
    await push(server, stack(8))
    server.state.tokens.set(TOKEN, { login: 'github-actions[bot]', readOnly: true })
    const { code, stdout, summary } = await pushToPullRequest(server, stack(8), { inputs: { comment: 'always' } })
    expect(code).toBe(0)
    for (const text of [stdout, summary]) expect(text).toContain('pull-requests: write')
  })

  test('that may not read artifacts has no baseline, and says which permission is missing', async () => {
    await using server = await startGithubServer()
    await push(server, stack(8))
    server.fail(/actions\/artifacts/, { status: 403, message: 'Resource not accessible by integration' })
    const { code, outputs, record, summary } = await pushToPullRequest(server, stack(24))
    expect([code, outputs.get('outcome'), outputs.get('verdict')]).toEqual([0, 'done', 'none'])
    expect(record.baselineNote).toContain('actions: read')
    expect(summary).toContain('actions: read')
  })
})

test('the step on main only warns of a regression, and fails when it is asked to', { timeout: 180_000 }, async () => {
  await using server = await startGithubServer()
  await push(server, stack(8))
  const merged = await push(server, stack(24))
  expect([merged.code, merged.outputs.get('outcome'), merged.outputs.get('verdict')]).toEqual([0, 'done', 'slower'])
  expect(merged.stdout).toMatch(/^::warning::demo got slower/m)
  const strict = await push(server, stack(72), { 'fail-on-push': 'true' })
  expect([strict.code, strict.outputs.get('outcome')]).toEqual([1, 'gate-failed'])
})
