import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'

import { expect, test } from 'vitest'

import { profileRecordSchema } from '../../src/core/report/profile-record.js'
import { CLI_PATH } from '../support/built-paths.js'
import { navpkg } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

const PACKAGE = path.resolve('test/fixtures/navigator/onnx-batch.nav')

test('profile says what a package serves, and gives the same as JSON', { timeout: 60_000 }, async () => {
  const quick = ['--batch-sizes', '1,2', '--concurrency', 'off', '--exclusive', 'off']
  const { code, stdout, stderr } = await navpkg('profile', PACKAGE, ...quick)
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^\nonnx-batch: \d samples? of the package profiled on 1 model\n/)
  expect(stdout).toMatch(/onnx on OnnxCPU\n +batch .*\n +1 .* \/s.*\n +2 .* \/s/)
  const json = await navpkg('profile', PACKAGE, ...quick, '--json', '-')
  expect(profileRecordSchema.parse(JSON.parse(json.stdout))).toMatchObject({ outcome: 'done', name: 'onnx-batch' })
})

test('all that is wrong with the flags is told at once, and nothing is measured', async () => {
  const { code, stdout, stderr } = await navpkg('profile', PACKAGE, '--output', PACKAGE, '--concurrency', '0')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('--output: ')
  expect(stderr).toContain('is the package itself; name another file')
  expect(stderr).toContain('--concurrency: "0" is neither off nor a list')
})

test('Ctrl-C leaves a record of what was measured and exits with 130', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  const json = path.join(folder.path, 'record.json')
  const child = spawn(process.execPath, [CLI_PATH, 'profile', PACKAGE, '--json', json, '--exclusive', 'off'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, CI: '1' },
  })
  const stdout = text(child.stdout)
  let stderr = ''
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString()
    if (stderr.includes('parallel streams') && !child.killed) child.kill('SIGINT')
  })
  await once(child, 'close')
  expect(child.exitCode, stderr).toBe(130)
  expect(await stdout).toContain('Interrupted: onnx-batch was profiled on 1 model so far')
  const record = profileRecordSchema.parse(JSON.parse(readFileSync(json, 'utf8')))
  expect(record.outcome).toBe('interrupted')
  expect(record.models[0]?.runners[0]?.status).toBe('OK')
})
