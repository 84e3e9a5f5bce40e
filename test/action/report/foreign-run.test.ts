import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import type { RunRecord, WorkflowRun } from '../../../src/core/report/run-record.js'
import { HOSTILE, WINNER } from '../../report/records.js'
import { FORK_REPOSITORY_ID, OWN_REPOSITORY_ID, type PullRequest } from '../../support/github-server-state.js'
import {
  alterRun,
  FAULTS,
  keepArtifact,
  PULL,
  type PullRequestServer,
  startPullRequestServer,
} from '../../support/pull-request-server.js'
import { temporaryFolder } from '../../support/run-engine.js'
import {
  comparisonOf,
  contextOf,
  FASTER,
  keepRecord,
  recordOf,
  report,
  reportForeign,
  serverWith,
  SLOWER,
} from './report-cases.js'

describe("a fork's run", () => {
  test('gets its comment, which says who measured and links to the run', async () => {
    await using server = await serverWith([FASTER])
    const id = keepRecord(server, SLOWER)
    const report = await reportForeign(server)
    expect(report).toMatchObject({
      outcome: 'gate-failed',
      verdict: 'slower',
      records: 2,
      pullRequest: 5,
      problems: [],
      failed: false,
    })
    const [comment = ''] = server.state.comments.map(({ body }) => body)
    expect(report.commentUrl).toContain('#issuecomment-')
    for (const text of ['detector', 'classifier', "by the fork's own workflow", `/actions/runs/900/artifacts/${id}`])
      for (const where of [comment, report.markdown]) expect(where).toContain(text)
  })

  test('of this repository, as Dependabot has it, is not called a fork', async () => {
    await using server = await serverWith([SLOWER])
    alterRun(server, { head_repository: { id: OWN_REPOSITORY_ID, owner: { login: PULL.headOwner } } })
    server.state.pullRequest({ ...PULL, headRepositoryId: OWN_REPOSITORY_ID })
    const report = await reportForeign(server)
    expect(report.records).toBe(1)
    expect(report.markdown).not.toContain('fork')
  })

  test('may be named by its number instead of an event', async () => {
    await using server = await serverWith([SLOWER])
    const context = { ...contextOf('workflow_dispatch'), payload: {} }
    expect(await report(server, context, { runId: 900 })).toMatchObject({ records: 1, pullRequest: 5, failed: false })
  })

  test('that kept the artifacts of an earlier attempt is taken', async () => {
    await using server = await serverWith([SLOWER, FASTER])
    alterRun(server, { run_attempt: 2 })
    expect(await reportForeign(server)).toMatchObject({ records: 2, problems: [] })
  })

  test('has its artifacts read on all pages, whatever else it left', async () => {
    await using server = await startPullRequestServer()
    for (let index = 0; index < 230; index++) keepArtifact(server, `log-${index}`, 'x')
    keepRecord(server, SLOWER)
    expect(await reportForeign(server)).toMatchObject({ records: 1, problems: [] })
  })

  test('leaves no file of its on the runner', async () => {
    await using server = await serverWith([SLOWER])
    await using folder = await temporaryFolder()
    await report(server, contextOf('workflow_run'), {}, folder.path)
    expect(await readdir(folder.path)).toEqual([])
  })
})

test('holds files to that run of a workflow_run event', async () => {
  await using server = await serverWith([])
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'record.json')
  await writeFile(file, JSON.stringify(recordOf('detector', { workflow: { runId: 901 } })))
  const made = await report(server, contextOf('workflow_run'), { records: [file] })
  expect(made).toMatchObject({ outcome: 'refused', records: 0, failed: false })
})

