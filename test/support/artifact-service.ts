import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { z } from 'zod'

/** One artifact as the service keeps it. */
export interface StoredArtifact {
  readonly id: number
  readonly bytes: Buffer
  readonly contentType: string
  /** When it expires, or null for the repository's default. */
  readonly expiresAt: string | null
  readonly createdAt: Date
}

/** GitHub's artifact service (protocol v4) and its blob store, for one workflow run. */
export interface ArtifactService extends AsyncDisposable {
  /** The variables a runner would give a step to reach the service. */
  readonly environment: Readonly<Record<string, string>>
  /** Finished artifacts by name. */
  readonly artifacts: Map<string, StoredArtifact>
}

const wrapped = z.object({ value: z.string() }).or(z.string())
const call = z.object({
  name: z.string().optional(),
  mime_type: wrapped.optional(),
  expires_at: z.string().optional(),
  size: z.string().optional(),
  hash: wrapped.optional(),
  name_filter: wrapped.nullish(),
})
type Call = z.infer<typeof call>
/** The client masks it in the log, so it must not be a text that occurs elsewhere. */
const SIGNATURE = 'signature-of-the-upload'
type Answer = readonly [status: number, body: object]

/** Starts the service on a free local port. `taken` are names that artifacts of the same run already have. */
export async function startArtifactService(taken: readonly string[] = []): Promise<ArtifactService> {
  const store = new ArtifactStore()
  for (const name of taken) store.keep(name, Buffer.from('of an earlier step'))
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      store.handle(request, body, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  store.url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  return {
    environment: {
      ACTIONS_RESULTS_URL: `${store.url}/`,
      ACTIONS_RUNTIME_TOKEN: runtimeToken(),
      GITHUB_REPOSITORY: 'octo/demo',
      GITHUB_RUN_ID: '7',
    },
    artifacts: store.artifacts,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The artifacts of one workflow run, and the service that takes them. */
export class ArtifactStore {
  /** Where the service is reached; what it hands out begins with it. */
  url = ''
  readonly artifacts = new Map<string, StoredArtifact>()
  readonly #nextId: () => number
  readonly #uploads = new Map<string, { call: Call; blocks: Map<string, Buffer>; bytes: Buffer | null }>()

  constructor(nextId: () => number = counter(1000)) {
    this.#nextId = nextId
  }

  /** Keeps an artifact as if a step had uploaded it. */
  keep(name: string, bytes: Buffer, contentType = 'application/octet-stream', expiresAt: string | null = null): number {
    const id = this.#nextId()
    this.artifacts.set(name, { id, bytes, contentType, expiresAt, createdAt: new Date() })
    return id
  }

  /** Answers a call of the artifact service or a part of an upload. */
  handle(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url)
    const method = /^\/twirp\/github\.actions\.results\.api\.v1\.ArtifactService\/(\w+)$/.exec(url.pathname)?.[1]
    if (method === undefined) {
      this.#putBlob(url, body)
      response.writeHead(201, { etag: '"1"', 'last-modified': new Date().toUTCString() }).end()
      return
    }
    const [status, answer] = this.#answer(method, call.parse(JSON.parse(body.toString())))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  #answer(method: string, request: Call): Answer {
    const name = request.name ?? ''
    switch (method) {
      case 'CreateArtifact':
        if (this.artifacts.has(name)) return [409, { code: 'already_exists', msg: 'the name is taken' }]
        this.#uploads.set(name, { call: request, blocks: new Map(), bytes: null })
        return [200, { ok: true, signed_upload_url: `${this.url}/blob/${encodeURIComponent(name)}?sig=${SIGNATURE}` }]
      case 'FinalizeArtifact':
        return this.#finalize(name, request)
      case 'ListArtifacts': {
        const names = [...this.artifacts.keys()].filter((one) => one === text(request.name_filter))
        return [200, { artifacts: names.map((one) => this.#listed(one)) }]
      }
      case 'DeleteArtifact':
        return [200, { ok: true, artifact_id: String(this.#delete(name)) }]
      default:
        return [404, { code: 'bad_route', msg: method }]
    }
  }

  #finalize(name: string, { size, hash }: Call): Answer {
    const upload = this.#uploads.get(name)
    const bytes = upload?.bytes ?? null
    if (upload === undefined || bytes === null) return [404, { code: 'not_found', msg: 'no such upload' }]
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    if (Number(size) !== bytes.length || text(hash) !== digest) {
      return [400, { code: 'invalid_argument', msg: 'size or hash differ from what was uploaded' }]
    }
    const { mime_type, expires_at = null } = upload.call
    return [200, { ok: true, artifact_id: String(this.keep(name, bytes, text(mime_type), expires_at)) }]
  }

  #delete(name: string): number {
    const id = this.artifacts.get(name)?.id ?? 0
    this.artifacts.delete(name)
    return id
  }

  #listed(name: string): object {
    const ids = { workflow_run_backend_id: 'run', workflow_job_run_backend_id: 'job' }
    const { id = 0, bytes, createdAt } = this.artifacts.get(name) ?? {}
    const size = String(bytes?.length ?? 0)
    return { ...ids, database_id: String(id), name, size, created_at: createdAt?.toISOString() ?? '' }
  }

  #putBlob(url: URL, body: Buffer): void {
    const upload = this.#uploads.get(decodeURIComponent(url.pathname.slice('/blob/'.length)))
    if (upload === undefined) return
    const kind = url.searchParams.get('comp')
    if (kind === 'block') upload.blocks.set(url.searchParams.get('blockid') ?? '', body)
    else if (kind === 'blocklist') {
      const ids = [...body.toString().matchAll(/<Latest>([^<]+)</g)].map((match) => match[1] ?? '')
      upload.bytes = Buffer.concat(ids.map((id) => upload.blocks.get(id) ?? Buffer.alloc(0)))
    } else upload.bytes = body
  }
}

/** Counts up from `first`. */
export function counter(first: number): () => number {
  let next = first
  return () => next++
}

/** The whole body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

function text(value: z.infer<typeof wrapped> | null | undefined): string {
  return typeof value === 'object' ? (value?.value ?? '') : (value ?? '')
}

/** The client reads the ids of run and job from the token's scope. */
export function runtimeToken(): string {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url')
  return `${part({ alg: 'none', typ: 'JWT' })}.${part({ scp: 'Actions.Results:run:job', exp: 4102444800 })}.x`
}
