import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { OPTIMIZE_OPTIONS } from '../../src/core/options.js'
import { TOOL } from '../../src/core/version.js'

const action = z
  .object({ inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string().optional() })) })
  .parse(parse(readFileSync('action.yml', 'utf8')))

const GITHUB_ONLY = ['working-directory', 'runtime-dir', 'upload', 'if-exists', 'retention-days']

test('action.yml has every option of the engine, and no other input that is not read', () => {
  expect(Object.keys(action.inputs)).toEqual([...OPTIMIZE_OPTIONS.map((option) => option.name), ...GITHUB_ONLY])
})

test.each(OPTIMIZE_OPTIONS)('$name has the same default and description in action.yml', (option) => {
  expect(action.inputs[option.name]?.default ?? null).toBe(option.default)
  expect(action.inputs[option.name]?.description).toContain(option.description)
})

test('the version in records is that of package.json', () => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')))
  expect(TOOL.version).toBe(version)
})
