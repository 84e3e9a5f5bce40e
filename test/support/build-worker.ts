import path from 'node:path'

import { build } from 'esbuild'

import { WORKER_PATH } from './worker-path.js'

/** Bundles the worker from source, so that tests run the code as it is now rather than the committed dist/. */
export default async function buildWorker(): Promise<void> {
  await build({
    entryPoints: [path.resolve('src/worker/index.ts')],
    outfile: WORKER_PATH,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
  })
}
