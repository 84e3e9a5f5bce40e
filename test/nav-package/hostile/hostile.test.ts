import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { NavigatorError } from '../../../src/core/errors.js'
import { diffPackages } from '../../../src/core/diff.js'
import { inspectPackage } from '../../../src/core/inspect.js'
import { openNavPackage, saveNavPackage } from '../../../src/core/nav-package/archive-file.js'
import type { NavPackage } from '../../../src/core/nav-package/nav-package.js'
import { loadSamples } from '../../../src/core/samples-source.js'
import { readSubject } from '../../../src/core/subject.js'
import { verifyPackage } from '../../../src/core/verify.js'
import { navpkg } from '../../support/navpkg.js'
import { testEnvironment, testRequest } from '../../support/run-engine.js'
import { packageContent, writeContent } from '../package-content.js'
import type { Attack } from './attack.js'
import { attacks } from './attacks.js'

let scene = ''
let whole = ''
beforeEach(async () => {
  scene = mkdtempSync(path.join(tmpdir(), 'navpkg-hostile-'))
  for (const folder of ['near', 'temporary']) mkdirSync(path.join(scene, folder))
  for (const name of ['sentinel', 'near/sentinel', 'near/x', 'near/escaped.txt']) {
    writeFileSync(path.join(scene, name), `the user's ${name}`)
  }
  whole = writeContent(path.join(scene, 'whole.nav'), await packageContent())
  vi.stubEnv('TMPDIR', path.join(scene, 'temporary'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(scene, { recursive: true, force: true })
})

test('the corpus has no attack twice', () => {
  expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length)
  expect(attacks.length).toBeGreaterThan(150)
})

test.each(attacks)('$name ends in "$expected"', async (attack) => {
  const file = path.join(scene, 'near', 'hostile.nav')
  writeFileSync(file, attack.bytes())
  const before = contentsOf(scene)
  const temporary = path.join(scene, 'temporary')
  const outcomes = [
    await outcomeOf(openNavPackage(file, path.join(scene, 'near', 'workspace'))),
    await outcomeOf(inspectPackage(file)),
    await outcomeOf(verifyPackage(file, testEnvironment(temporary), { load: false })),
    await outcomeOf(diffPackages(file, whole, { temporaryDir: temporary })),
  ]
  const { expected, inspected = expected } = attack
  expect(outcomes.map(({ code }) => code)).toEqual([expected, inspected, expected, expected])
  expect(readdirSync(path.join(scene, 'temporary'))).toEqual([])
  if (attack.expected === 'loads') await expectSameAgain(file)
  else expectRefusal(attack, outcomes)
  if (attack.used !== undefined) await expectUse(attack, file)
  for (const made of ['workspace', 'again', 'used']) rmSync(path.join(scene, 'near', made), RECURSIVELY)
  rmSync(path.join(scene, 'near', 'again.nav'), RECURSIVELY)
  expect(contentsOf(scene)).toEqual(before)
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
  expect(['/tmp/navpkg-escaped', '/navpkg-escaped'].filter(existsSync)).toEqual([])
})

test('what is printed of a package holds no command for a terminal or a workflow, whatever its names are', async () => {
  const loud = attacks.filter(({ name }) => /colours of a terminal|escapes of terminals|commands/.test(name))
  expect(loud.length).toBeGreaterThan(3)
  for (const { name, bytes } of loud) {
    const file = path.join(scene, 'near', 'hostile.nav')
    writeFileSync(file, bytes())
    const { stdout, stderr } = await navpkg('inspect', file)
    expect(stdout + stderr, name).not.toMatch(/[^\P{Cc}\n]|^\s*::|##\[|\u202e/mu)
  }
})

const RECURSIVELY = { recursive: true, force: true } as const

/** All problems are told in few lines that a terminal shows as they are, and no folder is left. */
function expectRefusal({ says }: Attack, outcomes: readonly Outcome[]): void {
  for (const { text } of outcomes.filter(({ code }) => code !== 'loads')) {
    expect(text).toMatch(says ?? /./)
    expect(text.length).toBeLessThan(8000)
    expect(text.split('\n').length).toBeLessThan(50)
  }
  expect(existsSync(path.join(scene, 'near', 'workspace'))).toBe(false)
}

/** What loads lies in its workspace only, and is the same package after saving and opening it. */
async function expectSameAgain(file: string): Promise<void> {
  const near = path.join(scene, 'near')
  const first = await openNavPackage(file, path.join(near, 'again'))
  const files = [...first.entries.values()].flatMap((entry) => (entry.kind === 'disk' ? [entry.file.path] : []))
  expect(files.filter((one) => !one.startsWith(path.join(near, 'again') + path.sep))).toEqual([])
  await saveNavPackage(first, path.join(near, 'again.nav'))
  const second = await openNavPackage(path.join(near, 'again.nav'), path.join(near, 'used'))
  expect(second.status).toEqual(first.status)
  expect(hashesOf(second)).toEqual(hashesOf(first))
  rmSync(path.join(near, 'used'), RECURSIVELY)
}

/** Names and contents; the manifest is made anew by saving. */
function hashesOf({ entries }: NavPackage): Map<string, string> {
  const hashes = [...entries].map(([name, entry]) => [name, entry.kind === 'disk' ? entry.file.sha256 : ''] as const)
  return new Map(hashes.filter(([name]) => name !== 'navpkg/manifest.json').sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function expectUse({ used, says }: Attack, file: string): Promise<void> {
  const read = async (): Promise<void> => {
    const subject = await readSubject({ kind: 'package', path: file }, path.join(scene, 'near', 'used'), {
      checkRoom: () => Promise.resolve(),
    })
    const { models, navPackage } = subject
    await loadSamples(testRequest(scene, { inputShapes: new Map() }), models[0].description.inputs, navPackage)
  }
  const { code, text } = await outcomeOf(read())
  expect(code).toBe(used)
  if (code !== 'loads') expect(text).toMatch(says ?? /./)
}

interface Outcome {
  readonly code: string
  readonly text: string
}

async function outcomeOf(attempt: Promise<unknown>): Promise<Outcome> {
  try {
    await attempt
    return { code: 'loads', text: '' }
  } catch (error) {
    if (!(error instanceof NavigatorError)) throw error
    return { code: error.code, text: [error.message, ...error.problems].join('\n') }
  }
}

/** Every file below a folder with its text, every other thing with its kind. */
function contentsOf(folder: string): Record<string, string> {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const described = all.map((name): [string, string] => {
    const file = path.join(folder, name)
    return [name, statSync(file).isFile() ? readFileSync(file, 'latin1') : 'a folder']
  })
  return Object.fromEntries(described)
}
