import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Environment } from '../core/environment.js'

/** The engine's environment in a terminal; `dist/worker` and `dist/runtime` lie beside this file's folder. */
export function terminalEnvironment(
  own: Pick<Environment, 'log' | 'onProgress' | 'signal' | 'runtimeDir' | 'recordPath'>,
): Environment {
  const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
  return {
    ...own,
    workerPath: path.join(dist, 'worker', 'index.js'),
    runtimeArchiveDir: path.join(dist, 'runtime'),
    toolCacheDir: process.env['RUNNER_TOOL_CACHE'] ?? path.join(cacheHome(), 'navpkg'),
    temporaryDir: process.env['RUNNER_TEMP'] ?? os.tmpdir(),
  }
}

function cacheHome(): string {
  return process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache')
}
