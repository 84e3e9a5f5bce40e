import { expect, test } from 'vitest'

import { stack } from '../models/stack.js'
import { type Fault, startGithubServer } from '../support/github-server.js'
import { push, pushToPullRequest } from '../support/workflow-step.js'

/** A call that only hangs is given up after half a minute and made again: one in three minutes of waiting is enough here. */
const FAULTS: readonly (readonly [name: string, fault: Fault, times: number])[] = [
  ...[403, 404, 409, 422, 429, 500].map((status) => [String(status), { status }, Infinity] as const),
  ['a hang', 'hang', 1],
  ['a cut connection', 'cut', Infinity],
  ['half an answer', 'cut-in-answer', Infinity],
]

test.concurrent.each(FAULTS)(
  'a GitHub that answers everything with %s takes nothing from what was measured, and nothing fails',
  { timeout: 300_000 },
  async (_, fault, times) => {
    await using server = await startGithubServer()
    await push(server, stack(8))
    server.fail(/^\w+ \/(repos|graphql)/, fault, times)
    const run = await pushToPullRequest(server, stack(8), { inputs: { comment: 'always' } })
    expect([run.code, run.outputs.get('outcome')], run.stdout).toEqual([0, 'done'])
    expect(run.record.candidates.map(({ status }) => status)).toContain('measured')
    expect(Number(run.outputs.get('throughput'))).toBeGreaterThan(0)
    expect(run.outputs.get('artifact-id')).toMatch(/^\d+$/)
    if (times === Infinity) {
      expect(run.outputs.get('verdict')).toBe('none')
      expect(run.record.baselineNote).toMatch(/baseline/)
      expect(run.summary).toContain('The comment was not written.')
      expect(server.state.comments).toEqual([])
    } else expect(server.state.comments).toHaveLength(1)
  },
)
