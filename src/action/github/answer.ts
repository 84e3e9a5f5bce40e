import type { z } from 'zod'

import { GithubError } from './error.js'

/** What GitHub answered, as `schema` has it. Throws {@link GithubError} for a form that is not known; `what` names it there. */
export function parseAnswer<T>(schema: z.ZodType<T>, data: unknown, what: string): T {
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
  throw new GithubError('server', null, `GitHub's answer about ${what} has a form that is not known (at "${where}").`)
}
