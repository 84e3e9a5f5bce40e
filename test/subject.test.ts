import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { readSubject, type Subject } from '../src/core/subject.js'
import { goodModels } from './models/make-models.js'
import { writeModel } from './models/write-model.js'
import { temporaryFolder } from './support/run-engine.js'

test('the same graph with other external weights is another model', async () => {
  await using folder = await temporaryFolder()
  const model = writeModel(goodModels['external-weights'](), folder.path)
  const weights = path.join(folder.path, 'weights', 'mlp.bin')
  const read = (): Promise<Subject> => readSubject({ kind: 'model', path: model }, folder.path, {})
  const before = await read()
  const bytes = await readFile(weights)
  expect(before.bytes).toBe((await readFile(model)).length + bytes.length)
  expect((await read()).sha256).toBe(before.sha256)
  bytes.writeFloatLE(2, 0)
  await writeFile(weights, bytes)
  const after = await read()
  expect(after.models[0].file.sha256).toBe(before.models[0].file.sha256)
  expect(after.sha256).not.toBe(before.sha256)
})
