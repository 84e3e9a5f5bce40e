import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import { makeZip } from '../nav-package/make-zip.js'
import { temporaryFolder } from '../support/run-engine.js'

const run = promisify(execFile)
const NAVIGATOR = path.resolve('.cache/navigator/bin/python')
const STATUSES = path.resolve('test/nav-package/statuses')
const VERSIONS = readdirSync(STATUSES).map((name) => path.basename(name, '.yaml'))

const answerSchema = z.object({
  status: z.record(z.string(), z.unknown()),
  config: z.string(),
  best: z.record(z.string(), z.unknown()),
  saved: z.unknown(),
})
const answersSchema = z.record(z.string(), z.union([z.string(), answerSchema]))
type Answer = string | z.infer<typeof answerSchema>

/** What the real Navigator says of each status as it is, and of the same one after we loaded and saved it. */
let answers: Record<string, Answer>

beforeAll(async () => {
  await using temporary = await temporaryFolder()
  const folder = temporary.path
  const files: string[] = []
  for (const version of VERSIONS) {
    const asItIs = path.join(folder, `${version}.as-it-is.nav`)
    const content = readFileSync(path.join(STATUSES, `${version}.yaml`))
    writeFileSync(asItIs, makeZip([{ name: 'status.yaml', content }, { name: 'navigator.log' }]))
    const again = path.join(folder, `${version}.again.nav`)
    await saveNavPackage(await openNavPackage(asItIs, path.join(folder, 'workspaces', version)), again)
    files.push(asItIs, again)
  }
  const { stdout } = await run(NAVIGATOR, ['test/integration/ask_upgrades.py', ...files], { maxBuffer: 2 ** 28 })
  answers = answersSchema.parse(JSON.parse(stdout))
})

describe('the real Navigator says the same of a package as of the same one that we loaded and saved', () => {
  test.each(VERSIONS.filter((version) => !version.startsWith('0.1.0')))('%s', (version) => {
    const [asItIs, again] = [answerOf(`${version}.as-it-is.nav`), answerOf(`${version}.again.nav`)]
    expect(again).toEqual({ ...asItIs, status: withExceptions(asItIs.status, again.status, version) })
    expect(again.saved).toBe(true)
    expect(again.config).toBe('CommonConfig')
  })
})

test.each([
  ['0.1.0', /^KeyError/],
  ['0.1.0-onnx', /^TypeError/],
])('a package of %s that it cannot load or use can be used and saved there once we saved it', (version, failure) => {
  const asItIs = answers[`${version}.as-it-is.nav`]
  const failed = typeof asItIs === 'string' ? asItIs : [asItIs?.saved, ...Object.values(asItIs?.best ?? {})].join()
  expect(failed).toMatch(failure)
  const again = answerOf(`${version}.again.nav`)
  expect(again.saved).toBe(true)
  expect(again.best).toEqual({
    MinLatencyStrategy: 'ModelNavigatorRuntimeAnalyzerError: No matching results found.',
    MaxThroughputStrategy: [expect.any(String), expect.any(String), 'NaN'],
    MaxThroughputWithLatencyBudgetStrategy: 'ModelNavigatorRuntimeAnalyzerError: No matching results found.',
  })
})

/** What we keep and the original drops: the TensorRT profile up to 0.1.4, and settings of profiling up to 0.2.1. */
function withExceptions(theirs: Tree, ours: Tree, version: string): Tree {
  if (version === '0.1.3' || version === '0.1.4') {
    return { ...theirs, dataloader_trt_profile: { x: { min: [1, 3, 16], opt: [8, 3, 32], max: [8, 3, 64] } } }
  }
  if (version !== '0.2.0' && version !== '0.2.1') return theirs
  const [config, profile] = [treeOf(theirs['config']), treeOf(treeOf(theirs['config'])['optimization_profile'])]
  const kept = { run_profiling: true, measurement_interval: 5000, measurement_mode: 'count_windows' }
  expect(treeOf(ours['config'])['optimization_profile']).toMatchObject(kept)
  return { ...theirs, config: { ...config, optimization_profile: { ...profile, ...kept } } }
}

type Tree = Record<string, unknown>

function treeOf(value: unknown): Tree {
  return z.record(z.string(), z.unknown()).parse(value)
}

function answerOf(file: string): z.infer<typeof answerSchema> {
  const answer = answers[file]
  if (answer === undefined || typeof answer === 'string') throw new Error(`${file}: ${answer ?? 'no answer'}`)
  return answer
}
