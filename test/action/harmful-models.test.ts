import { readFile } from 'node:fs/promises'

import { describe, expect, test } from 'vitest'

import { runRecordSchema, type RunRecord } from '../../src/core/report/run-record.js'
import { goodModels, harmfulModels, type TestModel } from '../models/make-models.js'
import { writePackage } from '../nav-package/write-package.js'
import { type ActionRun, expectBalancedGroups, runAction } from '../support/run-action.js'
import { temporaryFolder } from '../support/run-engine.js'

const CASES = [
  ['takes more memory than it may', 'huge-allocation', 'out-of-memory', { 'memory-limit': '600MiB' }],
  ['hangs in a loop', 'hang', 'timeout', { 'request-timeout': '2s' }],
  ['crashes', 'crash', 'crashed', {}],
] as const

describe.each(CASES)('a model that %s', { timeout: 90_000 }, (_, name, failureClass, inputs) => {
  test('fails alone: the other model of its package is measured and wins', async () => {
    await using folder = await temporaryFolder()
    const models = { onnx: harmfulModels[name](), 'onnx-other': goodModels['bool-output']() }
    const { code, stdout, outputs, summary } = await optimize(folder.path, models, inputs)
    expect(code).toBe(0)
    expect(outputs.get('outcome')).toBe('done')
    expect(outputs.get('best-key')).toBe('onnx-other')
    expect(warnings(stdout)).toEqual([`Candidate onnx failed (${failureClass})`])
    expect(summary).toContain(`| \`onnx\` | ${failureClass}: `)
    expectBalancedGroups(stdout)
    const statuses = (await recordOf(outputs)).candidates.map((one) => [one.id, one.status, one.failureClass])
    expect(statuses).toEqual([
      ['onnx', 'failed', failureClass],
      ['onnx-other', 'measured', null],
    ])
  })

  test('alone in its package leaves no candidate', async () => {
    await using folder = await temporaryFolder()
    const { code, stdout, outputs, summary } = await optimize(folder.path, { onnx: harmfulModels[name]() }, inputs)
    expect(code).toBe(1)
    expect(outputs.get('outcome')).toBe('no-candidate')
    expect(outputs.get('package-path')).toBe('')
    expect(warnings(stdout)).toEqual([`Candidate onnx failed (${failureClass})`])
    expect(stdout).toMatch(/^::error::No way to serve harmful worked%0A/m)
    expect(summary).toContain('No way to serve')
    expectBalancedGroups(stdout)
    expect((await recordOf(outputs)).outcome).toBe('no-candidate')
  })
})

test('names that look like workflow commands reach the log as text only, debug lines included', async () => {
  await using folder = await temporaryFolder()
  const models = {
    onnx: harmfulModels['workflow-command-in-error'](),
    'onnx-other': goodModels['workflow-command-names'](),
  }
  const { stdout, outputs } = await optimize(folder.path, models, {})
  expect(outputs.get('best-key')).toBe('onnx-other')
  const hijacked = stdout.split(/[\r\n]/).filter((line) => line.includes('hijacked'))
  expect(hijacked.filter((line) => /^::(debug|warning title=Candidate onnx failed[^:]*)::/.test(line))).toEqual(
    hijacked,
  )
  expect(hijacked.some((line) => line.startsWith('::debug::'))).toBe(true)
  expect(hijacked.filter((line) => /.::(error|set-output)|##\[/.test(line))).toEqual([])
})

async function optimize(
  folder: string,
  models: Readonly<Record<string, TestModel>>,
  inputs: Readonly<Record<string, string>>,
): Promise<ActionRun> {
  const file = await writePackage(models, folder, 'harmful')
  const quick = { settings: 'default', 'batch-sizes': '1', 'time-budget': '20s', exclusive: 'off' }
  return runAction(folder, { package: file, ...quick, ...inputs, output: 'out.nav', name: 'harmful' })
}

function warnings(stdout: string): (string | undefined)[] {
  return [...stdout.matchAll(/^::warning title=([^:]*)::/gm)].map((match) => match[1])
}

async function recordOf(outputs: ActionRun['outputs']): Promise<RunRecord> {
  return runRecordSchema.parse(JSON.parse(await readFile(outputs.get('record-path') ?? '', 'utf8')))
}
