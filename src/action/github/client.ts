import type { getOctokit } from '@actions/github'
import { z } from 'zod'

import type { Log } from '../../core/platform/log.js'
import { type Asked, errorOf, GithubError } from './error.js'
import { failureOf } from './failure.js'
import { readBody } from './body.js'
import { type Answer, type Downloaded, downloadAttempt } from './download.js'
import { type Attempt, DEFAULT_RULE, retried, type RetryRule } from './retry.js'
import { graphqlUrlOf } from './server.js'

export { GithubError }

/** One answer of GitHub's. */
export interface GithubAnswer {
  readonly status: number
  /** Parsed where it is JSON, else a text; unchecked. */
  readonly data: unknown
  /** With names in lower case. */
  readonly headers: Record<string, string>
}

/** GitHub's API with retries. Every method throws {@link GithubError}, and nothing else for what GitHub answers or fails to. */
export interface GithubClient {
  /** `route` as GitHub's documentation writes it: `GET /repos/{owner}/{repo}`. */
  request(route: string, parameters?: Record<string, unknown>): Promise<GithubAnswer>
  /** The data of one page after the other, `maxPages` at most. */
  pages(route: string, parameters: Record<string, unknown>, maxPages: number): AsyncIterable<unknown>
  /** The `data` of a query; for queries only, since it is asked again when no answer comes. */
  graphql(query: string, variables: Record<string, unknown>): Promise<unknown>
  /** Replaces `file` by what the route gives, through the redirect to a blob store; a failure leaves nothing. */
  download(
    route: string,
    parameters: Record<string, unknown>,
    file: string,
    limits: { readonly maxBytes: number },
  ): Promise<Downloaded>
}

/** Where and as whom to ask. */
export interface ClientOptions {
  readonly token: string
  readonly apiUrl: string
  /** Default: where GitHub and GitHub Enterprise Server have it, by `apiUrl`. */
  readonly graphqlUrl?: string
  readonly log: Log
  /** Ends what is going on; it throws a `network` error then. */
  readonly signal: AbortSignal
  readonly retry?: Partial<RetryRule>
}

type Octokit = ReturnType<typeof getOctokit>

/** Proxies are those of the runner's variables. Loads its library only when called: most runs need none of it. */
export async function createGithubClient(options: ClientOptions): Promise<GithubClient> {
  const { getOctokit } = await import('@actions/github')
  const debug = (message: string): void => {
    options.log.debug(message)
  }
  const baseUrl = options.apiUrl.replace(/\/+$/, '')
  const octokit = getOctokit(options.token, { baseUrl, log: { debug, info: debug, warn: debug, error: debug } })
  return new RestClient(octokit, baseUrl, options)
}

const graphqlAnswer = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ type: z.string().optional(), message: z.string() })).optional(),
})

const UNKNOWN_FORM = { type: 'INTERNAL', message: 'the answer has a form that is not known' }

/** The status that REST gives for the same; GraphQL answers 200. */
const STATUS_OF_TYPE = new Map([
  ['FORBIDDEN', 403],
  ['NOT_FOUND', 404],
  ['RATE_LIMITED', 429],
  ['INTERNAL', 500],
])

class RestClient implements GithubClient {
  readonly #octokit: Octokit
  readonly #baseUrl: string
  readonly #options: ClientOptions
  readonly #rule: RetryRule

  constructor(octokit: Octokit, baseUrl: string, options: ClientOptions) {
    this.#octokit = octokit
    this.#baseUrl = baseUrl
    this.#options = options
    this.#rule = { ...DEFAULT_RULE, ...options.retry }
  }

  request(route: string, parameters: Record<string, unknown> = {}): Promise<GithubAnswer> {
    const asked = this.#asked(route, parameters)
    return this.#retried(asked, asked.method !== 'POST', (remainingMs) => this.#attempt(route, parameters, remainingMs))
  }

  async *pages(route: string, parameters: Record<string, unknown>, maxPages: number): AsyncGenerator {
    let next: Record<string, unknown> | null = parameters
    for (let page = 0; page < maxPages && next !== null; page += 1) {
      const { data, headers }: GithubAnswer = await this.request(route, next)
      yield data
      const more = nextPage(headers['link'])
      next = more === null ? null : { ...parameters, ...more }
    }
  }

