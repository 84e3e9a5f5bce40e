import { createHash } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import * as http from 'node:http'
import * as https from 'node:https'

import { z } from 'zod'

import { writeError } from '../../core/errors.js'
import { temporaryName } from '../../core/platform/temporary.js'
import { chunksOf } from './body.js'
import { GithubError } from './error.js'
import { failureOf } from './failure.js'
import type { Attempt } from './retry.js'

/** What was downloaded: 64 hex digits, and its size. */
export interface Downloaded {
  readonly sha256: string
  readonly bytes: number
}

/** What one attempt at a download may do. */
export interface DownloadLimits {
  readonly maxBytes: number
  /** How long it may take. */
  readonly remainingMs: number
  /** How long it may stand still. */
  readonly stillMs: number
  readonly token: string
  readonly signal: AbortSignal
}

/** An answer whose body has still to be read. */
export interface Answer {
  readonly status: number
  readonly url: string
  readonly headers: object
  readonly data: unknown
}

const redirected = z.object({ location: z.string() })
const sized = z.object({ 'content-length': z.coerce.number().int().nonnegative() })
const MAX_REDIRECTS = 5

/**
 * Saves what `ask` gives, or what it redirects to, in `file`, from the start. Throws `too-large`, what the disk says,
 * and what no further attempt can change.
 */
export async function downloadAttempt(
  ask: (stop: AbortSignal) => Promise<Answer>,
  file: string,
  { maxBytes, remainingMs, stillMs, token, signal }: DownloadLimits,
): Promise<Attempt<Downloaded>> {
  const still = new AbortController()
  const timer = setTimeout(() => {
    still.abort(new Error(`nothing came for ${Math.ceil(stillMs / 1000)} s`))
  }, stillMs)
  const stop = AbortSignal.any([signal, still.signal, AbortSignal.timeout(remainingMs)])
  try {
    const source = await sourceOf(await ask(stop), stop)
    const touched = touching(source.chunks, () => timer.refresh())
    return { ok: true, value: await save(touched, source.bytes, file, maxBytes) }
  } catch (error) {
    if (error instanceof DiskError) throw error.cause
    if (error instanceof GithubError) throw error
    return { ok: false, failure: failureOf(stop.aborted ? stop.reason : error, token) }
  } finally {
    clearTimeout(timer)
  }
}

interface Source {
  readonly chunks: AsyncIterable<Uint8Array>
  /** As announced; null when it was not. */
  readonly bytes: number | null
}

async function sourceOf({ status, url, headers, data }: Answer, stop: AbortSignal): Promise<Source> {
  if (status < 300) return { chunks: chunksOf(data), bytes: announcedIn(headers) }
  if (data instanceof ReadableStream) await data.cancel()
  const { success, data: redirect } = redirected.safeParse(headers)
  if (!success) throw new GithubError('server', status, 'GitHub redirects a download to nowhere.')
  const blob = await openBlob(safeTarget(new URL(url), redirect.location), stop)
  return { chunks: blob, bytes: announcedIn(blob.headers) }
}

function announcedIn(headers: object): number | null {
  return sized.safeParse(headers).data?.['content-length'] ?? null
}

/** The blob store gets no token: the address it was given is signed. */
async function openBlob(url: URL, stop: AbortSignal, hops = 1): Promise<http.IncomingMessage> {
  const { HttpClient } = await import('@actions/http-client')
  const agent = new HttpClient().getAgent(url.href)
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const { get } = url.protocol === 'https:' ? https : http
    get(url, { agent, signal: stop }, resolve).on('error', reject)
  })
  const status = response.statusCode ?? 0
  if (status === 200) return response
  response.resume()
  const location = response.headers.location
  if (status >= 300 && status < 400 && location !== undefined && hops < MAX_REDIRECTS) {
    return openBlob(safeTarget(url, location), stop, hops + 1)
  }
  throw blobError(url, status, response.headers)
}

/** Throws where an address leaves the encrypted connection. */
function safeTarget(from: URL, location: string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : null
  if (target === null) throw new GithubError('server', null, `${from.host} redirects a download to no address.`)
  if (target.protocol === 'https:' || (from.protocol === 'http:' && target.protocol === 'http:')) return target
  throw new GithubError('server', null, `${from.host} redirects to an address that is not https.`)
}

/** What is worth another attempt is thrown as octokit throws it. */
function blobError(url: URL, status: number, headers: http.IncomingHttpHeaders): Error {
  const message = `the storage ${url.host}, to which GitHub redirects, answered ${status}`
  if (status === 408 || status === 429 || status >= 500)
    return Object.assign(new Error(message), { status, response: { headers } })
  return new GithubError('server', status, `Not downloaded: ${message}. A proxy or a firewall may stand between.`)
}

/** The disk's own trouble, which no further attempt at the network can change. */
class DiskError extends Error {}

async function save(
  chunks: AsyncIterable<Uint8Array>,
  announced: number | null,
  file: string,
  maxBytes: number,
): Promise<Downloaded> {
  const partial = temporaryName(file)
  try {
    const saved = await write(chunks, announced, partial, maxBytes)
    await onDisk(file, () => rename(partial, file))
    return saved
  } finally {
    await rm(partial, { force: true })
  }
}

async function write(
  chunks: AsyncIterable<Uint8Array>,
  announced: number | null,
  partial: string,
  maxBytes: number,
): Promise<Downloaded> {
  if (announced !== null && announced > maxBytes) throw tooLarge(maxBytes)
  await using handle: FileHandle = await onDisk(partial, () => open(partial, 'wx'))
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    hash.update(chunk)
    await onDisk(partial, () => handle.appendFile(chunk))
  }
  return { sha256: hash.digest('hex'), bytes }
}

function tooLarge(maxBytes: number): GithubError {
  return new GithubError('too-large', null, `Not downloaded: it is larger than ${maxBytes} bytes.`)
}

async function onDisk<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new DiskError('the disk', { cause: writeError(error, file) })
  }
}

async function* touching(chunks: AsyncIterable<Uint8Array>, touch: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    touch()
    yield chunk
  }
}
