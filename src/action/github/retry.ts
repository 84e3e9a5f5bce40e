import { setTimeout } from 'node:timers/promises'

/** How often and how long a request is tried; times in milliseconds. */
export interface RetryRule {
  readonly attempts: number
  /** How long an attempt may take; of a download, how long it may stand still. */
  readonly attemptTimeoutMs: number
  /** How long all attempts and the waiting between them may take together. */
  readonly totalMs: number
  /** The same for a download. */
  readonly downloadTotalMs: number
  /** The wait before the second attempt is up to this; the next may be twice as long, and so on. */
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** When GitHub asks for a longer wait than this, the request is given up: asking sooner would only be refused. */
  readonly maxServerDelayMs: number
  /** Time since the epoch. */
  readonly now: () => number
  /** Rejects when `signal` aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** A number in [0, 1). */
  readonly random: () => number
}

export const DEFAULT_RULE: RetryRule = {
  attempts: 5,
  attemptTimeoutMs: 30_000,
  totalMs: 180_000,
  downloadTotalMs: 1_800_000,
  firstDelayMs: 1000,
  maxDelayMs: 20_000,
  maxServerDelayMs: 90_000,
  now: Date.now,
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, { signal })
  },
  random: Math.random,
}

/** Why one attempt did not give what was asked for. */
export interface Failure {
  /** null when no answer came. */
  readonly status: number | null
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly message: string
  /** Whether it is sure that the request never reached the server. */
  readonly unsent: boolean
}

export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }

/** Whether GitHub did nothing because too much was asked of it. A secondary limit comes as a 403, sometimes with no header. */
export function isRateLimit({ status, headers, message }: Failure): boolean {
  if (status === 429) return true
  if (status !== 403) return false
  return 'retry-after' in headers || headers['x-ratelimit-remaining'] === '0' || /rate limit|abuse/i.test(message)
}

const SECONDARY_LIMIT = /secondary rate limit|abuse/i
/** What docs.github.com asks for where a secondary limit comes without a time ("Rate limits for the REST API"). */
const SECONDARY_LIMIT_MS = 60_000

/** How long GitHub asks to wait; null when it does not say. */
export function serverDelayMs(failure: Failure, nowMs: number): number | null {
  const { headers, message } = failure
  const after = headers['retry-after']
  if (after !== undefined) {
    const ms = /^\s*\d+\s*$/.test(after) ? Number(after) * 1000 : Date.parse(after) - nowMs
    if (Number.isFinite(ms)) return Math.max(0, ms)
  }
  const reset = Number(headers['x-ratelimit-reset'])
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset)) return Math.max(0, reset * 1000 - nowMs)
  return isRateLimit(failure) && SECONDARY_LIMIT.test(message) ? SECONDARY_LIMIT_MS : null
}

/** Where a request stands when an attempt has failed. */
export interface Progress {
  /** How many attempts were made. */
  readonly attempts: number
  readonly elapsedMs: number
  /** How long everything may take. */
  readonly totalMs: number
  /** Whether doing it twice does no more than doing it once. */
  readonly repeatable: boolean
}

/**
 * How long to wait before the next attempt; null when there is to be none. What may have been done already is only
 * asked for again when it is repeatable: a comment must not be posted twice.
 */
export function retryDelayMs(
  failure: Failure,
  { attempts, elapsedMs, totalMs, repeatable }: Progress,
  rule: RetryRule,
): number | null {
  if (attempts >= rule.attempts) return null
  const limited = isRateLimit(failure)
  if (!limited && !isPassing(failure)) return null
  if (!limited && !failure.unsent && !repeatable) return null
  const asked = serverDelayMs(failure, rule.now())
  if (asked !== null && asked > rule.maxServerDelayMs) return null
  // Full jitter: clients that failed together do not come back together.
  const delayMs = (asked ?? 0) + rule.random() * Math.min(rule.maxDelayMs, rule.firstDelayMs * 2 ** (attempts - 1))
  return elapsedMs + delayMs > totalMs ? null : delayMs
}

/** Whether the same request may well succeed a little later. */
function isPassing({ status }: Failure): boolean {
  return status === null || status === 408 || (status >= 500 && status !== 501)
}

/** What came of a request, and after how many attempts. */
export interface Tried<T> {
  readonly last: Attempt<T>
  readonly attempts: number
}

/** Makes attempts until one succeeds or the rule ends them. `attempt` is told how long it may take. */
export async function retried<T>(
  attempt: (remainingMs: number) => Promise<Attempt<T>>,
  { repeatable, totalMs }: Pick<Progress, 'repeatable' | 'totalMs'>,
  rule: RetryRule,
  signal: AbortSignal,
): Promise<Tried<T>> {
  const start = rule.now()
  for (let attempts = 1; ; attempts += 1) {
    const last = await attempt(Math.max(1, totalMs - (rule.now() - start)))
    if (last.ok || signal.aborted) return { last, attempts }
    const elapsedMs = rule.now() - start
    const delayMs = retryDelayMs(last.failure, { attempts, elapsedMs, totalMs, repeatable }, rule)
    if (delayMs === null) return { last, attempts }
    const rested = await rule.sleep(delayMs, signal).then(
      () => true,
      () => false,
    )
    if (!rested) return { last, attempts }
  }
}
