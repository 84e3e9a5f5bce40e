import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runRecordSchema, type RunRecord } from '../../src/core/report/run-record.js'
import { stack } from '../models/stack.js'
import { DemoRepository, type DemoRun } from '../support/demo-repository.js'
import { type GithubServer, startGithubServer } from '../support/github-server.js'
import { FORK_REPOSITORY_ID, type Run } from '../support/github-server-state.js'
import { temporaryFolder } from '../support/run-engine.js'

/** The examples are run as they are but for {@link EXAMPLE_TOLERANCE}; the rest stands where users would write it. */
const CONFIG = `
defaults:
  settings: default
  time-budget: 20s
  exclusive: off
  tolerance: 30%
  compare-time-budget: 90s
`

/** An input wins over the file. The differences looked for are twofold: a busy machine must not decide what is seen. */
const EXAMPLE_TOLERANCE = 'tolerance: latency-p50=5%,throughput=5%'
const TEST_TOLERANCE = 'tolerance: latency-p50=30%,throughput=30%'

const AS_IT_WAS = stack(60).bytes
const SLOWER = stack(120).bytes
const FASTER = stack(30).bytes
/** The same speed, and another hash. */
const FIXED = stack(60, ' fixed').bytes

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let server: GithubServer
let repository: DemoRepository
beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startGithubServer()
  const examples = readdirSync('examples').map((name) => {
    const text = readFileSync(path.join('examples', name), 'utf8')
    if (name === 'pull-request.yml') expect(text).toContain(EXAMPLE_TOLERANCE)
    return [name, text.replace(EXAMPLE_TOLERANCE, TEST_TOLERANCE)] as const
  })
  const files = ['model.onnx', 'models/detector.onnx', 'models/classifier.onnx'].map(
    (name) => [name, AS_IT_WAS] as const,
  )
  const config = ['.navpkg.yml', Buffer.from(CONFIG)] as const
  repository = await DemoRepository.create(folder.path, server, new Map(examples), new Map([...files, config]))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

test('the example with one step makes a package', async () => {
  const { job, run } = await repository.dispatch('step.yml')
  expect(results(job, 'optimize')).toEqual(['success'])
  expect([...run.artifacts.artifacts.keys()].sort()).toEqual(['navpkg-model.nav', 'navpkg-record-model.json'])
})

describe('the example with a gate', () => {
  test('has no baseline on the first push to main, says so and makes one', async () => {
    const { job, run } = await repository.push('pull-request.yml')
    expect(results(job, 'gate')).toEqual(['success'])
    expect(recordOf(run)).toMatchObject({ outcome: 'done', comparison: null, baseline: null })
    expect(recordOf(run).baselineNote).toContain('No baseline yet')
    expect(job('gate').summaries.join('\n')).toContain('No baseline yet')
  })

  test('turns red for a pull request that slows the model down, with the ratio in a comment', async () => {
    // A thread that has long been going on.
    for (let count = 0; count < 250; count++) server.state.comment(1, `comment ${count}`, 'somebody')
    await repository.change('slow', new Map([['model.onnx', SLOWER]]))
    const { job, run } = await repository.pullRequest(1, 'slow', 'pull-request.yml')
    expect(results(job, 'gate')).toEqual(['failure'])
    const { comparison, baseline, outcome, workflow } = recordOf(run)
    expect([outcome, comparison?.verdict]).toEqual(['gate-failed', 'slower'])
    expect(comparison?.metrics[0]?.ratio).toBeGreaterThan(1.5)
    expect(comparison?.metrics[0]?.ratio).toBeLessThan(2.8)
    expect(baseline?.commit).toBe(repository.git.git('rev-parse', 'main'))
    expect(workflow).toMatchObject({ runId: run.id, pullRequest: 1, headSha: run.headSha })
    const [comment, ...others] = ours(1)
    expect(others).toEqual([])
    expect(comment?.body).toMatch(/❌ .*got slower/)
    expect(comment?.body).toContain(baseline?.commit?.slice(0, 7))
    expect(server.state.comments).toHaveLength(251)
  })

  test('turns the same comment green with the push that mends it', async () => {
    const [before] = ours(1)
    await repository.change('slow', new Map([['model.onnx', FIXED]]))
    const { job, run } = await repository.pullRequest(1, 'slow', 'pull-request.yml')
    expect(results(job, 'gate')).toEqual(['success'])
    expect(recordOf(run)).toMatchObject({ outcome: 'done', comparison: { verdict: 'same' } })
    const [after, ...others] = ours(1)
    expect([after?.id, others]).toEqual([before?.id, []])
    expect(after?.body).toContain('✅')
    expect(after?.body).not.toContain('❌')
  })

  test('says same of a pull request that does not touch the model, and tells nobody', async () => {
    await repository.change('docs', new Map([['README.md', Buffer.from('words')]]))
    const { job, run } = await repository.pullRequest(2, 'docs', 'pull-request.yml')
    expect(results(job, 'gate')).toEqual(['success'])
    expect(recordOf(run).comparison).toMatchObject({ verdict: 'same', reason: 'identical' })
    expect(ours(2)).toEqual([])
  })
})

