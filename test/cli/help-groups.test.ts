import { expect, test } from 'vitest'

import { BUILD_HELP, OPTIMIZE_HELP } from '../../src/cli/help-groups.js'
import { MODEL_OPTIONS } from '../../src/core/build-options.js'
import { OPTIMIZE_OPTIONS } from '../../src/core/options.js'

const CLI_ONLY = ['summary', 'json', 'runtime-dir', 'log-level', 'help']
const flagsOf = (help: ReadonlyMap<string, readonly string[]>): string[] => [...help.values()].flat()

test('the help of optimize has every option once', () => {
  const options = OPTIMIZE_OPTIONS.map(({ name }) => name).filter((name) => name !== 'model' && name !== 'package')
  expect(flagsOf(OPTIMIZE_HELP).sort()).toEqual([...options, ...CLI_ONLY].sort())
})

test('build has none of the options that only measuring and choosing read', () => {
  const measuring = ['time-budget', 'strategy', 'accuracy-budget', 'settings', 'batch-sizes', 'dry-run']
  expect(flagsOf(BUILD_HELP).filter((name) => measuring.includes(name))).toEqual([])
  expect(flagsOf(BUILD_HELP)).toContain('input-shape')
})

test('the help of build has every option of its own once, and that of optimize none of them', () => {
  const own = MODEL_OPTIONS.map(({ name }) => name)
  expect(flagsOf(BUILD_HELP).filter((name) => own.includes(name))).toEqual(own)
  expect(new Set(flagsOf(BUILD_HELP)).size).toBe(flagsOf(BUILD_HELP).length)
  expect(flagsOf(OPTIMIZE_HELP).filter((name) => own.includes(name))).toEqual([])
})
