import { GithubError } from './error.js'

/** GitHub's longest answers, pages of a hundred, have a few MiB. */
const MAX_ANSWER_BYTES = 64 * 2 ** 20

/** Reads an answer to its end: parsed where it is JSON, else as a text. Throws when it breaks off or is no JSON. */
export async function readBody(body: unknown, contentType: string): Promise<unknown> {
  const text = await readText(body)
  return /^application\/([\w.-]+\+)?json\b/i.test(contentType) && !/\.raw\b/.test(contentType) ? JSON.parse(text) : text
}

async function readText(body: unknown): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunksOf(body)) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) {
      throw new GithubError('too-large', null, `GitHub's answer is longer than ${MAX_ANSWER_BYTES} bytes.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The bytes of an answer's body, which is null where there is none. */
export function chunksOf(body: unknown): AsyncIterable<Uint8Array> {
  return body instanceof ReadableStream ? bytesOf(body) : noBytes()
}

async function* bytesOf(body: ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) if (chunk instanceof Uint8Array) yield chunk
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