describe('the examples for forks', () => {
  let measured: DemoRun
  let poisoned: Run
  beforeAll(async () => {
    await repository.push('pull-request-forks.yml')
    const workflow = { event: 'push', path: '.github/workflows/pull-request-forks.yml' }
    const fork = { headBranch: 'main', headOwner: 'mallory', headRepositoryId: FORK_REPOSITORY_ID }
    poisoned = server.state.run({ ...workflow, ...fork, headSha: server.state.branches.get('main') ?? '' })
    for (const name of ['navpkg-model.nav', 'navpkg-record-model.json'])
      poisoned.artifacts.keep(name, Buffer.from('poison'))
    await repository.change('from-fork', new Map([['model.onnx', FASTER]]))
    measured = await repository.pullRequest(3, 'from-fork', 'pull-request-forks.yml', 'mallory')
  })

  test('measure green, with a token that may only read', () => {
    expect(results(measured.job, 'gate')).toEqual(['success'])
    expect(recordOf(measured.run).comparison?.verdict).toBe('faster')
    expect(ours(3)).toEqual([])
  })

  test('take no package of a fork that calls its branch main as the baseline', () => {
    const { baseline } = recordOf(measured.run)
    expect(baseline?.commit).toBe(poisoned.headSha)
    expect(baseline?.url).toMatch(/\/actions\/runs\/\d+\/artifacts\/\d+$/)
    expect(baseline?.url).not.toContain(`/${poisoned.id}/`)
  })

  test('write the comment from a workflow_run, and say who measured', async () => {
    const { job } = await repository.workflowRun(measured.run, 'pull-request-report.yml')
    expect(results(job, 'report')).toEqual(['success'])
    expect(ours(3).map(({ body }) => body)).toEqual([expect.stringContaining("fork's own workflow")])
    expect(ours(3)[0]?.body).toMatch(/✅ .*got faster/)
  })
})

test('the example with a matrix has one comment for two models, a section each', async () => {
  await repository.push('matrix.yml')
  await repository.change('both', new Map([['models/detector.onnx', FASTER]]))
  const { job } = await repository.pullRequest(4, 'both', 'matrix.yml')
  expect(results(job, 'measure')).toEqual(['success', 'success'])
  expect(results(job, 'report')).toEqual(['success'])
  const [comment, ...others] = ours(4)
  expect(others).toEqual([])
  expect(comment?.body).toContain('## ✅ 2 models: 1 faster, 1 as fast as before')
  expect(comment?.body).toContain('`detector` got faster')
  expect(comment?.body).toContain('`classifier`')
})

test('a regression that is merged is told once, and is what later pushes are compared with', async () => {
  await repository.change('regression', new Map([['model.onnx', SLOWER]]))
  repository.merge('regression')
  const told: unknown[] = []
  for (const words of ['', 'first', 'second']) {
    if (words !== '') await repository.change('main', new Map([['README.md', Buffer.from(words)]]))
    const { job, run } = await repository.push('pull-request.yml')
    const { comparison, outcome } = recordOf(run)
    told.push([...results(job, 'gate'), outcome, comparison?.verdict])
  }
  expect(told).toEqual([
    ['success', 'done', 'slower'],
    ['success', 'done', 'same'],
    ['success', 'done', 'same'],
  ])
})

/** How the job ended; each of them where a matrix has several. The log of a failure tells why. */
function results(job: DemoRun['job'], name: string): readonly string[] {
  const { results: all, log } = job(name)
  if (all.includes('failure')) process.stderr.write(`${name}:\n${log.slice(-4000)}\n`)
  return all
}

function ours(issue: number): { readonly id: number; readonly body: string }[] {
  return server.state.comments.filter((one) => one.issue === issue && one.login === 'github-actions[bot]')
}

function recordOf(run: Run): RunRecord {
  const bytes = run.artifacts.artifacts.get('navpkg-record-model.json')?.bytes
  return runRecordSchema.parse(JSON.parse(bytes?.toString() ?? ''))
}
