import path from 'node:path'

export const WORKER_PATH = path.resolve('.cache/worker/index.mjs')
