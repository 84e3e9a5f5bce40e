import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

import { z } from 'zod'

import type { Backend } from '../src/core/backends/backend.js'
import { createOnnxRuntimeBackend } from '../src/core/backends/onnxruntime/backend.js'
import type { SamplingRule } from '../src/core/measurement/sampling.js'
import type { SessionSettings } from '../src/core/plan/candidate.js'
import { resolveRuntime } from '../src/core/platform/runtime-folder.js'
import { RUNTIME_VERSION } from '../src/core/platform/runtime-manifest.js'
import type { Subject } from './overhead-models.js'
import { pythonWith } from './virtual-environment.js'

export type BlockRule = Extract<SamplingRule, { kind: 'block' }>

/** One loaded model in one process; `block` gives the nanoseconds of every request. */
export interface Side extends AsyncDisposable {
  block(rule: BlockRule): Promise<readonly number[]>
}

/** Loads a model in a fresh process. */
export type Opener = (subject: Subject, settings: SessionSettings) => Promise<Side>

/** Our worker as it ships in `dist/`, through the backend that every run uses. */
export async function ourBackend(): Promise<Backend> {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const folders = { runtimeDir: null, runtimeArchiveDir: null, toolCacheDir: '.cache/bench/tools' }
  const { bindingPath, version } = await resolveRuntime(folders, log)
  const workerPath = path.resolve('dist/worker/index.js')
  return createOnnxRuntimeBackend({ workerPath, bindingPath, version, log })
}

/** What may end a process of ours: far beyond what any model of the benches takes. */
export const LIMITS = { memoryBytes: 4 * 2 ** 30, loadTimeoutMs: 60_000, requestTimeoutMs: 60_000 }

export async function ourWorker(): Promise<Opener> {
  const backend = await ourBackend()
  return async ({ modelPath, request }, settings) => {
    const session = await backend.load({ modelPath, settings, limits: LIMITS }, new AbortController().signal)
    return {
      block: async (rule) => {
        const { samples } = await session.measure({ request, batchAxes: new Map(), batchSize: null, rule })
        return [...samples.latencyNs]
      },
      [Symbol.asyncDispose]: () => session.close(),
    }
  }
}

/** Python's ONNX Runtime of the same version, installed under `.cache/bench` when it is not there yet. */
export async function pythonRuntime(): Promise<Opener> {
  const python = await pythonWith('.cache/bench/onnxruntime', [`onnxruntime==${RUNTIME_VERSION}`, 'numpy==2.3.5'])
  return async ({ modelPath, request }, settings) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'navpkg-bench-'))
    const inputs = []
    for (const [name, { dtype, shape, data }] of request) {
      if (!ArrayBuffer.isView(data)) throw new Error(`${name} holds strings, which have no raw bytes`)
      const file = path.join(folder, `${inputs.length}.bin`)
      await writeFile(file, data)
      inputs.push({ name, dtype, shape, path: file })
    }
    return openPython(python, { model: modelPath, settings, inputs }, folder)
  }
}

async function openPython(python: string, job: object, folder: string): Promise<Side> {
  const script = path.resolve('bench/onnxruntime_session.py')
  const child = spawn(python, [script, JSON.stringify(job)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise((resolve) => child.on('close', resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(schema: z.ZodType<T>): Promise<T> => {
    const line = await lines.next()
    if (line.done === true) throw new Error('the Python process ended early')
    return schema.parse(JSON.parse(line.value))
  }
  const version = await answer(z.string())
  if (version !== RUNTIME_VERSION) throw new Error(`Python has ONNX Runtime ${version}, the worker ${RUNTIME_VERSION}`)
  return {
    block: (rule) => {
      child.stdin.write(`${JSON.stringify(rule)}\n`)
      return answer(z.array(z.number()))
    },
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}
