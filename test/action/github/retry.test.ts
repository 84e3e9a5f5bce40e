import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  DEFAULT_RULE,
  type Failure,
  isRateLimit,
  type Progress,
  retried,
  retryDelayMs,
  type RetryRule,
} from '../../../src/action/github/retry.js'

const NOW = Date.parse('2030-01-01T00:00:00Z')
const RULE: RetryRule = { ...DEFAULT_RULE, now: () => NOW, random: () => 0.5 }
const FIRST: Progress = { attempts: 1, elapsedMs: 0, totalMs: RULE.totalMs, repeatable: true }

const failed = (status: number | null, headers: Record<string, string> = {}, message = ''): Failure => ({
  status,
  headers,
  message,
  unsent: false,
})

const failures = fc.record({
  status: fc.option(fc.integer({ min: 300, max: 599 })),
  headers: fc.dictionary(
    fc.constantFrom('retry-after', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'date'),
    fc.oneof(fc.string(), fc.nat().map(String), fc.date().map(String)),
    { noNullPrototype: true },
  ),
  message: fc.string(),
  unsent: fc.boolean(),
})
const progresses = fc.record({
  attempts: fc.integer({ min: 1, max: 10 }),
  elapsedMs: fc.integer({ min: 0, max: 300_000 }),
  totalMs: fc.constant(RULE.totalMs),
  repeatable: fc.boolean(),
})

test('whatever a server answers, the wait is within the rule or there is none', () => {
  fc.assert(
    fc.property(
      failures,
      progresses,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failure, progress, random) => {
        const delayMs = retryDelayMs(failure, progress, { ...RULE, random: () => random })
        if (delayMs === null) return
        expect(progress.attempts).toBeLessThan(RULE.attempts)
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThanOrEqual(RULE.maxServerDelayMs + RULE.maxDelayMs)
        expect(progress.elapsedMs + delayMs).toBeLessThanOrEqual(progress.totalMs)
      },
    ),
  )
})

test('what may not be done twice is only tried again when nothing was done', () => {
  fc.assert(
    fc.property(failures, progresses, (failure, progress) => {
      const delayMs = retryDelayMs(failure, { ...progress, repeatable: false }, RULE)
      if (delayMs !== null) expect(failure.unsent || isRateLimit(failure)).toBe(true)
    }),
  )
})

describe('whether there is another attempt', () => {
  const limited = failed(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 10) })
  test.each<[string, Failure, boolean, boolean]>([
    ['a 500', failed(500), true, false],
    ['a 502', failed(502), true, false],
    ['a 501', failed(501), false, false],
    ['no answer', failed(null), true, false],
    ['no connection', { ...failed(null), unsent: true }, true, true],
    ['a 408', failed(408), true, false],
    ['a 429', failed(429), true, true],
    ['a 403 with retry-after', failed(403, { 'retry-after': '3' }), true, true],
    ['a 403 with no requests remaining', limited, true, true],
    [
      'a 403 that speaks of a secondary rate limit',
      failed(403, {}, 'You have exceeded a secondary rate limit'),
      true,
      true,
    ],
    ['a 403', failed(403, { 'x-ratelimit-remaining': '4000' }, 'Resource not accessible by integration'), false, false],
    ['a 404', failed(404), false, false],
    ['a 409', failed(409), false, false],
    ['a 422', failed(422), false, false],
  ])('after %s', (_, failure, repeatable, once) => {
    expect(retryDelayMs(failure, FIRST, RULE) !== null).toBe(repeatable)
    expect(retryDelayMs(failure, { ...FIRST, repeatable: false }, RULE) !== null).toBe(once)
  })
})

describe('how long the wait is', () => {
  test('each may be twice as long as the one before, up to a limit', () => {
    const delays = [1, 2, 3, 4].map((attempts) =>
      retryDelayMs(failed(500), { ...FIRST, attempts }, { ...RULE, maxDelayMs: 3000 }),
    )
    expect(delays).toEqual([500, 1000, 1500, 1500])
  })

  test.each([
    ['seconds', { 'retry-after': '7' }, 7500],
    ['a date', { 'retry-after': new Date(NOW + 4000).toUTCString() }, 4500],
    ['a date that is over', { 'retry-after': new Date(NOW - 4000).toUTCString() }, 500],
    ['the end of a rate limit', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 20) }, 20_500],
    ['nothing that can be read', { 'retry-after': 'soon' }, 500],
    ['longer than is worth waiting for', { 'retry-after': '3600' }, null],
  ])('a server that says %s', (_, headers, expected) => {
    expect(retryDelayMs(failed(429, headers), FIRST, RULE)).toBe(expected)
  })
})

test('a secondary limit without a time is waited for as long as GitHub asks in general', () => {
  const secondary = failed(403, {}, 'You have exceeded a secondary rate limit. Please wait a few minutes.')
  expect(retryDelayMs(secondary, FIRST, RULE)).toBe(60_500)
})

test('all attempts together keep to the time', async () => {
  let now = 0
  const waits: number[] = []
  const rule: RetryRule = {
    ...RULE,
    attempts: 100,
    now: () => now,
    sleep: (ms) => {
      waits.push(ms)
      now += ms
      return Promise.resolve()
    },
  }
  const { last, attempts } = await retried(
    (remainingMs) => {
      now += Math.min(30_000, remainingMs)
      return Promise.resolve({ ok: false as const, failure: failed(503) })
    },
    { repeatable: true, totalMs: 100_000 },
    rule,
    new AbortController().signal,
  )
  expect(last.ok).toBe(false)
  expect(now).toBeLessThanOrEqual(100_000)
  expect(attempts).toBe(waits.length + 1)
})

test('a stop ends the waiting', async () => {
  const stop = new AbortController()
  const attempt = (): Promise<{ ok: false; failure: Failure }> => {
    queueMicrotask(() => {
      stop.abort()
    })
    return Promise.resolve({ ok: false, failure: failed(503) })
  }
  const { attempts } = await retried(
    attempt,
    { repeatable: true, totalMs: 1e9 },
    { ...RULE, firstDelayMs: 1e8, maxDelayMs: 1e8 },
    stop.signal,
  )
  expect(attempts).toBe(1)
})
