import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { goodModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { ACTION_PATH } from '../support/built-paths.js'
import { runAction } from '../support/run-action.js'
import { temporaryFolder } from '../support/run-engine.js'

const QUICK = 'settings: default, batch-sizes: 1, time-budget: 20s, exclusive: off, upload: false, baseline: none'

/** Runs the step in a folder with two models and this configuration; gives the lines of its error, if it has one. */
async function run(config: string, inputs: Readonly<Record<string, string>>, file = '.navpkg.yml') {
  await using folder = await temporaryFolder()
  for (const name of ['one', 'two']) writeModel(goodModels.mlp(), path.join(folder.path, 'models'), name)
  await mkdir(path.dirname(path.join(folder.path, file)), { recursive: true })
  await writeFile(path.join(folder.path, file), config)
  const { code, stdout, outputs } = await runAction(folder.path, inputs, { program: [ACTION_PATH] })
  const error = stdout.split('\n').find((line) => line.startsWith('::error')) ?? ''
  return { code, outputs, error: decodeURIComponent(error.replace(/^::error::/, '')).split('\n'), folder: folder.path }
}

const TWO = `defaults: { ${QUICK} }
targets:
  small: { max-batch-size: 2 }
models:
  one: { model: models/one.onnx }
  two:
    model: models/two.onnx
    targets: [small]
`

describe('a configuration file', { timeout: 60_000 }, () => {
  test('gives the inputs of the model that the workflow names', async () => {
    const { code, outputs, folder } = await run(TWO.replace('batch-sizes: 1, ', ''), { name: 'two' })
    expect(code).toBe(0)
    expect(outputs.get('package-path')).toBe(path.join(folder, 'navpkg-two-small.nav'))
    expect(outputs.get('best-batch-size')).toMatch(/^[12]$/)
  })

  test('may lie elsewhere, and says where each value stands that cannot be used', async () => {
    const config =
      'models:\n  one:\n    model: models/gone.onnx\n    device: toaster\n    upload: maybe\n    seed: -1\n'
    const { code, error, outputs } = await run(config, { config: 'ci/models.yml', 'if-exists': 'ask' }, 'ci/models.yml')
    expect([code, outputs.get('outcome')]).toEqual([1, 'bad-input'])
    expect(error).toEqual([
      '5 inputs cannot be used.',
      expect.stringMatching(/^ci\/models\.yml:3:5: model: "models\/gone\.onnx" does not exist/),
      'ci/models.yml:4:5: device: "toaster" is not one of auto, cpu, cuda, webgpu',
      'ci/models.yml:6:5: seed: "-1" is not a whole number from 0',
      'ci/models.yml:5:5: upload: "maybe" is not one of true, false',
      'if-exists: "ask" is not one of overwrite, error',
    ])
  })

  test.each([
    [
      'misspells an input',
      'defaults:\n  tolerence: 5%\n',
      {},
      '.navpkg.yml:2:3: "tolerence" is no input; did you mean tolerance?',
    ],
    ['has not the model that is asked for', TWO, { name: 'three' }, '.navpkg.yml:5:3: "one"'],
  ])('that %s is told of before anything runs', async (_, config, inputs, line) => {
    const { code, error, outputs } = await run(config, inputs)
    expect([code, outputs.get('outcome')]).toEqual([1, 'bad-input'])
    expect(error).toContain(line)
  })

  test('that is named must be there', async () => {
    const { error } = await run('', { config: 'missing.yml', model: 'models/one.onnx' })
    expect(error[1]).toMatch(/^config: "missing\.yml" does not exist \(looked for .*missing\.yml\)$/)
  })
})
