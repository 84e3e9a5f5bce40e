import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

import { NavigatorError } from '../src/core/errors.js'
import { parseProfileOptions } from '../src/core/profile-options.js'
import type { ProfileRequest } from '../src/core/request.js'
import { temporaryFolder } from './support/run-engine.js'

type Given = Readonly<Record<string, readonly string[]>>

async function parse(given: Given): Promise<{ request: ProfileRequest; folder: string }> {
  await using folder = await temporaryFolder()
  writeFileSync(path.join(folder.path, 'p.nav'), '')
  mkdirSync(path.join(folder.path, 'folder'))
  const request = await parseProfileOptions(new Map(Object.entries(given)), { cwd: folder.path, style: 'flag' })
  return { request, folder: folder.path }
}

async function problems(given: Given): Promise<readonly string[]> {
  try {
    await parse(given)
  } catch (error) {
    if (error instanceof NavigatorError && error.code === 'invalid-options') return error.problems
    throw error
  }
  throw new Error('nothing was refused')
}

const navPackage = ['p.nav']

test('a package alone is enough, and is written nowhere', async () => {
  const { request, folder } = await parse({ package: navPackage })
  expect(request).toMatchObject({
    package: path.join(folder, 'p.nav'),
    name: 'p',
    output: null,
    yaml: null,
    concurrency: null,
    samples: null,
    timeBudgetMs: 300_000,
  })
})

test.each([
  ['off', []],
  ['4,1,2,1', [1, 2, 4]],
])('concurrency %s asks for the streams %j', async (text, streams) => {
  expect((await parse({ package: navPackage, concurrency: [text] })).request.concurrency).toEqual(streams)
})

test('all problems are told at once', async () => {
  expect(
    await problems({
      package: ['missing.nav'],
      concurrency: ['0,many'],
      'batch-sizes': ['x'],
      formats: ['pickle'],
      output: ['folder'],
      sample: ['m'],
    }),
  ).toEqual([
    '--sample: there is no such option; did you mean --samples?',
    expect.stringMatching(/^package: "missing\.nav" does not exist/),
    '--concurrency: "0,many" is neither off nor a list of whole numbers from 1 to 256, such as 1,2,4',
    '--batch-sizes: "x" is not a list of whole numbers from 1, such as 1,4,16',
    expect.stringMatching(/^--formats: "pickle" has names that are not known \("pickle"\)/),
    '--output: "folder" is a folder; name a file',
  ])
})

test('nothing is written over the package, nor two things over each other', async () => {
  expect(await problems({ package: navPackage, output: ['p.nav'] })).toEqual([
    '--output: "p.nav" is the package itself; name another file',
  ])
  expect(await problems({ package: navPackage, output: ['o'], yaml: ['./o'] })).toEqual([
    '--yaml: "./o" is also where the package goes; name another file',
  ])
})
