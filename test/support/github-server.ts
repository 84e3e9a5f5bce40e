import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { bodyOf, runtimeToken } from './artifact-service.js'
import { answerGraphql } from './github-server-graphql.js'
import { type RestAnswer, type RestCall, ROUTES } from './github-server-rest.js'
import { GithubState } from './github-server-state.js'

export { TOKEN } from './github-server-state.js'

/**
 * What goes wrong: an answer, silence, a connection that is cut before the answer or in the middle of it; `lost`: what was
 * asked for is done, and the answer never comes.
 */
export type Fault =
  | 'lost'
  | 'hang'
  | 'cut'
  | 'cut-in-answer'
  | { readonly status: number; readonly message?: string; readonly headers?: Readonly<Record<string, string>> }

/** One request as the server saw it. */
export interface LoggedRequest {
  /** `GET /repos/octo/demo/commits?sha=…` */
  readonly line: string
  readonly authorization: string | undefined
  readonly body: string
}

/** A stand-in for GitHub: REST, GraphQL, the artifact service and the blob store, with one repository, `octo/demo`. */
export interface GithubServer extends AsyncDisposable {
  readonly url: string
  readonly state: GithubState
  readonly requests: LoggedRequest[]
  /** The variables a runner would give a step of the current run. */
  environment(): Record<string, string>
  /** The next `times` requests whose line matches go wrong. */
  fail(line: RegExp, fault: Fault, times?: number): void
  /** Answers of the API to requests whose line matches are what `change` makes of them. */
  alter(line: RegExp, change: (body: unknown) => unknown): void
  /** Is waited for before a request is answered. */
  before: (line: string) => Promise<void> | void
  /** Nothing goes wrong any more. */
  heal(): void
}

/** Starts the server on a free local port. */
export async function startGithubServer(): Promise<GithubServer> {
  const github = new Github()
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => github.handle(request, body, response))
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  github.url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  return Object.assign(github, {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

class Github {
  url = ''
  readonly state = new GithubState()
  readonly requests: LoggedRequest[] = []
  before: GithubServer['before'] = () => undefined
  readonly #faults: { line: RegExp; fault: Fault; times: number }[] = []
  readonly #changes: { line: RegExp; change: (body: unknown) => unknown }[] = []

  environment(): Record<string, string> {
    const { owner, name, id, currentRun, runs } = this.state
    const run = runs.get(currentRun)
    return {
      ACTIONS_RESULTS_URL: `${this.url}/`,
      ACTIONS_RUNTIME_TOKEN: runtimeToken(),
      GITHUB_API_URL: this.url,
      GITHUB_GRAPHQL_URL: `${this.url}/graphql`,
      GITHUB_REPOSITORY: `${owner}/${name}`,
      GITHUB_REPOSITORY_ID: String(id),
      GITHUB_RUN_ID: String(currentRun),
      GITHUB_RUN_ATTEMPT: String(run?.attempt ?? 1),
      ...(run === undefined ? {} : { GITHUB_SHA: run.headSha, GITHUB_EVENT_NAME: run.event }),
    }
  }

  fail(line: RegExp, fault: Fault, times = Infinity): void {
    this.#faults.push({ line, fault, times })
  }

  alter(line: RegExp, change: (body: unknown) => unknown): void {
    this.#changes.push({ line, change })
  }

  heal(): void {
    this.#faults.length = 0
  }

  async handle(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const line = `${request.method ?? ''} ${request.url ?? '/'}`
    const { authorization } = request.headers
    this.requests.push({ line, authorization, body: isText(request) ? body.toString() : '' })
    await this.before(line)
    const fault = this.#faults.find((one) => one.times > 0 && one.line.test(line))
    if (fault === undefined) this.#answer(request, body, response)
    else {
      fault.times -= 1
      if (fault.fault === 'lost') this.#api(new URL(request.url ?? '/', this.url), request, body)
      goWrong(fault.fault, request, response)
    }
  }

  #answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url)
    if (url.pathname.startsWith('/storage/')) this.#sendBlob(url.pathname, request, response)
    else if (/^\/(twirp|blob)\//.test(url.pathname)) this.#upload(request, body, response)
    else send(response, this.#altered(request, this.#api(url, request, body)))
  }

  #altered(request: IncomingMessage, answer: RestAnswer): RestAnswer {
    const line = `${request.method ?? ''} ${request.url ?? '/'}`
    const changes = this.#changes.filter((one) => one.line.test(line))
    return changes.length === 0
      ? answer
      : { ...answer, body: changes.reduce((body, one) => one.change(body), answer.body) }
  }

  #api(url: URL, request: IncomingMessage, body: Buffer): RestAnswer {
    const token = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const identity = this.state.tokens.get(token)
    if (identity === undefined) return { status: 401, body: { message: 'Bad credentials' } }
    const call: RestCall = {
      state: this.state,
      url: this.url,
      parts: [],
      query: url.searchParams,
      body: body.length === 0 ? null : JSON.parse(body.toString()),
      accept: request.headers.accept ?? '',
      identity,
    }
    const path = url.pathname.replace(/^\/api\/v3/, '')
    if (/^(\/api)?\/graphql$/.test(path)) return answerGraphql(call)
    const root = `/repos/${this.state.owner}/${this.state.name}`
    for (const [method, pattern, answer] of path.startsWith(root) ? ROUTES : []) {
      const match = method === request.method ? pattern.exec(path.slice(root.length)) : null
      if (match !== null) return answer({ ...call, parts: match.slice(1).map(decodeURIComponent) })
    }
    return { status: 404, body: { message: 'Not Found' } }
  }

  #upload(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const run = this.state.runs.get(this.state.currentRun) ?? this.state.run()
    run.artifacts.url = this.url
    run.artifacts.handle(request, body, response)
  }

  #sendBlob(path: string, request: IncomingMessage, response: ServerResponse): void {
    const id = Number(path.split('/').at(-1))
    const artifacts = [...this.state.runs.values()].flatMap((run) => [...run.artifacts.artifacts.values()])
    const blobs = [...artifacts, ...this.state.releases.flatMap(({ assets }) => assets)]
    const bytes = blobs.find((one) => one.id === id)?.bytes
    // Azure's answer to a signed address that comes with another authorization.
    if (request.headers.authorization !== undefined) response.writeHead(400).end('InvalidAuthenticationInfo')
    else if (bytes === undefined) response.writeHead(404).end()
    else
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length }).end(bytes)
  }
}

function send(response: ServerResponse, { status, body, headers = {} }: RestAnswer): void {
  const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }
  response.writeHead(status, { ...type, ...headers }).end(body === undefined ? '' : JSON.stringify(body))
}

function goWrong(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
  if (fault === 'hang') return
  if (fault === 'cut' || fault === 'lost') request.socket.destroy()
  else if (fault === 'cut-in-answer') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
    response.write('{"id":', () => {
      request.socket.destroy()
    })
  } else
    send(response, {
      status: fault.status,
      body: { message: fault.message ?? `fault ${fault.status}` },
      headers: fault.headers ?? {},
    })
}

function isText(request: IncomingMessage): boolean {
  return request.headers['content-type']?.includes('json') ?? false
}
