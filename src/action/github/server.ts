/** Where GraphQL is beside a REST API: `https://HOST/api/graphql` for `https://HOST/api/v3`, else `/graphql` below it. */
export function graphqlUrlOf(apiUrl: string): string {
  return `${apiUrl.replace(/\/v3\/?$/, '').replace(/\/+$/, '')}/graphql`
}

/** Whether it is a GitHub Enterprise Server, which has no artifact service of version 4. */
export function isEnterpriseServer(serverUrl: string): boolean {
  return !/(^github\.com|\.ghe\.com|\.localhost)$/i.test(new URL(serverUrl).hostname)
}
