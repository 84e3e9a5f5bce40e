import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { OPTIMIZE_OPTIONS } from '../../src/core/options.js'
import { outputsOf } from '../../src/core/report/outputs.js'
import { TOOL } from '../../src/core/version.js'
import { readmeWithTables } from '../../scripts/readme-tables.js'
import { WINNER } from '../report/records.js'

const action = z
  .object({
    inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string().optional() })),
    outputs: z.record(z.string(), z.unknown()),
  })
  .parse(parse(readFileSync('action.yml', 'utf8')))

const GITHUB_ONLY = ['working-directory', 'runtime-dir', 'upload', 'if-exists', 'retention-days']

test('action.yml has every option of the engine, and no other input that is not read', () => {
  expect(Object.keys(action.inputs)).toEqual([...OPTIMIZE_OPTIONS.map((option) => option.name), ...GITHUB_ONLY])
})

test.each(OPTIMIZE_OPTIONS)('$name has the same default and description in action.yml', (option) => {
  expect(action.inputs[option.name]?.default ?? null).toBe(option.default)
  expect(action.inputs[option.name]?.description).toContain(option.description)
})

test('the README has the inputs and outputs of action.yml', async () => {
  const readme = readFileSync('README.md', 'utf8')
  expect(readme).toBe(await readmeWithTables(readme, readFileSync('action.yml', 'utf8')))
})

test('action.yml has every output that is set, and no other', () => {
  const set = [...outputsOf(WINNER).keys(), 'record-path', 'artifact-id', 'artifact-url', 'artifact-digest']
  expect(Object.keys(action.outputs).sort()).toEqual(set.sort())
})

test('the version in records is that of package.json', () => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')))
  expect(TOOL.version).toBe(version)
})
