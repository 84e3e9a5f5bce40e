import { writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { readFacts } from '../../src/core/formats/read-facts.js'
import { mayBe, recognise } from '../../src/core/formats/recognise.js'
import { SERIALIZED_FORMATS } from '../../src/core/nav-package/model-formats.js'
import { goodModels } from '../models/make-models.js'
import { serializedModels, unusableModels } from '../models/serialized-models.js'
import { temporaryFolder } from '../support/run-engine.js'

test.each(Object.entries(goodModels))('the ONNX model %s is taken for nothing else', async (_, make) => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'model')
  await writeFile(file, make().bytes)
  expect(recognise(await readFacts(file))).toEqual({ kind: 'unknown' })
})

test('whatever a file, an archive or a folder holds, it is recognised, refused or unknown', () => {
  const name = fc.string()
  const facts = fc.oneof(
    fc.record({
      kind: fc.constant('file' as const),
      name,
      head: fc.uint8Array({ maxLength: 64 }),
      archive: fc.option(fc.array(name)),
    }),
    fc.record({ kind: fc.constant('folder' as const), name, children: fc.array(name) }),
  )
  fc.assert(
    fc.property(facts, fc.constantFrom(...SERIALIZED_FORMATS), (one, format) => {
      const found = recognise(one)
      expect(['model', 'refused', 'unknown']).toContain(found.kind)
      expect(typeof mayBe(format, found, one)).toBe('boolean')
    }),
  )
})

test('a format that a user names is taken where the content leaves it open, and never against it', async () => {
  await using folder = await temporaryFolder()
  const formatsOf = async (name: string, write: (file: string) => void) => {
    const file = path.join(folder.path, name)
    write(file)
    const facts = await readFacts(file)
    return SERIALIZED_FORMATS.filter((format) => mayBe(format, recognise(facts), facts))
  }
  expect(await formatsOf('script.pt', serializedModels['script.pt'])).toEqual(['torchscript', 'torch-trt'])
  expect(await formatsOf('p.pt2', serializedModels['program.pt2'])).toEqual(['torch-exportedprogram', 'torch-trt'])
  expect(await formatsOf('saved', serializedModels.saved_model)).toEqual(['tf-savedmodel', 'tf-trt'])
  expect(await formatsOf('engine', serializedModels['engine.plan'])).toEqual(['trt'])
  expect(await formatsOf('odd.engine', unusableModels['odd.engine'])).toEqual(['trt'])
  expect(
    await formatsOf('model.onnx', (file) => {
      writeFileSync(file, 'no magic number')
    }),
  ).toEqual(['onnx', 'trt'])
  expect(await formatsOf('state.pt', unusableModels['state.pt'])).toEqual([])
  expect(await formatsOf('m.gguf', unusableModels['model.gguf'])).toEqual([])
  expect(await formatsOf('a-folder', unusableModels['a-folder'])).toEqual([])
})
