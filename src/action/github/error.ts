import { plainText } from '../../core/report/escape.js'
import { permissionFor } from './permissions.js'
import { type Failure, isRateLimit, serverDelayMs } from './retry.js'

/** What kind of answer GitHub gave, for callers that act on it. */
export type GithubErrorReason =
  'permission' | 'not-found' | 'conflict' | 'invalid' | 'rate-limit' | 'server' | 'network' | 'too-large'

/** A request that GitHub did not do, after all attempts. The message is for people and carries no secret. */
export class GithubError extends Error {
  readonly reason: GithubErrorReason
  /** null when no answer came. */
  readonly status: number | null

  constructor(reason: GithubErrorReason, status: number | null, message: string) {
    super(message)
    this.name = 'GithubError'
    this.reason = reason
    this.status = status
  }
}

/** What was asked of GitHub. */
export interface Asked {
  readonly method: string
  /** The path with its parameters filled in, without the query. */
  readonly path: string
}

/** The error for the last failure of a request that was tried `attempts` times; `nowMs` is the time since the epoch. */
export function errorOf(asked: Asked, failure: Failure, attempts: number, nowMs: number): GithubError {
  const reason = reasonOf(failure)
  return new GithubError(reason, failure.status, sentences(reason, asked, failure, attempts, nowMs))
}

type AnsweredReason = Exclude<GithubErrorReason, 'too-large'>

function reasonOf(failure: Failure): AnsweredReason {
  const { status } = failure
  if (status === null) return 'network'
  if (isRateLimit(failure)) return 'rate-limit'
  if (status === 401 || status === 403) return 'permission'
  if (status === 404 || status === 410) return 'not-found'
  if (status === 409) return 'conflict'
  return status >= 400 && status < 500 ? 'invalid' : 'server'
}

function sentences(reason: AnsweredReason, asked: Asked, failure: Failure, attempts: number, nowMs: number): string {
  const what = `${asked.method} ${plainText(asked.path, 200)}`
  const why = [failure.status, plainText(failure.message, 300)]
    .filter((part) => part !== null && part !== '')
    .join(': ')
  const tried = attempts > 1 ? `, also at attempt ${attempts}` : ''
  switch (reason) {
    case 'permission':
      return `GitHub refuses ${what} (${why}). ${permissionAdvice(asked, failure)}`
    case 'not-found':
      return `GitHub knows nothing of ${what} (${why}). ${notFoundAdvice(asked)}`
    case 'conflict':
      return `${what} is in conflict with what GitHub has (${why}).`
    case 'invalid':
      return `GitHub does not take ${what} (${why}).`
    case 'rate-limit':
      return `GitHub's rate limit holds ${what} back (${why})${tried}.${limitEnds(failure, nowMs)}`
    case 'server':
      return `GitHub failed at ${what} (${why})${tried}.`
    case 'network':
      return `GitHub did not answer ${what} (${why})${tried}.`
  }
}

function permissionAdvice(asked: Asked, { status }: Failure): string {
  if (status === 401) return 'The token is not valid (any more): see the input github-token.'
  const permission = permissionFor(asked.method, asked.path)
  return permission === null
    ? "The workflow's token may not do that."
    : `The workflow's token probably lacks \`permissions: ${permission}\`.`
}

function notFoundAdvice(asked: Asked): string {
  const permission = permissionFor(asked.method, asked.path)
  const lacking = permission === null ? 'may not see it' : `lacks \`permissions: ${permission}\``
  return `It does not exist, or the workflow's token ${lacking}.`
}

function limitEnds(failure: Failure, nowMs: number): string {
  const delayMs = serverDelayMs(failure, nowMs)
  return delayMs === null ? '' : ` It asks to wait ${Math.ceil(delayMs / 1000)} s.`
}
