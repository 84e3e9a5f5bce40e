import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { inspectPackage } from '../../src/core/inspect.js'
import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import { temporaryFolder } from '../support/run-engine.js'
import { fromAnswer, fromReport } from './compare-with-navigator.js'
import { navigatorFixtures } from './navigator-fixtures.js'

describe.each(navigatorFixtures)('the package $name of the real Navigator', ({ file, expected }) => {
  const latencyBudgetMs = expected.latencyBudgetMs

  test('is read as the real one reads it: models, runners, statuses, best runtimes', async () => {
    expect(fromReport(await inspectPackage(file, { latencyBudgetMs }))).toEqual(fromAnswer(expected))
  })

  test('reads the same once we saved it, and a second save gives the same bytes', async () => {
    await using folder = await temporaryFolder()
    const copies = ['first', 'second'].map((name) => path.join(folder.path, `${name}.nav`))
    let source = file
    for (const copy of copies) {
      await saveNavPackage(await openNavPackage(source, `${copy}.unpacked`), copy)
      source = copy
    }
    const [first = '', second = ''] = copies
    expect(fromReport(await inspectPackage(first, { latencyBudgetMs }))).toEqual(fromAnswer(expected))
    expect((await readFile(second)).equals(await readFile(first))).toBe(true)
  })
})
