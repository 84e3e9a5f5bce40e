import { access, constants, mkdir } from 'node:fs/promises'

import type { Environment } from './environment.js'
import { availableMemoryBytes, describeHost } from './platform/host.js'
import { resolveRuntime } from './platform/runtime-folder.js'
import { RUNTIME_VERSION } from './platform/runtime-manifest.js'

/** One line of the diagnosis. `fix` is what to do about it; null when nothing is wrong. */
export interface Finding {
  readonly subject: string
  readonly status: 'ok' | 'fail'
  readonly detail: string
  readonly fix: string | null
}

/** Looks at everything a run needs from this machine, and runs nothing of the user's. */
export async function diagnose(environment: Environment): Promise<Finding[]> {
  const host = describeHost()
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  const ok = (subject: string, detail: string): Finding => ({ subject, status: 'ok', detail, fix: null })
  return [
    ok('Node.js', host.node),
    ok('Platform', `${host.platform}, ${host.release}`),
    ok('CPU', `${host.cpu}, ${host.allowedCores} of ${host.logicalCores} cores allowed`),
    ok('Memory', `${gib(availableMemoryBytes())} free of ${gib(host.memoryBytes)}`),
    await runtimeFinding(environment),
    await folderFinding('Temporary folder', environment.temporaryDir),
    await folderFinding('Tool cache', environment.toolCacheDir),
  ]
}

async function runtimeFinding(environment: Environment): Promise<Finding> {
  const subject = 'ONNX Runtime'
  try {
    const { version, origin, bindingPath } = await resolveRuntime(environment, environment.log)
    return { subject, status: 'ok', detail: `${version} from the ${origin} (${bindingPath})`, fix: null }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return {
      subject,
      status: 'fail',
      detail,
      fix: `npm install onnxruntime-node@${RUNTIME_VERSION} --ignore-scripts, then --runtime-dir`,
    }
  }
}

async function folderFinding(subject: string, folder: string): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
    return { subject, status: 'ok', detail: folder, fix: null }
  } catch {
    return { subject, status: 'fail', detail: `${folder} cannot be written`, fix: `make ${folder} writable` }
  }
}
