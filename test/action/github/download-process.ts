import { testClient } from './test-client.js'

/*
 * A process that downloads an artifact, since the runner's variables for proxies are read once per process:
 * `URL ARTIFACT-ID FILE`. Prints how many bytes it got.
 */
const [url = '', id = '', file = ''] = process.argv.slice(2)
const client = await testClient({ url })
const route = 'GET /repos/octo/demo/actions/artifacts/{id}/zip'
const { bytes } = await client.download(route, { id }, file, { maxBytes: 100 })
process.stdout.write(String(bytes))
