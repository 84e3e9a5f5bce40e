import { stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'

import * as core from '@actions/core'

import { plainText } from '../core/report/escape.js'
import { artifactUrl } from './github/addresses.js'
import { isEnterpriseServer } from './github/server.js'
import type { GithubInputs } from './inputs.js'

/** How long an upload may take beyond what its size needs, and what of a file must be uploaded in a second. */
export interface UploadPace {
  readonly patienceMs: number
  readonly bytesPerSecond: number
}

/** The service's library waits for an answer without end; a step must not. */
const PACE: UploadPace = { patienceMs: 300_000, bytesPerSecond: 1e6 }

/** Both are empty when the service did not say which id it gave. */
export interface UploadedArtifact {
  readonly id: string
  readonly url: string
}

/**
 * Uploads files as they are, not zipped again, each as an artifact named after it. Those that the service took are in
 * the result by path; the others stay where they are, and the log says why. The step fails only when a name is taken
 * and `ifExists` is `error`.
 */
export async function uploadArtifacts(
  files: readonly string[],
  policy: Pick<GithubInputs, 'ifExists' | 'retentionDays'>,
  pace: UploadPace = PACE,
): Promise<ReadonlyMap<string, UploadedArtifact>> {
  const uploaded = new Map<string, UploadedArtifact>()
  const why = whyNoArtifacts(process.env)
  if (why !== null && files.length > 0) core.notice(`${why} Left on the runner: ${files.join(', ')}`)
  for (const file of why === null ? files : []) {
    const artifact = await core.group(`Uploading ${path.basename(file)}`, () => uploadArtifact(file, policy, pace))
    if (artifact !== null) uploaded.set(file, artifact)
  }
  return uploaded
}

/** Why this server takes no artifacts, in a sentence; null when it does. */
function whyNoArtifacts(environment: NodeJS.ProcessEnv): string | null {
  const server = environment['GITHUB_SERVER_URL'] ?? 'https://github.com'
  if (isEnterpriseServer(server)) {
    return (
      `GitHub Enterprise Server (${new URL(server).hostname}) does not have the artifact service that this action uses ` +
      '(actions/upload-artifact@v3 is the last that works there).'
    )
  }
  return environment['ACTIONS_RUNTIME_TOKEN'] === undefined ? 'There is no artifact service here.' : null
}

async function uploadArtifact(
  file: string,
  policy: Pick<GithubInputs, 'ifExists' | 'retentionDays'>,
  { patienceMs, bytesPerSecond }: UploadPace,
): Promise<UploadedArtifact | null> {
  try {
    const { size } = await stat(file)
    return await within(patienceMs + (1000 * size) / bytesPerSecond, send(file, policy, patienceMs / 4))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (policy.ifExists === 'error' && why.includes('(409)')) {
      core.setFailed(
        `${file}: this workflow run has an artifact of that name. Give another name or target, or if-exists: overwrite.`,
      )
    } else core.warning(`${file} stays on the runner; it could not be uploaded: ${plainText(why, 2000)}`)
    return null
  }
}

async function send(
  file: string,
  { ifExists, retentionDays }: Pick<GithubInputs, 'ifExists' | 'retentionDays'>,
  patienceMs: number,
): Promise<UploadedArtifact> {
  const name = path.basename(file)
  const { DefaultArtifactClient } = await import('@actions/artifact')
  const client = new DefaultArtifactClient()
  if (ifExists === 'overwrite') await within(patienceMs, client.deleteArtifact(name)).catch(() => undefined)
  const options = retentionDays === null ? {} : { retentionDays }
  const { id } = await client.uploadArtifact(name, [file], path.dirname(file), { ...options, skipArchive: true })
  return id === undefined ? { id: '', url: '' } : { id: String(id), url: addressOf(id, process.env) }
}

/** Rejects when it takes longer; what was begun is left to itself. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const isOver = new AbortController()
  const limit = async (): Promise<never> => {
    await setTimeout(limitMs, undefined, { signal: isOver.signal })
    throw new Error(`the artifact service did not finish within ${Math.round(limitMs / 1000)} s`)
  }
  try {
    return await Promise.race([work, limit()])
  } finally {
    isOver.abort()
  }
}

function addressOf(id: number, environment: NodeJS.ProcessEnv): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = environment
  const [owner = '', name = ''] = repository?.split('/') ?? []
  return artifactUrl({ serverUrl: server ?? 'https://github.com', repository: { owner, name } }, run ?? '', id)
}
