import path from 'node:path'

/** What `build-from-source.ts` bundles from source: beside each other as in dist/, so that the command line finds the worker. */
export const WORKER_PATH = path.resolve('.cache/worker/index.js')
export const CLI_PATH = path.resolve('.cache/cli/index.js')
/** The actions, which start with the word of their step. */
export const ACTION_PATH = path.resolve('.cache/action/index.js')
