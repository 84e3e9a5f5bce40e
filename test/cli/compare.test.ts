import { copyFile, readFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { compareRecordSchema } from '../../src/core/report/comparison.js'
import { goodModels } from '../models/make-models.js'
import { writePackage } from '../nav-package/write-package.js'
import { navpkg } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

test('prints the verdict on two copies of a package and writes the record and the summary', async () => {
  await using folder = await temporaryFolder()
  const base = await writePackage({ onnx: goodModels.mlp() }, folder.path, 'base')
  const [head, json, summary] = ['head.nav', 'record.json', 'summary.md'].map((name) => path.join(folder.path, name))
  await copyFile(base, head!)
  const { code, stdout, stderr } = await navpkg(
    ...['compare', base, head!, '--json', json!, '--summary', summary!, '--exclusive', 'off'],
  )
  expect([code, stderr]).toEqual([0, 'Reading the model\n'])
  expect(stdout).toContain('The head is the same as the base: same model, same settings, nothing to measure')
  expect(await readFile(summary!, 'utf8')).toMatch(/^## ✅ The head is the same as the base/)
  const record = compareRecordSchema.parse(JSON.parse(await readFile(json!, 'utf8')))
  expect(record).toMatchObject({ verdict: 'same', reason: 'identical', outcome: 'done' })
})

test('exits with 1 on what cannot be compared only when it is asked to', async () => {
  await using folder = await temporaryFolder()
  const base = await writePackage({ onnx: goodModels.mlp() }, folder.path, 'base')
  const head = await writePackage({ onnx: goodModels['bool-output']() }, folder.path, 'head')
  const compare = async (...flags: string[]): Promise<[number | null, string]> => {
    const { code, stdout } = await navpkg('compare', base, head, '--exclusive', 'off', ...flags)
    return [code, stdout]
  }
  const [code, stdout] = await compare()
  expect(code).toBe(0)
  expect(stdout).toMatch(/Base and head cannot be compared\nThe two do not take the same inputs: /)
  expect((await compare('--on-inconclusive', 'fail'))[0]).toBe(1)
})

test('names every option that cannot be used, and what is allowed', async () => {
  await using folder = await temporaryFolder()
  const base = await writePackage({ onnx: goodModels.mlp() }, folder.path, 'base')
  const given = ['--tolerance', 'latency=5', '--time-budget', 'soon', '--on-inconclusive', 'pass', '--json', base]
  const { code, stdout, stderr } = await navpkg('compare', base, path.join(folder.path, 'gone.nav'), ...given)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr.replaceAll(folder.path, 'DIR').split('\n').slice(1, -1)).toEqual([
    '  head: "DIR/gone.nav" does not exist (looked for DIR/gone.nav)',
    '  --tolerance: "latency=5" is not latency-p50=5%,throughput=5% or the like: "latency=5" is no metric with a share',
    '  --time-budget: "soon" is not a time such as 90s, 5m or 500ms',
    '  --on-inconclusive: "pass" is not one of warn, fail',
    '  --json: "DIR/base.nav" is one of the packages; name another file',
  ])
})
