import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { uploadArtifacts } from '../../src/action/artifact.js'
import { type Fault, type GithubServer, startGithubServer } from '../support/github-server.js'
import { temporaryFolder } from '../support/run-engine.js'

const POLICY = { ifExists: 'overwrite', retentionDays: null } as const
/** The library tries again for half a minute; no test waits for that. */
const IMPATIENT = { patienceMs: 1200, bytesPerSecond: 1e9 }
const CALLS = [
  ['CreateArtifact', /CreateArtifact$/],
  ['the blob', /^PUT \/blob\//],
  ['FinalizeArtifact', /FinalizeArtifact$/],
] as const
const FAULTS: readonly Fault[] = [
  ...[403, 404, 409, 422, 429, 500].map((status) => ({ status })),
  'hang',
  'cut',
  'cut-in-answer',
]

let server: GithubServer
beforeEach(async () => {
  server = await startGithubServer()
  server.state.commit()
  server.state.run()
  for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await server[Symbol.asyncDispose]()
})

describe.each(CALLS)('an upload whose call %s', (_, line) => {
  test.each(FAULTS.map((fault) => [typeof fault === 'string' ? fault : String(fault.status), fault] as const))(
    'is answered with %s leaves the file on the runner, and says so',
    async (_, fault) => {
      await using folder = await temporaryFolder()
      const file = path.join(folder.path, 'navpkg-demo.nav')
      await writeFile(file, 'a package')
      server.fail(line, fault)
      const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
      try {
        expect(await uploadArtifacts([file], POLICY, IMPATIENT)).toEqual(new Map())
        expect(said.mock.calls.join('')).toMatch(
          /::warning::.*navpkg-demo\.nav stays on the runner; it could not be uploaded: \S/,
        )
      } finally {
        said.mockRestore()
      }
      expect(await readFile(file, 'utf8')).toBe('a package')
      expect(server.state.runs.get(server.state.currentRun)?.artifacts.artifacts.size).toBe(0)
    },
  )
})

test.each(['hang', { status: 500 }, 'cut'] as const)(
  'an artifact of the same name that cannot be taken away first (%s) holds nothing up',
  async (fault) => {
    await using folder = await temporaryFolder()
    const file = path.join(folder.path, 'navpkg-demo.nav')
    await writeFile(file, 'a package')
    server.fail(/ListArtifacts$/, fault)
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const uploaded = await uploadArtifacts([file], POLICY, IMPATIENT)
    vi.restoreAllMocks()
    expect([...uploaded.keys()]).toEqual([file])
  },
)
