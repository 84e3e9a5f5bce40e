import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import { afterEach, expect, test, vi } from 'vitest'

import { uploadArtifacts } from '../../../src/action/artifact.js'
import { WINNER } from '../../report/records.js'
import { NAMES, type Scenario, startScenario } from './scenario.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** Uploads what a run of `optimize` leaves, with the code that the action uploads it with. */
async function upload({ server, workingDirectory }: Scenario, content: string): Promise<void> {
  for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value)
  const [navPackage, record] = [NAMES.package, NAMES.record].map((name) => path.join(workingDirectory, name))
  const sha256 = createHash('sha256').update(content).digest('hex')
  const saved = { path: NAMES.package, bytes: content.length, sha256 }
  await writeFile(navPackage!, content)
  await writeFile(record!, JSON.stringify({ ...WINNER, package: saved }))
  await uploadArtifacts([navPackage!, record!], { ifExists: 'overwrite', retentionDays: null })
}

test('what one run uploads, the run of the next commit compares with', async () => {
  await using scenario = await startScenario()
  const { state } = scenario
  state.commit()
  const run = state.run()
  await upload(scenario, `package of run ${run.id}`)
  state.commit()
  state.run()
  const resolved = await scenario.resolve('auto')
  expect(await scenario.runOf(resolved)).toBe(run.id)
  await upload(scenario, 'package of the second run')
  expect([...state.runs.values()].map(({ artifacts }) => artifacts.artifacts.size)).toEqual([2, 2])
})
