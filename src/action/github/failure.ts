import { z } from 'zod'

import type { Failure } from './retry.js'

/** An answer above 399, as octokit throws it. Without `response` there was no answer, whatever `status` says. */
const answered = z.object({
  status: z.number().int(),
  message: z.string(),
  response: z.object({ headers: z.record(z.string(), z.unknown()) }),
})

const caused = z.object({ cause: z.unknown().optional(), code: z.unknown().optional() })

/** Codes of Node and undici for connections that were never there, so that nothing was sent on them. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** What an attempt that threw says. `token` shows in no message. */
export function failureOf(error: unknown, token: string): Failure {
  const answer = answered.safeParse(error)
  if (!answer.success) return noAnswer(error, token)
  const { status, message, response } = answer.data
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
  const said = message.replace(/ - https:\/\/docs\.github\.com\S*$/, '')
  return { status, headers, message: masked(said, token), unsent: false }
}

/** A failure that is none of an answer: the connection, the time, or an answer that ends in the middle. */
function noAnswer(error: unknown, token: string): Failure {
  const chain = chainOf(error)
  const codes = chain.map((one) => caused.safeParse(one).data?.code)
  const messages = chain.flatMap((one) => (one instanceof Error ? [one.message] : []))
  const message = messages.at(-1) ?? String(error)
  return {
    status: null,
    headers: {},
    message: masked(message, token),
    unsent: codes.some((code) => UNSENT.has(String(code))),
  }
}

/** The error, what caused it, and so on. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let one = error; one !== undefined && one !== null && chain.length < 5; one = caused.safeParse(one).data?.cause)
    chain.push(one)
  return chain
}

function masked(text: string, token: string): string {
  return token === '' ? text : text.replaceAll(token, '***')
}
