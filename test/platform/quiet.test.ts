import { expect, it, vi } from 'vitest'

import type { MachineState } from '../../src/core/machine/machine-state.js'
import { waitForQuiet } from '../../src/core/platform/quiet.js'
import { state } from '../machine/states.js'

/** A machine that is read once a second, of whose two cores others use so many in each of these seconds, then the last. */
function machine(used: readonly number[]): () => MachineState {
  let [second, busyMs] = [-1, 0]
  return () => {
    if (second >= 0) busyMs += 1000 * (used[second] ?? used.at(-1) ?? 0)
    second++
    return state({ atMs: second * 1000, busyMs })
  }
}

function waiting(signal = new AbortController().signal) {
  const said: string[] = []
  const note = (text: string): void => {
    said.push(text)
  }
  return { said, log: { debug: note, info: note, warn: note }, signal }
}

it('goes on at once when nobody uses the machine', async () => {
  const { said, ...given } = waiting()
  expect(await waitForQuiet(60_000, given, machine([0]), 1)).toEqual({ isQuiet: true, waitedMs: 3000 })
  expect(said).toEqual([])
})

it('waits until others have been quiet for three looks in a row, and says so once', async () => {
  const { said, ...given } = waiting()
  const used = [1, 1, 0, 0, 1, 0, 0, 0]
  expect(await waitForQuiet(60_000, given, machine(used), 1)).toEqual({ isQuiet: true, waitedMs: 8000 })
  expect(said).toEqual(['Other processes use 1.0 of 2 cores; waiting up to 60 s for a quiet machine.'])
})

it('goes on after the limit and says what still disturbs', async () => {
  const { said, ...given } = waiting()
  expect(await waitForQuiet(5000, given, machine([1.5]), 1)).toEqual({ isQuiet: false, waitedMs: 5000 })
  expect(said.at(-1)).toBe('Other processes use 1.5 of 2 cores after 5 s of waiting; measuring all the same.')
})

it('does not wait where nobody can tell', async () => {
  const { said, ...given } = waiting()
  let seconds = 0
  const unknown = (): MachineState => state({ atMs: 1000 * seconds++, busyMs: null })
  expect(await waitForQuiet(60_000, given, unknown, 1)).toEqual({ isQuiet: null, waitedMs: 1000 })
  expect(said).toHaveLength(1)
})

it('ends as interrupted when the run is', async () => {
  const abort = new AbortController()
  const { said, ...given } = waiting(abort.signal)
  const ended = waitForQuiet(1e9, given, machine([1]), 1)
  const checked = expect(ended).rejects.toMatchObject({ code: 'interrupted' })
  await vi.waitUntil(() => said.length > 0)
  abort.abort()
  await checked
})
