import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { makeReport } from '../../../src/action/report/make-report.js'
import { keepArtifact, startPullRequestServer, WORKFLOW } from '../../support/pull-request-server.js'
import { temporaryFolder } from '../../support/run-engine.js'
import {
  contextOf,
  FASTER,
  INPUTS,
  keepRecord,
  recordOf,
  report,
  reportOwn,
  serverWith,
  SLOWER,
} from './report-cases.js'

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined }

describe("a matrix's own report", () => {
  test('is one summary and one comment of all records, and green when nothing failed', async () => {
    await using server = await serverWith([FASTER, recordOf('recognizer', { comparison: 'same' })])
    const made = await reportOwn(server, { expectedRecords: 2 })
    expect(made).toMatchObject({ outcome: 'done', verdict: 'faster', records: 2, failed: false, problems: [] })
    expect(server.state.comments).toHaveLength(1)
    expect(made.markdown).toContain('2 models')
    expect(made.markdown).not.toContain('fork')
  })

  test.each([
    ['failed its gate', SLOWER],
    ['did not come to an end', { ...recordOf('x', {}), outcome: 'interrupted' as const }],
  ])('is red when a record %s', async (_, record) => {
    await using server = await serverWith([FASTER, record])
    expect(await reportOwn(server)).toMatchObject({ outcome: 'gate-failed', failed: true, records: 2 })
    expect(await reportOwn(server, { failOnGate: false })).toMatchObject({ outcome: 'gate-failed', failed: false })
  })

  test.each([
    ['there is no record', [], 1, 'There must be at least 1 record, and there are 0'],
    ['a job left none', [FASTER], 2, 'There must be at least 2 records, and there is 1'],
  ])('is red when %s', async (_, records, expectedRecords, why) => {
    await using server = await serverWith(records)
    const made = await reportOwn(server, { expectedRecords })
    expect(made).toMatchObject({ outcome: 'missing-records', failed: true })
    expect(made.markdown).toContain(why)
  })

  test('is red when a record cannot be used', async () => {
    await using server = await serverWith([FASTER])
    keepArtifact(server, 'navpkg-record-x.json', '{}')
    expect(await reportOwn(server)).toMatchObject({ outcome: 'refused', failed: true, records: 1 })
  })

  test("has no comment on a fork's pull request, whose token may only read, and says who writes one", async () => {
    await using server = await serverWith([FASTER])
    const made = await reportOwn(server, {}, true)
    expect(made).toMatchObject({ outcome: 'done', records: 1, commentUrl: null, failed: false })
    expect(made.markdown).toContain('it comes from a fork, whose token may only read')
    expect(made.markdown).toContain("by the fork's own workflow")
    expect(server.requests.filter(({ line }) => !line.startsWith('GET'))).toEqual([])
  })

  test('has no comment where nothing calls for one, and nothing to say of that', async () => {
    await using server = await serverWith([recordOf('detector', { comparison: 'same' })])
    const made = await reportOwn(server)
    expect(made).toMatchObject({ outcome: 'done', commentUrl: null, pullRequest: 5, problems: [] })
    expect([server.state.comments, made.markdown.includes('calls for')]).toEqual([[], false])
  })

  test('has no comment outside a pull request, and nothing to say of that', async () => {
    await using server = await startPullRequestServer()
    const workflow = { event: 'push', headSha: 'd'.repeat(40), pullRequest: null }
    keepRecord(server, recordOf('detector', { comparison: 'same', workflow }))
    const context = { ...contextOf('push'), runId: 900, workflowPath: WORKFLOW }
    const made = await report(server, context)
    expect(made).toMatchObject({ outcome: 'done', commentUrl: null, pullRequest: null, problems: [] })
  })

  test('takes files and folders of them instead, also without GitHub', async () => {
    await using folder = await temporaryFolder()
    await mkdir(path.join(folder.path, 'all/deeper'), { recursive: true })
    await writeFile(path.join(folder.path, 'one.json'), JSON.stringify({ ...SLOWER, workflow: null }))
    await writeFile(path.join(folder.path, 'all/deeper/two.json'), JSON.stringify(FASTER))
    await writeFile(path.join(folder.path, 'all/readme.txt'), 'no record')
    const records = ['one.json', 'all', 'missing.json'].map((name) => path.join(folder.path, name))
    const tools = { context: null, client: null, folder: folder.path, log: QUIET }
    const made = await makeReport({ ...INPUTS, records }, tools)
    expect(made).toMatchObject({ outcome: 'gate-failed', records: 2, failed: true })
    expect(made.problems).toEqual(['missing.json is not reported: it cannot be read (ENOENT).'])
  })

  test('is red when its artifacts cannot be read, with the permission that it takes', async () => {
    await using server = await serverWith([SLOWER])
    server.fail(/^GET .*\/artifacts\?/, { status: 403 })
    const made = await reportOwn(server)
    expect(made).toMatchObject({ outcome: 'machine-failed', failed: true })
    expect(made.markdown).toContain('actions: read')
  })
})
