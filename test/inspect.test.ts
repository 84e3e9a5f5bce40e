import path from 'node:path'

import { expect, test } from 'vitest'

import { buildPackage } from '../src/core/build.js'
import { inspectPackage } from '../src/core/inspect.js'
import { openNavPackage, saveNavPackage } from '../src/core/nav-package/archive-file.js'
import type { RunnerStatus, Status } from '../src/core/nav-package/status.js'
import { NO_SPELLINGS } from '../src/core/nav-package/status-yaml.js'
import { makeStatus } from './nav-package/make-status.js'
import { temporaryFolder, testEnvironment, testRequest } from './support/run-engine.js'

/** A runner's row with `[batch size, p50 ms, items per second]` figures. */
function runner(
  name: string,
  figures: [number, number | null, number][],
  status: RunnerStatus['status'] = {},
): RunnerStatus {
  const results = figures.map(([batch_size, p50_latency, throughput]) => ({ batch_size, p50_latency, throughput }))
  return {
    runner_name: name,
    status: { Correctness: 'OK', Performance: 'OK', ...status },
    result: { Performance: { profiling_results: results } },
  }
}

const MODEL = { key: 'onnx', recomputedKey: 'onnx' }

function withRunners(base: Status, rows: readonly RunnerStatus[]): Status {
  const [model] = Object.values(base.models_status)
  const runners = Object.fromEntries(rows.map((row) => [row.runner_name, row]))
  return { ...base, models_status: { onnx: { ...model!, runners_status: runners } } }
}

async function save(status: Status, folder: string): Promise<string> {
  const file = path.join(folder, 'p.nav')
  await saveNavPackage({ status, spellings: NO_SPELLINGS, entries: new Map(), warnings: [] }, file)
  return file
}

test('ranks the rows of a foreign package by the real rule: strictly, and only what is correct and measured', async () => {
  await using folder = await temporaryFolder()
  const base = makeStatus({ cpu: { name: 'Example CPU', logical_cores: 8 } })
  const file = await save(
    withRunners(base, [
      runner('Quick', [
        [1, 1, 900],
        [8, 10, 800],
      ]),
      runner('SameButLater', [[1, 1, 900]]),
      runner('Wide', [
        [1, 2, 500],
        [8, 4, 2000],
      ]),
      runner('Wrong', [[1, 0.1, 9000]], { Correctness: 'FAIL' }),
      runner('NotNow', [[1, 0.1, 9000]], { Performance: 'SKIPPED' }),
    ]),
    folder.path,
  )
  const report = await inspectPackage(file, { latencyBudgetMs: 3 })
  const quick = { ...MODEL, runner: 'Quick', batchSize: 1, p50LatencyMs: 1, throughputPerSecond: 900 }
  const wide = { ...MODEL, runner: 'Wide', batchSize: 8, p50LatencyMs: 4, throughputPerSecond: 2000 }
  const best = [
    {
      strategy: 'max-throughput-and-min-latency',
      ...{ latencyBudgetMs: null, runtime: null },
      reason: 'no single runtime is both: onnx on Quick has the least latency, onnx on Wide the most throughput',
    },
    { strategy: 'max-throughput', latencyBudgetMs: null, runtime: wide, reason: null },
    { strategy: 'min-latency', latencyBudgetMs: null, runtime: quick, reason: null },
    { strategy: 'max-throughput-with-latency-budget', latencyBudgetMs: 3, runtime: quick, reason: null },
  ]
  expect(report.best).toEqual([false, true].flatMap((includeSource) => best.map((one) => ({ includeSource, ...one }))))
  expect(report).toMatchObject({
    madeBy: 'Model Navigator 0.14.0',
    measuredAt: '2024-05-06T07:08:09.123456',
    machine: 'Example CPU, 8 cores',
    finding: null,
  })
})

test('takes the strictest rows for what they are: NaN is never best, and a row without percentiles has throughput', async () => {
  await using folder = await temporaryFolder()
  const status = withRunners(makeStatus(), [
    runner('NotMeasurable', [[1, NaN, NaN]]),
    runner('Legacy', [[1, null, 700]]),
    runner('Plain', [[1, 5, 100]]),
  ])
  const { best } = await inspectPackage(await save(status, folder.path))
  expect(best.slice(0, 3).map(({ runtime }) => runtime?.runner)).toEqual([undefined, 'Legacy', 'Plain'])
})

test('leaves out source models and exported programs unless sources may serve', async () => {
  await using folder = await temporaryFolder()
  const base = makeStatus()
  const models = ['torch', 'torch-exportedprogram', 'trt'].map((format, index) => {
    const [model] = Object.values(
      withRunners(base, [runner(`On${index}`, [[1, index + 1, 100 - index]])]).models_status,
    )
    return [format, { ...model!, model_config: { format, parent_key: null } }] as const
  })
  const file = await save({ ...base, models_status: Object.fromEntries(models) }, folder.path)
  const { best, isEmpty } = await inspectPackage(file)
  expect(best.map(({ runtime }) => runtime?.key)).toEqual(['trt', 'trt', 'trt', 'torch', 'torch', 'torch'])
  expect(isEmpty).toBe(true)
})

test('says who made a package of ours, and no longer believes its record once status.yaml changed', async () => {
  await using folder = await temporaryFolder()
  const request = testRequest(folder.path)
  await buildPackage(request, testEnvironment(folder.path))
  const own = await inspectPackage(request.output)
  expect(own.madeBy).toMatch(/^navigator-package-action \d/)
  expect(own).toMatchObject({
    finding: 'classifier is built into a package; nothing was measured',
    isEmpty: false,
    samples: [
      { set: 'profiling', inputs: 1, outputs: 1 },
      { set: 'correctness', inputs: 5, outputs: 5 },
      { set: 'conversion', inputs: 1, outputs: 1 },
    ],
  })
  const opened = await openNavPackage(request.output, path.join(folder.path, 'opened'))
  await saveNavPackage({ ...opened, status: { ...opened.status, uuid: 'other' } }, request.output)
  expect(await inspectPackage(request.output)).toMatchObject({ madeBy: 'Model Navigator 0.14.0', finding: null })
  await saveNavPackage(
    {
      ...opened,
      entries: new Map([['navpkg/run-record.json', { kind: 'memory', content: new TextEncoder().encode('{') }]]),
    },
    request.output,
  )
  expect(await inspectPackage(request.output)).toMatchObject({ finding: null })
})
