import { readdir } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { buildPackage } from '../src/core/build.js'
import { parseBuildOptions } from '../src/core/build-options.js'
import { serializedModels } from './models/serialized-models.js'
import { temporaryFolder, testEnvironment } from './support/run-engine.js'

test('a build that is interrupted while it reads the model leaves no package', async () => {
  await using folder = await temporaryFolder()
  serializedModels.saved_model(path.join(folder.path, 'm'))
  const options = new Map([
    ['model', ['m']],
    ['output', ['o.nav']],
    ['input-metadata', ['x=float32:-1x3']],
    ['output-metadata', ['y=float32:-1x2']],
  ])
  const request = await parseBuildOptions(options, { cwd: folder.path, style: 'flag' })
  const environment = { ...testEnvironment(folder.path), signal: AbortSignal.abort() }
  await expect(buildPackage(request, environment)).rejects.toMatchObject({ code: 'interrupted' })
  expect(await readdir(folder.path)).toEqual(['m'])
})
