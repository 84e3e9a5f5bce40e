import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  recordNameFor,
  refusalOfArtifact,
  refusalOfRun,
  type Rules,
  type WorkflowRun,
} from '../../../src/action/baseline/choose.js'
import { type Artifact, hasDigest } from '../../../src/action/github/artifacts.js'
import { NAMES } from './scenario.js'

const RULES: Rules = {
  name: NAMES.package,
  repositoryId: 100,
  workflowPath: '.github/workflows/ci.yml',
  maxBytes: 1000,
}
const SHA = 'a'.repeat(40)
const ARTIFACT: Artifact = {
  id: 1,
  name: NAMES.package,
  size_in_bytes: 1000,
  expired: false,
  digest: null,
  workflow_run: { id: 2, head_repository_id: 100, head_branch: 'main', head_sha: SHA },
}
const RUN: WorkflowRun = { id: 2, event: 'push', path: RULES.workflowPath, head_sha: SHA, head_repository: { id: 100 } }

describe('the listing of an artifact', () => {
  test('lets one in that fits', () => {
    expect(refusalOfArtifact(ARTIFACT, RULES)).toBeNull()
  })

  test.each<[string, Partial<Artifact>]>([
    ['another name', { name: 'navpkg-demo2.nav' }],
    ['a fork', { workflow_run: { id: 2, head_repository_id: 200, head_branch: 'main', head_sha: SHA } }],
    [
      'a repository that is gone',
      { workflow_run: { id: 2, head_repository_id: null, head_branch: 'main', head_sha: SHA } },
    ],
    ['no run', { workflow_run: null }],
    ['an expired one', { expired: true }],
    ['too large a one', { size_in_bytes: 1001 }],
  ])('keeps out %s', (_, changes) => {
    expect(refusalOfArtifact({ ...ARTIFACT, ...changes }, RULES)).not.toBeNull()
  })
})

describe('the run of an artifact', () => {
  test.each(['push', 'schedule', 'workflow_dispatch'])('counts when its event is %s', (event) => {
    expect(refusalOfRun({ ...RUN, event }, ARTIFACT, RULES)).toBeNull()
    expect(refusalOfRun({ ...RUN, event, path: `${RULES.workflowPath}@refs/heads/main` }, ARTIFACT, RULES)).toBeNull()
  })

  test('does not count when its event is any other', () => {
    const others = fc
      .oneof(
        fc.string(),
        fc.constantFrom('pull_request', 'pull_request_target', 'workflow_run', 'merge_group', 'issue_comment'),
      )
      .filter((event) => !['push', 'schedule', 'workflow_dispatch'].includes(event))
    fc.assert(fc.property(others, (event) => refusalOfRun({ ...RUN, event }, ARTIFACT, RULES) !== null))
  })

  test.each<[string, Partial<WorkflowRun>]>([
    ['of a fork', { head_repository: { id: 200 } }],
    ['of a repository that is gone', { head_repository: null }],
    ['of another workflow', { path: '.github/workflows/ci.yaml' }],
    ['of another commit than its artifact', { head_sha: 'b'.repeat(40) }],
  ])('does not count %s', (_, changes) => {
    expect(refusalOfRun({ ...RUN, ...changes }, ARTIFACT, RULES)).not.toBeNull()
  })
})

test.each([
  [null, true],
  [`sha256:${'1'.repeat(64)}`, true],
  [`sha256:${'2'.repeat(64)}`, false],
  ['1'.repeat(64), false],
])('the digest %s of an upload', (digest, expected) => {
  expect(hasDigest({ digest }, '1'.repeat(64))).toBe(expected)
})

test.each([
  [NAMES.package, NAMES.record],
  ['navpkg-small-gpu.nav', 'navpkg-record-small-gpu.json'],
  ['my.nav', NAMES.record],
])('the record of %s is %s', (name, record) => {
  expect(recordNameFor(name, NAMES)).toBe(record)
})