describe("a fork's run is refused as a whole", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['was a push', { event: 'push' }, 'was started by push'],
    ['was of pull_request_target', { event: 'pull_request_target' }, 'was started by pull_request_target'],
    ['is of another workflow', { path: '.github/workflows/other.yml' }, 'is of another workflow than the event says'],
    ['is of another repository', { repository: { id: 11 } }, 'is of another repository'],
    ['is of another commit', { head_sha: 'e'.repeat(40) }, 'is of another commit than the event says'],
    ['is not over', { status: 'in_progress' }, 'is not over'],
    ['is another one', { id: 901 }, 'is not what GitHub answers with'],
    ['is of a fork that is gone', { head_repository: null }, 'is of a fork or branch that is gone'],
    ['is of a branch of that name elsewhere', { head_repository: { id: 78, owner: { login: 'stranger' } } }, 'no open'],
    ['cannot be read', { path: 7 }, 'cannot be read'],
  ])('when it %s', async (_, change, why) => {
    await using server = await serverWith([SLOWER])
    alterRun(server, change)
    await expectRefused(server, why)
  })

  test('when its workflow is not on the default branch', async () => {
    await using server = await serverWith([SLOWER])
    server.state.files.clear()
    await expectRefused(server, 'is not on the default branch')
  })

  test.each<[string, Partial<PullRequest>, string]>([
    ['has no open pull request', { state: 'closed' }, 'There is no open pull request of stranger:faster'],
    [
      'has one that moved on',
      { headSha: 'c'.repeat(40) },
      'The pull request #5 of stranger:faster has moved on to ccccccc',
    ],
    ['has one of another fork', { headRepositoryId: 78 }, 'There is no open pull request'],
    ['has a second one', { number: 6 }, 'belongs to several pull requests of stranger:faster, #5 and #6'],
  ])('when it %s', async (_, change, why) => {
    await using server = await serverWith([SLOWER])
    server.state.pullRequest({ ...PULL, ...change })
    await expectRefused(server, why)
  })

  test('when its pull request goes into another repository', async () => {
    await using server = await serverWith([SLOWER])
    const elsewhere = {
      ...PULL,
      head: { sha: PULL.headSha, repo: { id: FORK_REPOSITORY_ID } },
      base: { repo: { id: 11 } },
    }
    server.alter(/\/pulls\?/, () => [elsewhere])
    await expectRefused(server, 'There is no open pull request')
  })

  test('when it has more records than any matrix', async () => {
    await using server = await startPullRequestServer()
    for (let at = 0; at < 257; at++) keepArtifact(server, `navpkg-record-${at}.json`, '{}')
    await expectRefused(server, 'Run 900 has 257 artifacts named navpkg-record-*')
  })

  test('when the event does not say which it is', async () => {
    await using server = await serverWith([SLOWER])
    const context = { ...contextOf('workflow_run'), payload: { workflow_run: 'x' } }
    expect(await report(server, context)).toMatchObject({ outcome: 'refused', failed: false })
  })
})

describe("a record of a fork's run is refused", () => {
  test.each<[string, Partial<WorkflowRun>, string]>([
    ['another run', { runId: 901 }, 'its run is 901, not 900'],
    ['an attempt that was never made', { runAttempt: 2 }, 'it is of attempt 2'],
    ['another commit', { headSha: 'e'.repeat(40) }, 'its commit is not bbbbbbb'],
    ['another repository', { repository: 'octo/other' }, 'its repository is not this one'],
    ['another pull request', { pullRequest: 6 }, 'it is for pull request #6, not for pull request #5'],
    ['no pull request', { pullRequest: null }, 'it is for no pull request'],
    ['another event', { event: 'push' }, 'it was not started by pull_request'],
    ['another workflow', { path: '.github/workflows/other.yml' }, 'its workflow is another one'],
  ])('when it is of %s', async (_, change, why) => {
    await using server = await serverWith([recordOf('detector', { comparison: 'slower', workflow: change })])
    await expectRefused(server, why)
  })

  const text = JSON.stringify(SLOWER)
  test.each<[string, Served, string]>([
    [
      'does not say of which run it is',
      { content: JSON.stringify({ ...SLOWER, workflow: null }) },
      'which run measured it',
    ],
    ['is no JSON', { content: text.slice(0, 500) }, 'it is no JSON object'],
    ['is a zip', { content: Buffer.from('504b0304', 'hex') }, 'it is no JSON object'],
    ['is of no version known', { content: text.replace('"1.0"', '"9.0"') }, 'schemaVersion'],
    [
      'contradicts itself',
      { content: text.replace('"verdict":"slower"', '"verdict":"same"') },
      'it contradicts itself',
    ],
    ['says that it is too large', { size: 5_000_000 }, 'more than 4194304 bytes'],
    ['is larger than it says', { content: ' '.repeat(5_000_000) + text, size: 100 }, 'more than 4194304 bytes'],
    ['is not what was uploaded', { digest: `sha256:${'0'.repeat(64)}` }, 'is not that of the digest'],
    ['has expired', { expired: true }, 'it has expired'],
  ])('when it %s', async (_, { content = text, digest, size, expired = false }, why) => {
    await using server = await startPullRequestServer()
    const id = keepArtifact(server, 'navpkg-record-detector.json', content)
    if (digest !== undefined) server.state.digests.set(id, digest)
    if (expired) server.state.expired.add(id)
    if (size !== undefined) server.alter(/\/artifacts\?/, (body) => withSize(body, size))
    await expectRefused(server, why)
  })

  test('and the others are reported', async () => {
    await using server = await serverWith([SLOWER, FASTER])
    keepArtifact(server, 'navpkg-record-x.json', '{}')
    const made = await reportForeign(server)
    expect(made).toMatchObject({ records: 2, failed: false })
    expect(made.problems).toEqual([expect.stringContaining('navpkg-record-x.json is not reported: it is not a record')])
    expect(made.markdown).toContain('navpkg-record-x.json')
  })

  test('when another one has its name and target', async () => {
    await using server = await serverWith([FASTER])
    keepArtifact(server, 'navpkg-record-z.json', JSON.stringify(FASTER))
    const made = await reportForeign(server)
    expect(made.problems).toEqual(['navpkg-record-z.json is not reported: another record has its name and target.'])
  })
})

