import { describe, expect, test } from 'vitest'

import type { RunRecord } from '../../../src/core/report/run-record.js'
import { FORK_REPOSITORY_ID } from '../../support/github-server-state.js'
import { NAMES, type Scenario, shortSha as short, startScenario } from './scenario.js'

describe('no package is taken', () => {
  const other = Buffer.from('poison')
  const cases: [string, string, (scenario: Scenario) => void][] = [
    [
      'of a fork that has a branch called main',
      'a fork made it',
      (scenario) => {
        scenario.measured({ headRepositoryId: FORK_REPOSITORY_ID, headOwner: 'stranger', headBranch: 'main' })
      },
    ],
    [
      'of a pull request',
      'its event was pull_request',
      (scenario) => {
        scenario.measured({ event: 'pull_request' })
      },
    ],
    [
      'of a run that strangers can start',
      'its event was pull_request_target',
      (scenario) => {
        scenario.measured({ event: 'pull_request_target' })
      },
    ],
    [
      'of another workflow',
      'another workflow made it (.github/workflows/other.yml)',
      (scenario) => {
        scenario.measured({ path: '.github/workflows/other.yml' })
      },
    ],
    [
      'that has expired',
      'it has expired',
      ({ measured, state }) => {
        state.expired.add(measured().package)
      },
    ],
    [
      'that is not what was uploaded',
      'its package is not what was uploaded',
      ({ measured, state }) => {
        state.digests.set(measured().package, `sha256:${'0'.repeat(64)}`)
      },
    ],
    [
      'that was changed after it was measured',
      'its package is not the one of its record',
      ({ measured }) => {
        measured().artifacts.keep(NAMES.package, other)
      },
    ],
    [
      'without a record',
      'it has no record navpkg-record-demo.json',
      ({ measured }) => {
        measured().artifacts.artifacts.delete(NAMES.record)
      },
    ],
    [
      'with a record that is none',
      'its record is none that this version can read',
      ({ measured }) => {
        measured().artifacts.keep(NAMES.record, other)
      },
    ],
    [
      'with a record that is not what was uploaded',
      'its record is not what was uploaded',
      ({ measured, state }) => {
        const { artifacts } = measured()
        state.digests.set(artifacts.artifacts.get(NAMES.record)?.id ?? 0, `sha256:${'0'.repeat(64)}`)
      },
    ],
    [
      'with a record that is too large',
      'its record is larger than',
      ({ measured }) => {
        measured().artifacts.keep(NAMES.record, Buffer.alloc(17 * 2 ** 20, ' '))
      },
    ],
    ...(['interrupted', 'machine-failed', 'no-candidate', 'bad-input'] as const).map(
      (outcome): [string, string, (scenario: Scenario) => void] => [
        `of a run that ended as ${outcome}`,
        `its run ended as ${outcome}`,
        (scenario) => {
          scenario.measured({}, { outcome } satisfies Partial<RunRecord>)
        },
      ],
    ),
  ]

  test.each(cases)('%s', async (_, why, leave) => {
    await using scenario = await startScenario()
    const root = scenario.state.commit()
    leave(scenario)
    const run = scenario.state.currentRun
    scenario.state.commit()
    const { found, note } = await scenario.resolve('auto')
    expect(found).toBeNull()
    expect(note).toContain(
      `No baseline yet: neither ${short(root)}, the parent of this commit, nor a commit before it has a package.`,
    )
    expect(note).toContain(`that of run ${run}, since ${why}`)
    expect(await scenario.leftFiles()).toEqual([])
  })

  test('after twenty that were looked at closely', async () => {
    await using scenario = await startScenario()
    scenario.state.commit()
    scenario.measured()
    for (let count = 0; count < 20; count += 1) scenario.measured({ event: 'pull_request' })
    scenario.state.commit()
    const { found, note } = await scenario.resolve('auto')
    expect(found).toBeNull()
    expect(note).toContain('its event was pull_request; and 18 more.')
  })

  test('of a run that deleted it meanwhile', async () => {
    await using scenario = await startScenario()
    scenario.state.commit()
    scenario.measured()
    scenario.state.commit()
    scenario.server.fail(/\/zip$/, { status: 410, message: 'Artifact has expired' })
    const { note } = await scenario.resolve('auto')
    expect(note).toContain('it could not be had')
  })
})
