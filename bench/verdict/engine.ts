import { existsSync } from 'node:fs'
import path from 'node:path'

import { buildPackage } from '../../src/core/build.js'
import { parseBuildOptions } from '../../src/core/build-options.js'
import { compare } from '../../src/core/compare.js'
import { parseCompareOptions } from '../../src/core/compare-options.js'
import type { Environment } from '../../src/core/environment.js'
import type { CompareRecord } from '../../src/core/report/comparison.js'
import type { Subject } from './subjects.js'

/** What the command line gives the engine, with everything it writes below `folder`. */
export function engineEnvironment(folder: string): Environment {
  const silent = (): void => undefined
  return {
    workerPath: path.resolve('dist/worker/index.js'),
    runtimeArchiveDir: null,
    runtimeDir: null,
    toolCacheDir: '.cache/bench/tools',
    temporaryDir: path.resolve(folder),
    recordPath: null,
    log: { debug: silent, info: silent, warn: silent },
    onProgress: silent,
    signal: new AbortController().signal,
  }
}

/** The path of the package of one of a subject's model files, as `navpkg build` makes it; made when it is not there. */
export async function packageOf(subject: Subject, modelPath: string, environment: Environment): Promise<string> {
  const output = modelPath.replace(/onnx$/, 'nav')
  if (existsSync(output)) return output
  const shapes = [...subject.request].map(([name, { shape }]) => `${name}=${shape.join('x')}`)
  const values = new Map([
    ['model', [modelPath]],
    ['output', [output]],
    ['input-shape', shapes.filter((shape) => !shape.endsWith('='))],
    ['input-range', subject.ranges.map(([name, [low, high]]) => `${name}=${low}:${high}`)],
  ])
  const request = await parseBuildOptions(values, { cwd: process.cwd(), style: 'flag' })
  const { record } = await buildPackage(request, environment)
  if (record.outcome !== 'done') throw new Error(`${modelPath} became no package: ${record.outcomeReason ?? ''}`)
  return output
}

/** What `navpkg compare` says of two packages at a tolerance for both metrics. */
export async function compared(
  packages: { readonly base: string; readonly head: string },
  { tolerance, budgetMs, seed }: { readonly tolerance: number; readonly budgetMs: number; readonly seed: number },
  environment: Environment,
): Promise<CompareRecord> {
  const values = new Map([
    ['base', [packages.base]],
    ['head', [packages.head]],
    ['tolerance', [`${100 * tolerance}%`]],
    ['time-budget', [`${budgetMs}ms`]],
    ['seed', [String(seed)]],
  ])
  return compare(await parseCompareOptions(values, { cwd: process.cwd(), style: 'flag' }), environment)
}
