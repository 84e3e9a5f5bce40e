/** A repository on a server, in the words of `GithubContext`. */
interface Place {
  readonly serverUrl: string
  readonly repository: { readonly owner: string; readonly name: string }
}

/** Where people see a workflow run. */
export function runUrl({ serverUrl, repository: { owner, name } }: Place, runId: number | string): string {
  return `${serverUrl}/${owner}/${name}/actions/runs/${runId}`
}

/** Where people see what a run uploaded. */
export function artifactUrl(place: Place, runId: number | string, artifactId: number): string {
  return `${runUrl(place, runId)}/artifacts/${artifactId}`
}

/** The path of a workflow's file. GitHub adds the ref to some: `.github/workflows/ci.yml@main`. */
export function workflowFile(path: string): string {
  return path.split('@', 1)[0] ?? path
}
