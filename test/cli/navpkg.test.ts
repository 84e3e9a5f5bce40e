import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { navpkg } from '../support/navpkg.js'
import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'

test.each<[string, string[], string]>([
  ['an unknown flag', ['optimize', 'm.onnx', '--tmie-budget', '5m'], 'Did you mean --time-budget?'],
  ['a missing model', ['optimize'], "missing required argument 'model'"],
  ['a log level there is not', ['doctor', '--log-level', 'loud'], 'Allowed choices are debug, info, warn'],
  [
    'a package that is missing',
    ['inspect', 'gone.nav'],
    `gone.nav does not exist (looked for ${path.resolve('gone.nav')}). Give a .nav file.`,
  ],
  ['a model where a package belongs', ['inspect', CLASSIFIER], 'is not a Navigator Package'],
])('%s is bad input: exit 2 and no stack', async (_, given, message) => {
  const { code, stdout, stderr } = await navpkg(...given)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

test('every problem of the flags is on stderr, with exit 2', async () => {
  const { code, stderr } = await navpkg('optimize', 'gone.onnx', '--max-batch-size', 'minus', '--dry-run')
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^Error: 2 options cannot be used\.\n {2}model: "gone\.onnx" does not exist \(.*\)\n {2}--max-batch-size: "minus" is not a whole number from 1\n$/,
  )
})

test('--dry-run does not take the model for its value', async () => {
  expect((await navpkg('optimize', '--dry-run', 'gone.onnx')).stderr).toContain('model: "gone.onnx" does not exist')
})

test('a destination that is a folder is refused before anything is measured', async () => {
  await using folder = await temporaryFolder()
  const output = path.join(folder.path, 'x.nav')
  const { code, stderr } = await navpkg('optimize', CLASSIFIER, '--output', output, '--summary', folder.path)
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `Error: An option cannot be used.\n  --summary: "${folder.path}" is a folder; name a file\n`,
  })
})

test('an output below a file is bad input, not a bug', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'file')
  await writeFile(file, '')
  const { code, stderr } = await navpkg('optimize', CLASSIFIER, '--output', path.join(file, 'x.nav'))
  expect({ code, bug: stderr.includes('bug') }).toEqual({ code: 2, bug: false })
})

test('doctor prints its findings as JSON on stdout', async () => {
  const { stdout } = await navpkg('doctor', '--json', '-')
  const findings = JSON.parse(stdout) as { subject: string }[]
  expect(findings.map(({ subject }) => subject)).toEqual([
    'Node.js',
    'Platform',
    'CPU',
    'Memory',
    'ONNX Runtime',
    'Temporary folder',
    'Tool cache',
  ])
})
