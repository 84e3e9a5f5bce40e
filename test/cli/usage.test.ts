import { execFileSync } from 'node:child_process'
import path from 'node:path'

import { expect, test } from 'vitest'

import { navpkg } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

const COMMANDS = ['optimize', 'build', 'inspect', 'verify', 'unpack', 'diff', 'doctor']

test.concurrent.each(COMMANDS)('the help of %s fits 80 columns and says how to get it', async (command) => {
  const { code, stdout, stderr } = await navpkg(command, '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  expect(stdout).toMatch(/ -h, --help +Show this help\.\n/)
})

test('a command line that cannot be read is an error as all others, with exit 2', async () => {
  expect(await navpkg('inspect', '--foo')).toEqual({
    code: 2,
    stdout: '',
    stderr: "Error: unknown option '--foo'\nAdd --help for what there is.\n",
  })
  expect(await navpkg('diff', 'a.nav')).toMatchObject({
    code: 2,
    stderr: "Error: missing required argument 'b'\nAdd --help for what there is.\n",
  })
})

test.skipIf(process.platform === 'win32').each(['build', 'optimize'])(
  '%s refuses a pipe instead of waiting for what writes to it',
  async (command) => {
    await using folder = await temporaryFolder()
    const pipe = path.join(folder.path, 'pipe')
    execFileSync('mkfifo', [pipe])
    const { code, stderr } = await navpkg(command, pipe)
    expect(code).toBe(2)
    expect(stderr).toMatch(/\n  model: ".*pipe" is (?:not a file|neither a file nor a folder)\n$/)
  },
)
