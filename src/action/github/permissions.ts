/** Which permission of a workflow's token a request needs; the first row that fits. Source: docs.github.com, REST API. */
const NEEDED: readonly [pattern: RegExp, scope: string][] = [
  [/^\/repos\/[^/]+\/[^/]+\/actions\//, 'actions'],
  [/^\/repos\/[^/]+\/[^/]+\/(issues|pulls)(\/|$)/, 'pull-requests'],
  [/^\/repos\/[^/]+\/[^/]+\/commits\/[^/]+\/pulls$/, 'pull-requests'],
  [/^\/repos\/[^/]+\/[^/]+\/(commits|compare|contents|releases|git|branches)(\/|$)/, 'contents'],
  [/\/graphql$/, 'pull-requests'],
]

/** `actions: read`, as it stands in a workflow under `permissions`; null when it is not known. Paths start at the API's root. */
export function permissionFor(method: string, path: string): string | null {
  const scope = NEEDED.find(([pattern]) => pattern.test(path))?.[1]
  if (scope === undefined) return null
  const reads = method === 'GET' || method === 'HEAD' || path.endsWith('/graphql')
  return `${scope}: ${reads ? 'read' : 'write'}`
}
