import { build } from 'esbuild'

import { ACTION_PATH, CLI_PATH, WORKER_PATH } from './built-paths.js'

/**
 * Bundles the worker, the command line and the actions from source, beside each other as in dist/, so that tests run the code as it
 * is now rather than the committed dist/.
 */
export default async function buildFromSource(): Promise<void> {
  await Promise.all([
    bundle('src/worker/index.ts', WORKER_PATH),
    bundle('src/cli/index.ts', CLI_PATH),
    bundle('src/action/index.ts', ACTION_PATH),
  ])
}

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
  })
}
