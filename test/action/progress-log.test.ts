import { afterEach, expect, test, vi } from 'vitest'

import { createProgressLog, type ProgressLog } from '../../src/action/progress-log.js'
import { STAGE_TEXT } from '../../src/core/environment.js'
import type { Candidate } from '../../src/core/plan/candidate.js'
import { defaultSettings } from '../../src/core/plan/settings.js'
import { expectBalancedGroups } from '../support/run-action.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const candidate: Candidate = {
  id: 'onnx',
  parentId: null,
  key: 'onnx',
  modelKey: 'onnx',
  format: 'onnx',
  runner: 'OnnxCPU',
  recipe: { kind: 'as-given' },
  settings: defaultSettings(1),
}
const progress = { candidate, index: 0, total: 2 }

test.each(Object.keys(STAGE_TEXT) as (keyof typeof STAGE_TEXT)[])('the stage %s has a line of its own', (stage) => {
  const stdout = logOf((log) => {
    log.show({ kind: 'stage', stage })
  })
  expect(stdout).toMatch(/^[A-Z][^\n]{5,}\n$/)
})

test('a candidate has a group, and its failure is annotated after it with its class', () => {
  const stdout = logOf((log) => {
    const failed = { status: 'failed', failureClass: 'crashed', reason: 'a\n::error::b' } as const
    log.show({ kind: 'candidate-started', ...progress })
    log.show({
      kind: 'candidate-finished',
      outcome: { ...failed, candidate, file: null, correctness: null },
      ...progress,
    })
    log.close()
  })
  expectBalancedGroups(stdout)
  expect(stdout.split('\n')).toEqual([
    '::group::1 of 2: onnx',
    '::endgroup::',
    '::warning title=Candidate onnx failed (crashed)::a :\u200b:error:\u200b:b',
    '',
  ])
})

test('the group of a candidate that the run did not finish is closed once', () => {
  const stdout = logOf((log) => {
    log.show({ kind: 'candidate-started', ...progress })
    log.show({ kind: 'batch-measured', candidate, batchSize: null, p50Ms: 1, throughputPerSecond: 1000 })
    log.close()
    log.close()
  })
  expectBalancedGroups(stdout)
  expect(stdout).toContain('batch none: p50 1.00 ms')
})

function logOf(work: (log: ProgressLog) => void): string {
  let stdout = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += String(chunk)
    return true
  })
  work(createProgressLog())
  return stdout
}
