import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import { GITHUB_INPUTS, PROFILE_GITHUB_INPUTS } from '../../src/action/inputs.js'
import { OUTPUTS, PROFILE_OUTPUTS } from '../../src/action/report.js'
import { OPTIMIZE_OPTIONS } from '../../src/core/options.js'
import { PROFILE_OPTIONS } from '../../src/core/profile-options.js'
import { TOOL } from '../../src/core/version.js'
import { readmeWithTables } from '../../scripts/readme-tables.js'
import { actionYml } from './action-yml.js'

const { inputs, outputs, runs } = actionYml()
const READ = [...OPTIMIZE_OPTIONS, ...GITHUB_INPUTS]

test('action.yml has every input that is read, and no other', () => {
  expect(Object.keys(inputs)).toEqual(READ.map((option) => option.name))
})

test.each(READ)('$name has the same default and description in action.yml', (option) => {
  expect(inputs[option.name]?.default ?? null).toBe(option.default)
  expect(inputs[option.name]?.description).toContain(option.description)
})

test('action.yml has every output that is set, and no other', () => {
  expect(Object.keys(outputs)).toEqual(OUTPUTS)
})

test('the files that action.yml starts are there', () => {
  expect([runs.main, runs.post].map((file) => existsSync(file))).toEqual([true, true])
})

describe('profile/action.yml', () => {
  const own = actionYml('profile/action.yml')
  const read = [...PROFILE_OPTIONS, ...PROFILE_GITHUB_INPUTS]

  test('has every input that is read, and no other', () => {
    expect(Object.keys(own.inputs)).toEqual(read.map((option) => option.name))
  })

  test.each(read)('has the same default and description of $name', (option) => {
    expect(own.inputs[option.name]?.default ?? null).toBe(option.default)
    expect(own.inputs[option.name]?.description).toContain(option.description)
  })

  test('has every output that is set, and no other', () => {
    expect(Object.keys(own.outputs)).toEqual(PROFILE_OUTPUTS)
  })

  test('starts the bundle that the main action starts', () => {
    expect([own.runs.main, own.runs.post].map((file) => path.posix.dirname(file))).toEqual(
      [runs.main, runs.post].map((file) => path.posix.join('..', path.posix.dirname(file))),
    )
  })
})

test('the README has the inputs and outputs of action.yml', async () => {
  const readme = readFileSync('README.md', 'utf8')
  expect(readme).toBe(await readmeWithTables(readme, readFileSync('action.yml', 'utf8')))
})

test('the version in records is that of package.json', () => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')))
  expect(TOOL.version).toBe(version)
})