test('the texts of a stranger show as text in comment, summary and log', async () => {
  const comparison = { ...comparisonOf('slower'), explanation: HOSTILE }
  const hostile: RunRecord = {
    ...SLOWER,
    name: HOSTILE,
    target: HOSTILE,
    comparison,
    outcomeReason: HOSTILE,
    notes: [HOSTILE],
    gate: { failed: true, reasons: [HOSTILE] },
    baseline: { kind: 'artifact', description: HOSTILE, commit: HOSTILE, url: 'javascript:alert(1)' },
    host: { ...WINNER.host, cpu: HOSTILE },
  }
  await using server = await serverWith([])
  keepArtifact(server, `navpkg-record-${HOSTILE}`, JSON.stringify(hostile))
  keepArtifact(server, 'navpkg-record-[x](http://evil.example) <b>::error::', '{}')
  const made = await reportForeign(server)
  expect(made.records).toBe(1)
  for (const text of [server.state.comments[0]?.body ?? '', made.markdown]) {
    const shown = text.replaceAll(/<!--.*?-->/g, '')
    expect(shown).not.toMatch(/<img|<b>|::error|##\[|@team|\]\(http:\/\/x|\]\(http:\/\/evil|javascript:/)
    expect(shown).toContain('&#60;img')
  }
})

describe('GitHub fails', () => {
  const CALLS = [
    ['the run', /^GET .*runs\/900$/],
    ['the workflow file', /^GET .*contents/],
    ['the pull requests', /^GET .*pulls\?/],
    ['the artifacts', /^GET .*artifacts\?/],
    ['a download', /^GET .*zip$/],
    ['the blob', /^GET \/storage/],
  ] as const

  describe.each(CALLS)('for %s', (_, request) => {
    test.each(FAULTS)("with %s, and a fork's report is green and says why", async (_, fault) => {
      await using server = await serverWith([SLOWER])
      server.fail(request, fault)
      const made = await reportForeign(server)
      expect(['machine-failed', 'refused']).toContain(made.outcome)
      expect(made).toMatchObject({ failed: false, records: 0, commentUrl: null })
      expect(made.problems.join()).toMatch(/GitHub|default branch/)
    })
  })

  test.each(FAULTS)('with %s for the comment, and the report is in the summary', async (_, fault) => {
    await using server = await serverWith([SLOWER])
    server.fail(/^POST .*comments/, fault)
    const made = await reportForeign(server)
    expect(made).toMatchObject({ outcome: 'gate-failed', records: 1, commentUrl: null, failed: false })
    expect(made.markdown).toContain('The comment was not written')
    expect(made.markdown).toContain('detector')
  })
})

test('256 records are one comment and one summary within the limits of GitHub', async () => {
  await using server = await serverWith(
    Array.from({ length: 256 }, (_, index) =>
      recordOf(`model-${index}`, { comparison: index === 100 ? 'slower' : 'same' }),
    ),
  )
  const made = await reportForeign(server)
  expect(made).toMatchObject({ records: 256, verdict: 'slower', problems: [] })
  expect(server.state.comments[0]?.body.length).toBeLessThanOrEqual(65_536)
  expect(server.state.comments[0]?.body).toContain('model-100')
  expect(Buffer.byteLength(made.markdown)).toBeLessThanOrEqual(2 ** 20)
})

async function expectRefused(server: PullRequestServer, why: string): Promise<void> {
  const made = await reportForeign(server)
  expect(made).toMatchObject({ records: 0, commentUrl: null, failed: false })
  expect(made.outcome).toBe('refused')
  expect(made.problems.join(' ')).toContain(why)
  expect(server.state.comments).toEqual([])
}

/** An artifact of a record, and what GitHub says of it. */
interface Served {
  readonly content?: string | Buffer
  readonly digest?: string
  readonly size?: number
  readonly expired?: boolean
}

function withSize(body: unknown, size: number): unknown {
  const listing = z.object({ artifacts: z.array(z.looseObject({})) }).parse(body)
  return { artifacts: listing.artifacts.map((one) => ({ ...one, size_in_bytes: size })) }
}
