import * as core from '@actions/core'

import type { GithubInputs } from './inputs.js'

export interface UploadedArtifact {
  readonly id: string
  readonly url: string
}

/**
 * Uploads one file as it is, not zipped again; the artifact is named after the file. null, with a note in the log, when
 * this server has no artifact service or it refuses: the file stays where it is. The step fails only when the name is
 * taken and `ifExists` is `error`.
 */
export async function uploadArtifact(
  file: string,
  { ifExists, retentionDays }: Pick<GithubInputs, 'ifExists' | 'retentionDays'>,
): Promise<UploadedArtifact | null> {
  if (process.env['ACTIONS_RUNTIME_TOKEN'] === undefined) {
    core.notice(`No artifact service here; the file stays at ${file}`)
    return null
  }
  try {
    const { DefaultArtifactClient } = await import('@actions/artifact')
    const client = new DefaultArtifactClient()
    const name = file.split(/[\\/]/).at(-1) ?? file
    if (ifExists === 'overwrite') await client.deleteArtifact(name).catch(() => undefined)
    const folder = file.slice(0, file.length - name.length) || '.'
    const options = retentionDays === null ? {} : { retentionDays }
    const { id } = await client.uploadArtifact(name, [file], folder, { ...options, skipArchive: true })
    return { id: String(id ?? ''), url: artifactUrl(id) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (ifExists === 'error' && why.includes('(409)')) {
      core.setFailed(
        `${file}: this workflow run has an artifact of that name. Give another name or target, or if-exists: overwrite.`,
      )
      return null
    }
    core.warning(`${file} could not be uploaded: ${why}. It stays on the runner.`)
    return null
  }
}

function artifactUrl(id: number | undefined): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = process.env
  return `${server ?? 'https://github.com'}/${repository ?? ''}/actions/runs/${run ?? ''}/artifacts/${id ?? ''}`
}
