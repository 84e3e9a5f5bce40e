import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { REPORT_OUTPUTS } from '../../../src/action/report/outputs.js'
import { ACTION_PATH } from '../../support/built-paths.js'
import { TOKEN } from '../../support/github-server.js'
import { OWN_REPOSITORY_ID } from '../../support/github-server-state.js'
import { alterRun, HEAD_SHA, type PullRequestServer, WORKFLOW } from '../../support/pull-request-server.js'
import { type ActionRun, runAction } from '../../support/run-action.js'
import { temporaryFolder } from '../../support/run-engine.js'
import { contextOf, FASTER, serverWith, SLOWER } from './report-cases.js'

test("a fork's run is reported by a green step, whose log never has the token", async () => {
  await using server = await serverWith([SLOWER])
  const { code, stdout, outputs, summary } = await runReport(server, 'workflow_run', contextOf('workflow_run').payload)
  expect([code, [...outputs.keys()]]).toEqual([0, REPORT_OUTPUTS])
  expect(Object.fromEntries(outputs)).toMatchObject({
    outcome: 'gate-failed',
    verdict: 'slower',
    records: '1',
    'pull-request': '5',
    'comment-url': expect.stringContaining('#issuecomment-') as string,
  })
  expect(summary).toContain('detector')
  expect(server.state.comments).toHaveLength(1)
  expect(stdout).toContain(`::add-mask::${TOKEN}`)
  expect(stdout.replace(`::add-mask::${TOKEN}`, '')).not.toContain(TOKEN)
  expect(stdout).not.toMatch(/^::(error|warning)/m)
})

test('a refused run is a warning with the reason, and the step is green', async () => {
  await using server = await serverWith([SLOWER])
  alterRun(server, { event: 'push' })
  const { code, stdout, outputs, summary } = await runReport(server, 'workflow_run', contextOf('workflow_run').payload)
  expect([code, outputs.get('outcome')]).toEqual([0, 'refused'])
  expect(stdout).toMatch(/^::warning::Run 900 was started by push/m)
  expect(summary).toContain('Run 900 was started by push')
})

test('a matrix with a failed gate is a red step with the report in its summary', async () => {
  await using server = await serverWith([SLOWER, FASTER])
  const { code, stdout, outputs, summary, report } = await runReport(server, 'pull_request', {
    pull_request: {
      number: 5,
      head: { sha: HEAD_SHA, repo: { id: OWN_REPOSITORY_ID } },
      base: { sha: 'a'.repeat(40), ref: 'main', repo: { id: OWN_REPOSITORY_ID } },
    },
  })
  expect([code, outputs.get('outcome'), outputs.get('records')]).toEqual([1, 'gate-failed', '2'])
  expect(stdout).toMatch(
    /^::error::A record failed its gate .*\(2 records, verdict: slower\)%0Adetector: It got slower\.$/m,
  )
  expect(summary).toContain('2 models')
  expect(report).toBe(summary)
})

test('wrong inputs fail the step, all at once', async () => {
  await using server = await serverWith([])
  const wrong = {
    'run-id': 'x',
    'expected-records': '0',
    comment: 'often',
    'comment-key': '-->',
    'fail-on-gate': 'maybe',
    'artifact-pattern': 'x',
  }
  const { code, stdout, outputs } = await runReport(server, 'workflow_run', {}, wrong)
  expect([code, outputs.get('outcome')]).toEqual([1, 'bad-input'])
  for (const name of Object.keys(wrong)) expect(stdout).toContain(`%0A${name}: `)
})

/** Runs the step as a runner would: in run 900 of pull request 5, or in a run that is about it. */
async function runReport(
  server: PullRequestServer,
  event: string,
  payload: unknown,
  inputs: Readonly<Record<string, string>> = {},
): Promise<ActionRun & { readonly report: string }> {
  await using folder = await temporaryFolder()
  const eventPath = path.join(folder.path, 'event.json')
  await writeFile(eventPath, JSON.stringify(payload))
  const run = await runAction(
    folder.path,
    { 'github-token': TOKEN, ...inputs },
    {
      program: [ACTION_PATH, 'report'],
      environment: {
        GITHUB_REPOSITORY: 'octo/demo',
        GITHUB_REPOSITORY_ID: String(OWN_REPOSITORY_ID),
        GITHUB_RUN_ID: event === 'workflow_run' ? '1000' : '900',
        GITHUB_EVENT_NAME: event,
        GITHUB_EVENT_PATH: eventPath,
        GITHUB_SHA: 'd'.repeat(40),
        GITHUB_API_URL: server.url,
        GITHUB_WORKFLOW_REF: `octo/demo/${WORKFLOW}@refs/heads/main`,
      },
    },
  )
  const summaryPath = run.outputs.get('summary-path') ?? ''
  return { ...run, report: summaryPath === '' ? '' : await readFile(summaryPath, 'utf8') }
}
