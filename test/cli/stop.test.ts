import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

import { beforeAll, expect, test } from 'vitest'

import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import { fingerprintFile } from '../../src/core/subject.js'
import { packageContent, writeContent } from '../nav-package/package-content.js'
import { CLI_PATH } from '../support/built-paths.js'
import { temporaryFolder } from '../support/run-engine.js'

const LARGE = 'large.bin'
const LARGE_BYTES = 400e6

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let packages: { small: string; large: string }
beforeAll(async () => {
  folder = await temporaryFolder()
  const place = (name: string): string => path.join(folder.path, name)
  packages = { small: writeContent(place('small.nav'), await packageContent()), large: place('large.nav') }
  const { entries, ...rest } = await openNavPackage(packages.small, place('small'))
  const handle = openSync(place(LARGE), 'w')
  ftruncateSync(handle, LARGE_BYTES)
  closeSync(handle)
  const large = { kind: 'disk', file: await fingerprintFile(place(LARGE)) } as const
  await saveNavPackage({ ...rest, entries: new Map([...entries, [LARGE, large]]) }, packages.large)
  return () => folder[Symbol.asyncDispose]()
})

test.each<[string, NodeJS.Signals, (output: string) => string[]]>([
  ['unpack', 'SIGINT', (output) => [packages.large, '--output', output]],
  ['unpack', 'SIGTERM', (output) => [packages.large, '--output', output]],
  ['diff', 'SIGINT', () => [packages.small, packages.large]],
  ['verify', 'SIGINT', () => [packages.large, '--no-load']],
  ['optimize', 'SIGINT', (output) => [packages.large, '--output', output, '--exclusive', 'off']],
])('%s ends at once on %s in the middle of a large file: exit 130 and nothing left', async (command, signal, given) => {
  const place = path.join(folder.path, `${command}-${signal}`)
  mkdirSync(place)
  const child = spawn(process.execPath, [CLI_PATH, command, ...given(path.join(place, 'out'))], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, RUNNER_TEMP: place },
  })
  const printed = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  while (!isUnpacking(place) && child.exitCode === null) await sleep(2)
  child.kill(signal)
  const [, stdout, stderr] = await printed
  expect({ code: child.exitCode, stdout, left: readdirSync(place) }).toEqual({ code: 130, stdout: '', left: [] })
  expect(stderr).toMatch(/Stopping\. Once more to stop at once\.\n(.*\n)?Error: The run was interrupted\.\n$/)
  expect(existsSync(packages.large)).toBe(true)
})

function isUnpacking(place: string): boolean {
  try {
    return readdirSync(place, { recursive: true }).some((name) => String(name).endsWith(LARGE))
  } catch (error) {
    // A folder may be renamed or removed between being found and being read.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
