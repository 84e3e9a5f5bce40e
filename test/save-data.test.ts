import { copyFile, readFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { openNavPackage } from '../src/core/nav-package/archive-file.js'
import { goodModels } from './models/make-models.js'
import { writeModel } from './models/write-model.js'
import { navpkg } from './support/navpkg.js'
import { temporaryFolder } from './support/run-engine.js'

const QUICK = ['--settings', 'default', '--batch-sizes', '1', '--time-budget', '10s', '--exclusive', 'off']
const SAMPLES = /^model_(input|output)\//

test(
  'save-data says whether a package keeps samples, its own and those it came with',
  { timeout: 90_000 },
  async () => {
    await using folder = await temporaryFolder()
    const model = writeModel(goodModels.mlp(), folder.path)
    const at = (name: string): string => path.join(folder.path, name)
    const kept = await packed('optimize', model, at('kept.nav'), ...QUICK)
    expect(kept.filter((name) => SAMPLES.test(name))).toContain('model_output/profiling/0.npz')
    const without = [...QUICK, '--save-data', 'false']
    await copyFile(at('kept.nav'), at('given.nav'))
    for (const [source, name] of [
      [model, 'fresh.nav'],
      [at('given.nav'), 'again.nav'],
    ] as const) {
      const entries = await packed('optimize', source, at(name), ...without)
      expect(entries.filter((entry) => SAMPLES.test(entry))).toEqual([])
      expect(entries).toContain('navpkg/samples/onnx/b1.npz')
    }
    const built = await packed('build', model, at('built.nav'), '--save-data', 'false')
    expect(built.filter((entry) => SAMPLES.test(entry))).toEqual([])
    expect(await packed('optimize', at('given.nav'), at('once-more.nav'), ...QUICK)).toEqual(kept)
  },
)

test('logs say what was done and keep what they said before', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const model = writeModel(goodModels.mlp(), folder.path)
  const [first, second] = [path.join(folder.path, 'first.nav'), path.join(folder.path, 'second.nav')]
  await packed('optimize', model, first, ...QUICK, '--name', 'ours')
  await packed('optimize', first, second, ...QUICK, '--name', 'theirs')
  const [before, after] = [await logs(first), await logs(second)]
  expect(before.session).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \| INFO {5}\| navpkg \| .* optimize of ours, /)
  expect(before.session).toMatch(/\| model onnx, \d+ bytes, sha256 [0-9a-f]{64}$/m)
  expect(before.model).toMatch(/\| onnx \(OnnxCPU\) measured: outputs OK, relative RMS /)
  expect(before.model).toMatch(/\| onnx batch 1: p50 .*, mean .*\/s$/m)
  expect(after.session.startsWith(before.session)).toBe(true)
  expect(after.session.slice(before.session.length)).toContain('optimize of theirs, ')
  expect(after.model.startsWith(before.model)).toBe(true)
  expect(after.model.length).toBeGreaterThan(before.model.length)
})

/** Runs a command and gives the names of the package's entries. */
async function packed(command: 'optimize' | 'build', source: string, output: string, ...flags: string[]) {
  const { code, stderr } = await navpkg(command, source, '--output', output, ...flags)
  if (code !== 0) throw new Error(stderr)
  return [...(await openNavPackage(output, `${output} opened`)).entries.keys()]
}

async function logs(file: string): Promise<{ session: string; model: string }> {
  const { entries } = await openNavPackage(file, `${file} read`)
  const textOf = async (name: string): Promise<string> => {
    const entry = entries.get(name)
    return entry?.kind === 'disk' ? readFile(entry.file.path, 'utf8') : ''
  }
  return { session: await textOf('navigator.log'), model: await textOf('onnx/format.log') }
}