  async graphql(query: string, variables: Record<string, unknown>): Promise<unknown> {
    const route = `POST ${this.#options.graphqlUrl ?? graphqlUrlOf(this.#baseUrl)}`
    const asked = { method: 'POST', path: '/graphql' }
    const { data } = await this.#retried(asked, true, async (remainingMs) => {
      const attempt = await this.#attempt(route, { query, variables }, remainingMs)
      return attempt.ok ? graphqlAttempt(attempt.value) : attempt
    })
    return data
  }

  async download(
    route: string,
    parameters: Record<string, unknown>,
    file: string,
    { maxBytes }: { readonly maxBytes: number },
  ): Promise<Downloaded> {
    const asked = this.#asked(route, parameters)
    const { token, signal } = this.#options
    const open = (stop: AbortSignal): ReturnType<Octokit['request']> => {
      const request = { signal: stop, redirect: 'manual' as const, parseSuccessResponseBody: false }
      return this.#octokit.request(route, { ...parameters, request })
    }
    const attempt = (remainingMs: number): Promise<Attempt<Downloaded>> =>
      downloadAttempt(open, file, { maxBytes, remainingMs, stillMs: this.#rule.attemptTimeoutMs, token, signal })
    return await this.#retried(asked, true, attempt, this.#rule.downloadTotalMs)
  }

  async #attempt(
    route: string,
    parameters: Record<string, unknown>,
    remainingMs: number,
  ): Promise<Attempt<GithubAnswer>> {
    const { token, signal } = this.#options
    const timeoutMs = Math.min(this.#rule.attemptTimeoutMs, remainingMs)
    const timeout = AbortSignal.timeout(timeoutMs)
    const stop = AbortSignal.any([signal, timeout])
    try {
      const request = { signal: stop, parseSuccessResponseBody: false }
      const answer: Answer = await this.#octokit.request(route, { ...parameters, request })
      const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
      const data = await readBody(answer.data, headers['content-type'] ?? '')
      return { ok: true, value: { status: answer.status, headers, data } }
    } catch (error) {
      if (error instanceof GithubError) throw error
      const late = new Error(`no answer within ${Math.ceil(timeoutMs / 1000)} s`)
      return { ok: false, failure: failureOf(timeout.aborted ? late : error, token) }
    }
  }

  async #retried<T>(
    asked: Asked,
    repeatable: boolean,
    attempt: (remainingMs: number) => Promise<Attempt<T>>,
    totalMs = this.#rule.totalMs,
  ): Promise<T> {
    const { log, signal } = this.#options
    const noted = async (remainingMs: number): Promise<Attempt<T>> => {
      const one = await attempt(remainingMs)
      if (!one.ok)
        log.debug(`${asked.method} ${asked.path}: ${one.failure.status ?? 'no answer'} ${one.failure.message}`)
      return one
    }
    const { last, attempts } = await retried(noted, { repeatable, totalMs }, this.#rule, signal)
    if (!last.ok) throw errorOf(asked, last.failure, attempts, this.#rule.now())
    return last.value
  }

  #asked(route: string, parameters: Record<string, unknown>): Asked {
    const { method, url } = this.#octokit.request.endpoint(route, parameters)
    const path = url.startsWith(this.#baseUrl) ? url.slice(this.#baseUrl.length) : url
    return { method, path: path.replace(/\?.*$/s, '') }
  }
}

function graphqlAttempt(answer: GithubAnswer): Attempt<{ data: unknown }> {
  const { data, errors = [] } = graphqlAnswer.safeParse(answer.data).data ?? { data: null, errors: [UNKNOWN_FORM] }
  const [first] = errors
  if (first === undefined) return { ok: true, value: { data } }
  const status = STATUS_OF_TYPE.get(first.type ?? '') ?? 422
  return { ok: false, failure: { status, headers: answer.headers, message: first.message, unsent: false } }
}

/** The parameters of the next page by the `Link` header; the host in it is not looked at, so that the token stays here. */
function nextPage(link: string | undefined): Record<string, string> | null {
  const url = /<([^<>]+)>;\s*rel="next"/.exec(link ?? '')?.[1]
  return url === undefined || !URL.canParse(url) ? null : Object.fromEntries(new URL(url).searchParams)
}
