import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import { inspectPackage } from '../../src/core/inspect.js'
import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import type { NavPackage } from '../../src/core/nav-package/nav-package.js'
import { arbitraryPackage } from '../nav-package/arbitrary-package.js'
import { fromAnswer, fromReport } from '../nav-package/compare-with-navigator.js'
import { navigatorAnswerSchema } from '../nav-package/navigator-answer.js'
import { navigatorFixtures } from '../nav-package/navigator-fixtures.js'
import { temporaryFolder } from '../support/run-engine.js'

const run = promisify(execFile)
const NAVIGATOR = path.resolve('.cache/navigator/bin/python')
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const PACKAGES = 60

describe('a package of the real Navigator', () => {
  test('reads to it as before once we loaded and saved it', async () => {
    await using folder = await temporaryFolder()
    const saved = await Promise.all(
      navigatorFixtures.map(async ({ name, file }) => {
        const copy = path.join(folder.path, `${name}.nav`)
        await saveNavPackage(await openNavPackage(file, path.join(folder.path, name)), copy)
        return copy
      }),
    )
    const given = await askNavigator(navigatorFixtures.map(({ file }) => file))
    expect(await askNavigator(saved)).toEqual(given)
    const expected = navigatorFixtures.map(({ name, expected: answer }) => [`${name}.nav`, answer])
    expect(mapValues(given, (answer) => navigatorAnswerSchema.parse(answer))).toEqual(Object.fromEntries(expected))
  })
})

describe(`any package of ours (SEED=${SEED})`, () => {
  test('is accepted by the real Navigator, and says the same to it: every value, every choice', async () => {
    await using folder = await temporaryFolder()
    const packages = fc.sample(arbitraryPackage, { numRuns: PACKAGES, seed: SEED })
    const files = packages.map((_, index) => path.join(folder.path, `${index}.nav`))
    for (const [index, one] of packages.entries()) await saveNavPackage(one, files[index] ?? '')
    const answers = new Map(Object.entries(await askNavigator(files, '--tree')))
    for (const [index, one] of packages.entries()) {
      const file = files[index] ?? ''
      await expectSame(one, file, answers.get(path.basename(file)))
    }
  })
})

async function expectSame({ status }: NavPackage, file: string, answer: unknown): Promise<void> {
  const name = path.basename(file)
  expect(answer, `${name} is refused`).toBeTypeOf('object')
  const { tree } = z.object({ tree: z.unknown() }).parse(answer)
  expect(tree, `status.yaml of ${name}`).toEqual(plain(status))
  const read = navigatorAnswerSchema.parse(answer)
  const report = await inspectPackage(file, { latencyBudgetMs: read.latencyBudgetMs })
  expect(fromReport(report), `choices in ${name}`).toEqual(fromAnswer(read))
}

const TEXTS = new Map([
  [NaN, 'nan'],
  [Infinity, 'inf'],
  [-Infinity, '-inf'],
])

/** A value as `read_with_navigator.py` prints it: numbers that JSON lacks are text. */
function plain(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return TEXTS.get(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return mapValues(value, plain)
}

function mapValues(map: object, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]))
}

async function askNavigator(files: readonly string[], ...flags: string[]): Promise<Record<string, unknown>> {
  // Python's default encoding would refuse names that are not ASCII where the locale is none.
  const env = { ...process.env, PYTHONUTF8: '1' }
  const script = ['test/integration/read_with_navigator.py', ...flags]
  const { stdout } = await run(NAVIGATOR, [...script, ...files], { env, maxBuffer: 2 ** 30 })
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout))
}
