import { z } from 'zod'

import type { GithubClient } from './client.js'
import type { Downloaded } from './download.js'

/** An artifact as GitHub lists it. */
export const artifactSchema = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  size_in_bytes: z.number().int().nonnegative(),
  expired: z.boolean(),
  /** `sha256:` and 64 hex digits of what was uploaded; older artifacts have none. */
  digest: z.string().nullish(),
  workflow_run: z
    .object({
      id: z.number().int().positive(),
      head_repository_id: z.number().int().positive().nullish(),
      head_branch: z.string().nullish(),
      head_sha: z.string(),
    })
    .nullish(),
})
export type Artifact = z.infer<typeof artifactSchema>

/** One page of a list of them. */
export const artifactPage = z.object({ artifacts: z.array(artifactSchema) })

/** Whether `sha256` is what GitHub says of the upload; where it says nothing, something else has to vouch. */
export function hasDigest({ digest }: { readonly digest?: string | null | undefined }, sha256: string): boolean {
  return digest === undefined || digest === null || digest === `sha256:${sha256}`
}

/** Saves the content of an artifact as it was uploaded. Throws GithubError, and what the disk says. */
export function downloadArtifact(
  client: GithubClient,
  repository: { readonly owner: string; readonly repo: string },
  { id }: Pick<Artifact, 'id'>,
  file: string,
  maxBytes: number,
): Promise<Downloaded> {
  const route = 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}'
  return client.download(route, { ...repository, artifact_id: id, archive_format: 'zip' }, file, { maxBytes })
}
