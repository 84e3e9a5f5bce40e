import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { runRecordSchema } from '../../src/core/report/run-record.js'
import { stack } from '../models/stack.js'
import { writeModel } from '../models/write-model.js'
import { navpkg } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

const QUICK = ['--settings', 'default', '--time-budget', '15s', '--exclusive', 'off']

test(
  'optimize exits with 1 when the package is slower than its baseline, and says by how much',
  { timeout: 120_000 },
  async () => {
    await using folder = await temporaryFolder()
    const [light, heavy] = [writeModel(stack(8), folder.path, 'light'), writeModel(stack(24), folder.path, 'heavy')]
    const [base, head, json] = ['base.nav', 'head.nav', 'record.json'].map((name) => path.join(folder.path, name))
    expect((await navpkg('optimize', light, ...QUICK, '--output', base!)).code).toBe(0)
    const { code, stdout } = await navpkg(
      ...['optimize', heavy, ...QUICK, '--output', head!, '--json', json!],
      ...['--baseline', base!, '--compare-time-budget', '60s', '--max-size-mb', '1000'],
    )
    expect(code).toBe(1)
    expect(stdout).toContain('Compared with base.nav:\nThe head is slower: p50 latency up ')
    expect(stdout).toMatch(/^heavy got slower: p50 latency up .* against base\.nav$/m)
    expect(stdout).toContain('✗ So this run fails.')
    const record = runRecordSchema.parse(JSON.parse(await readFile(json!, 'utf8')))
    expect(record).toMatchObject({ outcome: 'gate-failed', comparison: { verdict: 'slower' }, gate: { failed: true } })
    expect(record.objectives).toEqual([expect.objectContaining({ name: 'max-size-mb', met: true })])
  },
)

test(
  'optimize exits with 1 on an objective that is missed, and with 0 when that does not fail',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder()
    const model = writeModel(stack(8), folder.path, 'light')
    const given = ['optimize', model, ...QUICK, '--output', path.join(folder.path, 'a.nav'), '--max-size-mb', '0.001']
    const missed = await navpkg(...given)
    expect(missed.code).toBe(1)
    expect(missed.stdout).toMatch(
      /✗ The size of the model is 0\.52\d* MB; at most 0\.001 MB was asked for \(max-size-mb\)\./,
    )
    const reported = await navpkg(...given, '--fail-on', 'slower')
    expect(reported.code).toBe(0)
    expect(reported.stdout).toContain('! This is only reported; the run does not fail.')
  },
)
