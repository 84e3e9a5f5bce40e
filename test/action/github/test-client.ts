import { createGithubClient, type ClientOptions, type GithubClient } from '../../../src/action/github/client.js'
import type { RetryRule } from '../../../src/action/github/retry.js'
import { type Fault, type GithubServer, TOKEN } from '../../support/github-server.js'

/** A rule that loses no time. */
export const QUICK: Partial<RetryRule> = { attempts: 3, sleep: () => Promise.resolve() }

/** The same for a server that goes wrong like that: only silence has to be waited for, and a busy machine may be silent too. */
export function quickAt(fault: Fault, attempts = 5): Partial<RetryRule> {
  return fault === 'hang' ? { ...QUICK, attempts, attemptTimeoutMs: 150 } : QUICK
}

/** A client of the stand-in, as the workflow's token, that waits for nothing. */
export function testClient(
  server: Pick<GithubServer, 'url'>,
  changes: Partial<ClientOptions> = {},
): Promise<GithubClient> {
  const silent = (): void => undefined
  return createGithubClient({
    token: TOKEN,
    apiUrl: server.url,
    log: { debug: silent, info: silent, warn: silent },
    signal: new AbortController().signal,
    retry: QUICK,
    ...changes,
  })
}
