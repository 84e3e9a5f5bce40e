import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import { ACTION_INPUTS, PROFILE_GITHUB_INPUTS } from '../../src/action/inputs.js'
import { OUTPUTS, PROFILE_OUTPUTS } from '../../src/action/report.js'
import { REPORT_INPUTS } from '../../src/action/report/inputs.js'
import { REPORT_OUTPUTS } from '../../src/action/report/outputs.js'
import { describeOption } from '../../src/core/option-reader.js'
import { PROFILE_OPTIONS } from '../../src/core/profile-options.js'
import { TOOL } from '../../src/core/version.js'
import { readmeWithTables } from '../../scripts/readme-tables.js'
import { actionYml } from './action-yml.js'

const { inputs, outputs, runs } = actionYml()

test('action.yml has every input that is read, and no other', () => {
  expect(Object.keys(inputs)).toEqual(ACTION_INPUTS.map((option) => option.name))
})

test.each(ACTION_INPUTS)('action.yml says of $name what it is, what it looks like and its default', (option) => {
  expect(inputs[option.name]?.description).toBe(describeOption(option))
})

test('action.yml fills in nothing that the configuration file may say', () => {
  const filledIn = Object.entries(inputs).filter(([, input]) => input.default !== undefined)
  expect(filledIn).toEqual([['github-token', expect.objectContaining({ default: '${{ github.token }}' })]])
})

test.each(['action.yml', 'profile/action.yml', 'report/action.yml'])(
  '%s has no expression in a description, which GitHub refuses',
  (file) => {
    const { inputs: described } = actionYml(file)
    const texts = Object.values(described).map(({ description }) => description)
    expect(texts.filter((text) => text.includes('${{'))).toEqual([])
  },
)

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

describe('report/action.yml', () => {
  const own = actionYml('report/action.yml')

  test('has every input that is read, and no other', () => {
    expect(Object.keys(own.inputs)).toEqual(REPORT_INPUTS.map((option) => option.name))
  })

  test.each(REPORT_INPUTS)('has the same default and description of $name', (option) => {
    expect(own.inputs[option.name]?.default ?? null).toBe(option.default)
    expect(own.inputs[option.name]?.description).toContain(option.description)
  })

  test('has every output that is set, and no other', () => {
    expect(Object.keys(own.outputs)).toEqual(REPORT_OUTPUTS)
  })

  test('starts the bundle that the main action starts', () => {
    expect(path.posix.dirname(own.runs.main)).toBe(path.posix.join('..', path.posix.dirname(runs.main)))
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
