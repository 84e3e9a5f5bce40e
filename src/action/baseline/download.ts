import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'

import { checkFreeDisk } from '../../core/platform/disk.js'
import type { Log } from '../../core/platform/log.js'
import { plainText } from '../../core/report/escape.js'
import { type RunRecord, runRecordSchema } from '../../core/report/run-record.js'
import { parseAnswer } from '../github/answer.js'
import { type Artifact, artifactPage, downloadArtifact, hasDigest } from '../github/artifacts.js'
import type { GithubClient } from '../github/client.js'
import type { GithubContext } from '../github/context.js'

/** Larger packages than GitHub keeps anywhere, and small enough for the disks of runners. */
export const MAX_PACKAGE_BYTES = 20e9
/** A record of many candidates has a few hundred KiB. */
const MAX_RECORD_BYTES = 16 * 2 ** 20

/** Where things are asked for and put. */
export interface Source {
  readonly client: GithubClient
  readonly context: GithubContext
  readonly folder: string
  readonly log: Log
}

/** The file a baseline is put in. */
export function baselineFile(folder: string): string {
  return path.join(folder, 'baseline.nav')
}

/** The parameters of a route that say which repository is meant. */
export function repositoryOf({ repository }: GithubContext): { owner: string; repo: string } {
  return { owner: repository.owner, repo: repository.name }
}

/** The artifacts of one page of a list. */
export function artifactsOf(page: unknown): Artifact[] {
  return parseAnswer(artifactPage, page, 'artifacts').artifacts
}

/** The newest artifact of a name that a run uploaded and that is still there; null when there is none. */
export async function artifactOfRun(
  { client, context }: Source,
  runId: number,
  name: string,
): Promise<Artifact | null> {
  const { data } = await client.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts', {
    ...repositoryOf(context),
    run_id: runId,
    name,
    per_page: 100,
  })
  return artifactsOf(data).find((one) => one.name === name && !one.expired) ?? null
}

/** Downloads the record that a run uploaded; a text says why there is none to go by. Throws GithubError. */
export async function downloadRecord(source: Source, runId: number, name: string): Promise<RunRecord | string> {
  const artifact = await artifactOfRun(source, runId, name)
  if (artifact === null) return `it has no record ${plainText(name, 100)}`
  if (artifact.size_in_bytes > MAX_RECORD_BYTES) return `its record is larger than ${MAX_RECORD_BYTES} bytes`
  const file = path.join(source.folder, 'baseline-record.json')
  try {
    const { sha256 } = await fetchArtifact(source, artifact, file, MAX_RECORD_BYTES)
    if (!hasDigest(artifact, sha256)) return 'its record is not what was uploaded (the digests differ)'
    const record = runRecordSchema.safeParse(parsedJson(await readFile(file, 'utf8')))
    return record.success ? record.data : 'its record is none that this version can read'
  } finally {
    await rm(file, { force: true })
  }
}

/**
 * Downloads the package of an artifact. A text says why it is not kept: it must have the digest GitHub knows, and
 * `sha256` where that is given. Throws GithubError and `disk-full`.
 */
export async function downloadPackage(
  source: Source,
  artifact: Artifact,
  sha256: string | null,
): Promise<{ readonly file: string } | string> {
  const file = baselineFile(source.folder)
  await checkFreeDisk([{ folder: source.folder, bytes: artifact.size_in_bytes }])
  const downloaded = await fetchArtifact(source, artifact, file, MAX_PACKAGE_BYTES)
  const refusal = refusalOfDownload(artifact, downloaded.sha256, sha256)
  if (refusal === null) return { file }
  await rm(file, { force: true })
  return refusal
}

/** Why a downloaded package is not kept; null when it is. */
export function refusalOfDownload(
  listed: { readonly digest?: string | null | undefined },
  downloaded: string,
  recorded: string | null,
): string | null {
  if (!hasDigest(listed, downloaded)) return 'its package is not what was uploaded (the digests differ)'
  if (recorded !== null && recorded !== downloaded)
    return 'its package is not the one of its record (the digests differ)'
  return null
}

async function fetchArtifact(
  { client, context, folder }: Source,
  artifact: Artifact,
  file: string,
  maxBytes: number,
): ReturnType<typeof downloadArtifact> {
  await mkdir(folder, { recursive: true })
  return downloadArtifact(client, repositoryOf(context), artifact, file, maxBytes)
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
