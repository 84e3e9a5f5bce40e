import { createServer } from 'node:http'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { runRecordSchema } from '../../src/core/report/run-record.js'
import { goodModels } from '../models/make-models.js'
import { stack } from '../models/stack.js'
import { writeModel } from '../models/write-model.js'
import { writePackage } from '../nav-package/write-package.js'
import { startArtifactService } from '../support/artifact-service.js'
import { ACTION_PATH } from '../support/built-paths.js'
import { runAction } from '../support/run-action.js'
import { temporaryFolder } from '../support/run-engine.js'

const QUICK = { settings: 'default', 'time-budget': '20s', exclusive: 'off', name: 'small' }

type Options = NonNullable<Parameters<typeof runAction>[2]>

function runSmall(folder: string, inputs: Readonly<Record<string, string>>, options: Options = {}) {
  const model = writeModel(goodModels.mlp(), folder)
  return runAction(folder, { ...QUICK, 'batch-sizes': '1', model, ...inputs }, { program: [ACTION_PATH], ...options })
}

/** The variables of a workflow run whose API is at `url`. */
function workflowRun(url: string): Record<string, string> {
  return {
    GITHUB_REPOSITORY: 'octo/demo',
    GITHUB_REPOSITORY_ID: '1',
    GITHUB_RUN_ID: '42',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_SHA: 'a'.repeat(40),
    GITHUB_REF: 'refs/heads/main',
    GITHUB_WORKFLOW_REF: 'octo/demo/.github/workflows/ci.yml@refs/heads/main',
    GITHUB_API_URL: url,
  }
}

describe('the gate', { timeout: 90_000 }, () => {
  test('fails the step on a missed objective after everything is uploaded and said', async () => {
    await using folder = await temporaryFolder()
    await using service = await startArtifactService()
    const inputs = { 'max-size-mb': '0.000001' }
    const { code, stdout, outputs, summary } = await runSmall(folder.path, inputs, { environment: service.environment })
    expect(code).toBe(1)
    expect(outputs.get('outcome')).toBe('gate-failed')
    expect([...service.artifacts.keys()].sort()).toEqual(['navpkg-record-small.json', 'navpkg-small.nav'])
    const record = runRecordSchema.parse(JSON.parse(String(service.artifacts.get('navpkg-record-small.json')?.bytes)))
    expect(record).toMatchObject({ outcome: 'gate-failed', gate: { failed: true }, workflow: null })
    expect(decodeURIComponent(/^::error::(.*)$/m.exec(stdout)?.[1] ?? '')).toContain(
      'at most 0.000001 MB was asked for (max-size-mb).',
    )
    expect(summary).toMatch(/^## ❌/)
  })

  test('compares with a package of the checkout, and sets the verdict', async () => {
    await using folder = await temporaryFolder()
    await writePackage({ onnx: stack(8) }, folder.path, 'base')
    const { code, outputs, summary } = await runSmall(folder.path, { baseline: 'base.nav' })
    expect([code, outputs.get('outcome'), outputs.get('verdict')]).toEqual([0, 'done', 'not-comparable'])
    expect(summary).toContain('cannot be compared with base.nav')
  })

  test('lets a broken baseline pass with a warning, and fails on it only when asked to', async () => {
    await using folder = await temporaryFolder()
    const { code, stdout, outputs } = await runSmall(folder.path, { baseline: 'model.onnx' })
    expect([code, outputs.get('verdict')]).toEqual([0, 'inconclusive'])
    expect(stdout).toMatch(/^::warning::.*could not be made/m)
    const strict = await runSmall(folder.path, { baseline: 'model.onnx', 'on-inconclusive': 'fail' })
    expect([strict.code, strict.outputs.get('outcome')]).toEqual([1, 'gate-failed'])
  })

  test('finds no baseline without GitHub, says so, and fails nothing', async () => {
    await using folder = await temporaryFolder()
    const { code, outputs } = await runSmall(folder.path, { 'on-inconclusive': 'fail' })
    expect([code, outputs.get('outcome'), outputs.get('verdict')]).toEqual([0, 'done', 'none'])
  })
})

describe('what was measured', { timeout: 90_000 }, () => {
  test('survives an API that answers nothing useful, with the workflow run in the record', async () => {
    await using folder = await temporaryFolder()
    await using service = await startArtifactService()
    await using api = await startApi(404)
    const environment = { ...service.environment, ...workflowRun(api.url) }
    const { code, outputs } = await runSmall(folder.path, { 'github-token': 'secret-token' }, { environment })
    expect([code, outputs.get('outcome'), outputs.get('verdict')]).toEqual([0, 'done', 'none'])
    const record = runRecordSchema.parse(JSON.parse(String(service.artifacts.get('navpkg-record-small.json')?.bytes)))
    expect(record.baselineNote).not.toBeNull()
    expect(record.workflow).toEqual({
      repository: 'octo/demo',
      runId: 42,
      runAttempt: 2,
      event: 'push',
      path: '.github/workflows/ci.yml',
      sha: 'a'.repeat(40),
      headSha: 'a'.repeat(40),
      pullRequest: null,
    })
    expect(api.requests.length).toBeGreaterThan(0)
  })

  test('is all that a cancelled step cares for: GitHub is not asked', async () => {
    await using folder = await temporaryFolder()
    await using api = await startApi(404)
    let isSent = false
    const { code, outputs } = await runSmall(
      folder.path,
      { 'github-token': 'secret-token', settings: 'search' },
      {
        environment: workflowRun(api.url),
        onOutput: (stdout, end) => {
          if (isSent || !/^batch /m.test(stdout)) return
          isSent = true
          end('SIGINT')
        },
      },
    )
    expect([code, outputs.get('outcome')]).toEqual([1, 'interrupted'])
    expect(api.requests).toEqual([])
  })

  test('tells nobody the token', async () => {
    await using folder = await temporaryFolder()
    await using api = await startApi(404)
    const token = 'ghs_0123456789abcdef'
    const { stdout, summary, outputs } = await runSmall(
      folder.path,
      { 'github-token': token },
      { environment: workflowRun(api.url) },
    )
    expect(stdout.replace(`::add-mask::${token}`, '')).not.toContain(token)
    expect(summary + JSON.stringify([...outputs])).not.toContain(token)
    expect(path.basename(outputs.get('record-path') ?? '')).toBe('navpkg-record-small.json')
  })
})

/** An API that answers everything with `status`. */
async function startApi(status: number): Promise<AsyncDisposable & { url: string; requests: string[] }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"Not Found"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
