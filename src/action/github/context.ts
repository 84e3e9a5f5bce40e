import { readFile } from 'node:fs/promises'

import { z } from 'zod'

import { graphqlUrlOf } from './server.js'

/** What the runner and the event say of the workflow run that this step belongs to. */
export interface GithubContext {
  readonly repository: {
    readonly owner: string
    readonly name: string
    /** null where neither the runner nor the event says. */
    readonly id: number | null
  }
  readonly defaultBranch: string | null
  readonly event: string
  /** The commit that the run is for; of a pull request mostly the merge of its head into its base. */
  readonly sha: string
  readonly ref: string
  readonly runId: number
  readonly runAttempt: number
  /** Path of the workflow file in the repository; null when the runner does not say. */
  readonly workflowPath: string | null
  readonly pullRequest: PullRequestContext | null
  /** The commit that a merge queue merges into; null outside a `merge_group`. */
  readonly mergeGroupBaseSha: string | null
  readonly serverUrl: string
  readonly apiUrl: string
  readonly graphqlUrl: string
  readonly isDefaultBranchPush: boolean
  /** The event as GitHub sent it, unchecked. */
  readonly payload: unknown
}

/** The pull request of the event. */
export interface PullRequestContext {
  readonly number: number
  readonly headSha: string
  /** null when the fork has been deleted. */
  readonly headRepositoryId: number | null
  readonly baseSha: string
  readonly baseRef: string
  /** Whether the head lies in another repository, or in one that is gone. */
  readonly isFork: boolean
}

const positive = z.number().int().positive()
const sha = z.string().regex(/^[0-9a-f]{40,64}$/)

const pullRequestSchema = z.object({
  number: positive,
  head: z.object({ sha, repo: z.object({ id: positive }).nullish() }),
  base: z.object({ sha, ref: z.string(), repo: z.object({ id: positive }).nullish() }),
})

/** What is not as expected is left out, rather than ending the run: an event of another kind has other fields. */
const payloadSchema = z.object({
  repository: z
    .object({ id: positive.optional().catch(undefined), default_branch: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  pull_request: pullRequestSchema.optional().catch(undefined),
  merge_group: z.object({ base_sha: sha }).optional().catch(undefined),
})
type Payload = z.infer<typeof payloadSchema>

/** Where and what the run is. The variables: docs.github.com, "Variables reference". */
const variablesSchema = z.object({
  GITHUB_REPOSITORY: z.string().regex(/^[^/\s]+\/[^/\s]+$/),
  GITHUB_RUN_ID: z.coerce.number().pipe(positive),
  GITHUB_EVENT_NAME: z.string().min(1),
  GITHUB_SHA: sha,
  GITHUB_REPOSITORY_ID: z.coerce.number().pipe(positive).nullable().catch(null),
  GITHUB_RUN_ATTEMPT: z.coerce.number().pipe(positive).catch(1),
  GITHUB_REF: z.string().catch(''),
  GITHUB_SERVER_URL: z.url().catch('https://github.com'),
  GITHUB_API_URL: z.url().catch('https://api.github.com'),
  GITHUB_GRAPHQL_URL: z.url().optional().catch(undefined),
  GITHUB_WORKFLOW_REF: z.string().optional(),
})

/** Reads the runner's variables and the event's payload; null outside GitHub. */
export async function readContext(environment: NodeJS.ProcessEnv): Promise<GithubContext | null> {
  const variables = variablesSchema.safeParse(environment)
  if (!variables.success) return null
  const payload = await readPayload(environment['GITHUB_EVENT_PATH'])
  return contextOf(variables.data, payload)
}

function contextOf(variables: z.infer<typeof variablesSchema>, payload: unknown): GithubContext {
  const { repository, pull_request, merge_group }: Payload = payloadSchema.safeParse(payload).data ?? {}
  const [owner = '', name = ''] = variables.GITHUB_REPOSITORY.split('/')
  const id = variables.GITHUB_REPOSITORY_ID ?? repository?.id ?? null
  const defaultBranch = repository?.default_branch ?? null
  const { GITHUB_EVENT_NAME: event, GITHUB_REF: ref } = variables
  return {
    repository: { owner, name, id },
    defaultBranch,
    event,
    sha: variables.GITHUB_SHA,
    ref,
    runId: variables.GITHUB_RUN_ID,
    runAttempt: variables.GITHUB_RUN_ATTEMPT,
    workflowPath: workflowPathOf(variables.GITHUB_WORKFLOW_REF, variables.GITHUB_REPOSITORY),
    pullRequest: pull_request === undefined ? null : pullRequestOf(pull_request, id),
    mergeGroupBaseSha: merge_group?.base_sha ?? null,
    serverUrl: variables.GITHUB_SERVER_URL,
    apiUrl: variables.GITHUB_API_URL,
    graphqlUrl: variables.GITHUB_GRAPHQL_URL ?? graphqlUrlOf(variables.GITHUB_API_URL),
    isDefaultBranchPush: event === 'push' && defaultBranch !== null && ref === `refs/heads/${defaultBranch}`,
    payload,
  }
}

function pullRequestOf(
  { number, head, base }: z.infer<typeof pullRequestSchema>,
  repositoryId: number | null,
): PullRequestContext {
  const headRepositoryId = head.repo?.id ?? null
  const own = base.repo?.id ?? repositoryId
  const isFork = headRepositoryId === null || headRepositoryId !== own
  return { number, headSha: head.sha, headRepositoryId, baseSha: base.sha, baseRef: base.ref, isFork }
}

/** `octo/demo/.github/workflows/x.yml@refs/heads/main` → `.github/workflows/x.yml`, when it is of this repository. */
function workflowPathOf(workflowRef: string | undefined, repository: string): string | null {
  const path = workflowRef?.split('@', 1)[0] ?? ''
  return path.toLowerCase().startsWith(`${repository.toLowerCase()}/`) ? path.slice(repository.length + 1) : null
}

async function readPayload(file: string | undefined): Promise<unknown> {
  if (file === undefined) return null
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}
