import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { openNavPackage } from '../../src/core/nav-package/archive-file.js'
import { runRecordSchema } from '../../src/core/report/run-record.js'
import { REPRODUCTION_SCRIPT } from '../../src/core/reproduction-script.js'
import { goodModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { startArtifactService } from '../support/artifact-service.js'
import { expectBalancedGroups, runAction } from '../support/run-action.js'
import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'
import { actionYml } from './action-yml.js'

const QUICK = { settings: 'default', 'batch-sizes': '1', 'time-budget': '20s', exclusive: 'off' }
const OUTPUTS = Object.keys(actionYml().outputs).sort()

describe('the main step', () => {
  test('measures a model and gives outputs and a summary', { timeout: 90_000 }, async () => {
    await using folder = await temporaryFolder()
    const { code, stdout, outputs, summary } = await runAction(folder.path, {
      ...QUICK,
      model: CLASSIFIER,
      name: 'cls',
      'input-shape': 'x=1x3x48x192',
      'batch-sizes': '1,2',
    })
    expect(code).toBe(0)
    expect([...outputs.keys()].sort()).toEqual(OUTPUTS)
    expect(outputs.get('outcome')).toBe('done')
    expect(outputs.get('best-key')).toBe('onnx')
    expect(outputs.get('package-path')).toBe(path.join(folder.path, 'navpkg-cls.nav'))
    expect(outputs.get('record-path')).toBe(path.join(folder.path, 'navpkg-record-cls.json'))
    expect(outputs.get('artifact-digest')).toMatch(/^[0-9a-f]{64}$/)
    expect(Number(outputs.get('throughput'))).toBeGreaterThan(0)
    expect(summary).toMatch(/^## /)
    expectBalancedGroups(stdout)
    for (const stage of ['Reading', 'Running the model as given', 'Checking and measuring', 'Saving'])
      expect(stdout).toMatch(new RegExp(`^${stage}`, 'm'))
  })

  test('says in one notice that there is no artifact service, and where the files are', async () => {
    await using folder = await temporaryFolder()
    const { stdout } = await runSmall(folder.path, {})
    const [notice, ...more] = stdout.split('\n').filter((line) => line.startsWith('::notice'))
    expect(notice).toContain('no artifact service here')
    for (const file of ['navpkg-small.nav', 'navpkg-record-small.json'])
      expect(notice).toContain(path.join(folder.path, file))
    expect(more).toEqual([])
  })

  test('explains why nothing is uploaded on GitHub Enterprise Server', async () => {
    await using folder = await temporaryFolder()
    await using service = await startArtifactService()
    const environment = { ...service.environment, GITHUB_SERVER_URL: 'https://github.example.com' }
    const { code, stdout, outputs } = await runSmall(folder.path, environment)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^::notice::GitHub Enterprise Server \(github\.example\.com\) does not have/m)
    expect(stdout).not.toContain('::warning')
    expect(outputs.get('artifact-url')).toBe('')
    expect([...service.artifacts]).toEqual([])
  })

  test('of a dry run names only files that are there, and uploads no package', async () => {
    await using folder = await temporaryFolder()
    await using service = await startArtifactService()
    const { code, stdout, outputs } = await runSmall(folder.path, service.environment, { 'dry-run': 'true' })
    expect(code).toBe(0)
    expect(outputs.get('outcome')).toBe('done')
    expect(existsSync(outputs.get('record-path') ?? '')).toBe(outputs.get('record-path') !== '')
    expect(stdout).not.toMatch(/^::(warning|error|notice)/m)
    expect([...service.artifacts.keys()].filter((name) => name.endsWith('.nav'))).toEqual([])
  })
})

test('save-data: false leaves samples out, and the scripts in the package are those of the source', async () => {
  await using folder = await temporaryFolder()
  const first = await runSmall(folder.path, {})
  const given = { package: path.join(folder.path, 'given.nav'), 'save-data': 'false', output: 'out.nav' }
  await rename(first.outputs.get('package-path') ?? '', given.package)
  const { code, outputs } = await runAction(folder.path, { ...QUICK, ...given })
  expect(code).toBe(0)
  const { entries } = await openNavPackage(outputs.get('package-path') ?? '', path.join(folder.path, 'opened'))
  expect([...entries.keys()].filter((name) => /^model_(input|output)/.test(name))).toEqual([])
  const script = entries.get('onnx/reproduce_navpkg.py')
  expect(script?.kind === 'disk' && (await readFile(script.file.path, 'utf8'))).toBe(REPRODUCTION_SCRIPT)
})

describe('wrong inputs', () => {
  test('are all named at once, whichever part of the action reads them', async () => {
    await using folder = await temporaryFolder()
    await mkdir(path.join(folder.path, 'models'))
    const { code, stdout, outputs, summary } = await runAction(folder.path, {
      model: 'missing.onnx',
      'max-batch-size': 'minus',
      device: 'toaster',
      upload: 'maybe',
      'if-exists': 'ask',
      'retention-days': '0',
      'runtime-dir': 'nowhere',
      'working-directory': 'models',
      'max-batchsize': '4',
    })
    expect(code).toBe(1)
    const [error = '', ...more] = stdout.split('\n').filter((line) => line.startsWith('::error'))
    expect(more).toEqual([])
    expect(decodeURIComponent(error).split('\n')).toEqual([
      '::error::8 inputs cannot be used.',
      'max-batchsize: there is no such input; did you mean max-batch-size?',
      `model: "missing.onnx" does not exist (looked for ${path.join(folder.path, 'models', 'missing.onnx')})`,
      'device: "toaster" is not one of auto, cpu, cuda, webgpu',
      'max-batch-size: "minus" is not a whole number from 1',
      `runtime-dir: "nowhere" does not exist (looked for ${path.join(folder.path, 'models', 'nowhere')})`,
      'upload: "maybe" is not one of true, false',
      'if-exists: "ask" is not one of overwrite, error',
      'retention-days: "0" is not a whole number from 1 to 400',
    ])
    expect([...outputs.keys()].sort()).toEqual(OUTPUTS)
    expect(Object.fromEntries([...outputs].filter(([, value]) => value !== ''))).toEqual({
      outcome: 'bad-input',
      verdict: 'none',
    })
    expect(summary).toContain('- device: "toaster" is not one of auto, cpu, cuda, webgpu\n')
  })

  test('a working directory that is none is named', async () => {
    await using folder = await temporaryFolder()
    const { stdout } = await runAction(folder.path, { model: CLASSIFIER, 'working-directory': 'nowhere' })
    expect(stdout).toContain(`working-directory: "nowhere" does not exist`)
  })

  test('leave nothing to the post step, which does not look at them', async () => {
    await using folder = await temporaryFolder()
    const inputs = { model: 'missing.onnx', upload: 'maybe' }
    const { state } = await runAction(folder.path, inputs)
    const post = await runAction(folder.path, inputs, { step: 'post.js', environment: stateVariables(state) })
    expect([post.code, post.stdout]).toEqual([0, ''])
  })
})

describe('an interrupted step', { timeout: 60_000 }, () => {
  test('closes its group, sets every output, writes the summary and leaves the record to post', async () => {
    await using folder = await temporaryFolder()
    await using service = await startArtifactService()
    const main = await runSmall(folder.path, service.environment, { settings: 'search' }, onceMeasured(2, 'SIGINT'))
    expect(main.code).toBe(1)
    expectBalancedGroups(main.stdout)
    expect([...main.outputs.keys()].sort()).toEqual(OUTPUTS)
    expect(main.outputs.get('outcome')).toBe('interrupted')
    expect(main.summary).toContain('Interrupted')
    expect([...service.artifacts]).toEqual([])
    const post = await runPost(folder.path, service.environment, main.state)
    expect(post.summary).toBe('')
    const uploaded = service.artifacts.get('navpkg-record-small.json')?.bytes
    expect(uploaded?.toString()).toBe(await readFile(main.outputs.get('record-path') ?? '', 'utf8'))
    expect([...service.artifacts.keys()]).toEqual(['navpkg-record-small.json'])
  })

  test('that could say nothing any more has its summary and its record from post', async () => {
    await using folder = await temporaryFolder()
    await using service = await startArtifactService()
    const main = await runSmall(folder.path, service.environment, { settings: 'search' }, onceMeasured(2, 'SIGKILL'))
    expect([main.outputs.size, main.summary]).toEqual([0, ''])
    const post = await runPost(folder.path, service.environment, main.state)
    expect(post.code).toBe(0)
    expect(post.summary).toContain('Interrupted')
    const uploaded = service.artifacts.get('navpkg-record-small.json')?.bytes.toString() ?? ''
    expect(runRecordSchema.parse(JSON.parse(uploaded)).outcome).toBe('interrupted')
  })

  test('that was wanted without uploads gets none from post', async () => {
    await using folder = await temporaryFolder()
    await using service = await startArtifactService()
    const inputs = { settings: 'search', upload: 'false' }
    const main = await runSmall(folder.path, service.environment, inputs, onceMeasured(2, 'SIGKILL'))
    const post = await runPost(folder.path, service.environment, main.state)
    expect(post.summary).toContain('Interrupted')
    expect([...service.artifacts]).toEqual([])
  })
})

type Options = NonNullable<Parameters<typeof runAction>[2]>

/** The main step on a model that takes microseconds. */
function runSmall(
  folder: string,
  environment: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>> = {},
  onOutput?: Options['onOutput'],
) {
  const model = writeModel(goodModels.mlp(), folder)
  return runAction(
    folder,
    { ...QUICK, model, name: 'small', ...inputs },
    { environment, ...(onOutput === undefined ? {} : { onOutput }) },
  )
}

function runPost(folder: string, environment: Readonly<Record<string, string>>, state: ReadonlyMap<string, string>) {
  return runAction(folder, {}, { step: 'post.js', environment: { ...environment, ...stateVariables(state) } })
}

function stateVariables(state: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...state].map(([name, value]) => [`STATE_${name}`, value]))
}

/** Sends `signal` when the log shows the first batch of the candidate with this number. */
function onceMeasured(candidate: number, signal: NodeJS.Signals): Options['onOutput'] {
  let isSent = false
  return (stdout, end) => {
    if (isSent || [...stdout.matchAll(/^batch /gm)].length < candidate) return
    isSent = true
    end(signal)
  }
}
