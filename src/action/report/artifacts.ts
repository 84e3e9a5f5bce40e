import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'

import { MAX_RECORD_BYTES, TOO_LARGE } from '../../core/report/received-record.js'
import { type Artifact, artifactPage, downloadArtifact, hasDigest } from '../github/artifacts.js'
import type { GithubClient } from '../github/client.js'
import { GithubError } from '../github/error.js'
import type { Refusal } from './refusal.js'

/** Records that one report takes: a matrix has at most as many jobs. */
const MAX_RECORDS = 256
const MAX_TOTAL_BYTES = 64 * 2 ** 20
const PER_PAGE = 100
const MAX_PAGES = 20
const AT_ONCE = 8

/** Where a run's artifacts are asked for. */
export interface ArtifactSource {
  readonly client: GithubClient
  readonly repository: { readonly owner: string; readonly name: string }
  readonly runId: number
}

/** The artifacts of a run whose names fit `pattern`, the newest of each name. Throws GithubError. */
export async function listRecordArtifacts(
  { client, repository: { owner, name: repo }, runId }: ArtifactSource,
  pattern: string,
): Promise<readonly Artifact[] | Refusal> {
  const fits = matcherOf(pattern)
  const newest = new Map<string, Artifact>()
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts'
  for await (const page of client.pages(route, { owner, repo, run_id: runId, per_page: PER_PAGE }, MAX_PAGES)) {
    const parsed = artifactPage.safeParse(page)
    if (!parsed.success) return { refused: `What GitHub says of the artifacts of run ${runId} cannot be read.` }
    for (const artifact of parsed.data.artifacts.filter(({ name }) => fits(name)))
      if (artifact.id > (newest.get(artifact.name)?.id ?? 0)) newest.set(artifact.name, artifact)
  }
  const found = [...newest.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  if (found.length > MAX_RECORDS) {
    return {
      refused: `Run ${runId} has ${found.length} artifacts named ${pattern}; one report takes at most ${MAX_RECORDS}.`,
    }
  }
  const totalBytes = found.reduce((sum, { size_in_bytes: bytes }) => sum + bytes, 0)
  if (totalBytes <= MAX_TOTAL_BYTES) return found
  return {
    refused: `The records of run ${runId} have ${totalBytes} bytes; one report takes at most ${MAX_TOTAL_BYTES}.`,
  }
}

/** A record's text, or why it could not be had; `id` is the artifact's. */
export interface FetchedText {
  readonly name: string
  readonly id: number
  readonly content: { readonly text: string } | Refusal
}

/** Downloads artifacts into `folder` for as long as it takes to read them. One that fails is a refusal of that one. */
export async function fetchTexts(
  source: ArtifactSource,
  artifacts: readonly Artifact[],
  folder: string,
): Promise<FetchedText[]> {
  const fetched: FetchedText[] = []
  for (let at = 0; at < artifacts.length; at += AT_ONCE) {
    const batch = artifacts.slice(at, at + AT_ONCE)
    const contents = await Promise.all(batch.map((artifact) => fetchText(source, artifact, folder)))
    fetched.push(...batch.map(({ name, id }, index) => ({ name, id, content: contents[index] ?? NOTHING })))
  }
  return fetched
}

const NOTHING: Refusal = { refused: 'it was not downloaded' }

async function fetchText(
  { client, repository: { owner, name: repo } }: ArtifactSource,
  artifact: Artifact,
  folder: string,
): Promise<{ text: string } | Refusal> {
  if (artifact.expired) return { refused: 'it has expired' }
  if (artifact.size_in_bytes > MAX_RECORD_BYTES) return tooLarge
  const file = path.join(folder, `navpkg-received-${randomUUID()}`)
  try {
    const { sha256 } = await downloadArtifact(client, { owner, repo }, artifact, file, MAX_RECORD_BYTES)
    if (!hasDigest(artifact, sha256)) {
      return { refused: 'its content is not that of the digest which GitHub has of it' }
    }
    return { text: await readFile(file, 'utf8') }
  } catch (error) {
    if (!(error instanceof GithubError)) throw error
    return error.reason === 'too-large' ? tooLarge : { refused: `it could not be downloaded: ${error.message}` }
  } finally {
    await rm(file, { force: true })
  }
}

const tooLarge: Refusal = { refused: TOO_LARGE }

/** Whether a name fits a pattern in which `*` stands for any text; letters as on disk. */
function matcherOf(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*')
  return (name) => {
    const [first = '', ...rest] = parts
    if (rest.length === 0) return name === first
    if (!name.startsWith(first)) return false
    const last = rest.pop() ?? ''
    let at = first.length
    for (const part of rest) {
      const found = name.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return name.length - last.length >= at && name.endsWith(last)
  }
}
