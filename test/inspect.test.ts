import path from 'node:path'

import { expect, test } from 'vitest'

import { buildPackage } from '../src/core/build.js'
import { inspectPackage } from '../src/core/inspect.js'
import { openNavPackage, saveNavPackage } from '../src/core/nav-package/archive-file.js'
import type { RunnerStatus } from '../src/core/nav-package/status.js'
import { NO_SPELLINGS } from '../src/core/nav-package/status-yaml.js'
import { makeStatus } from './nav-package/make-status.js'
import { temporaryFolder, testEnvironment, testRequest } from './support/run-engine.js'

/** A runner's row with `[batch size, p50 ms, items per second]` figures. */
function runner(name: string, figures: [number, number, number][], status: RunnerStatus['status'] = {}): RunnerStatus {
  const results = figures.map(([batch_size, p50_latency, throughput]) => ({ batch_size, p50_latency, throughput }))
  return {
    runner_name: name,
    status: { Correctness: 'OK', Performance: 'OK', ...status },
    result: { Performance: { profiling_results: results } },
  }
}

test('ranks the rows of a foreign package by the real rule: strictly, and only what is correct and measured', async () => {
  await using folder = await temporaryFolder()
  const base = makeStatus({ cpu: { name: 'Example CPU', logical_cores: 8 } })
  const [model] = Object.values(base.models_status)
  const rows = [
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
  ]
  const runners = Object.fromEntries(rows.map((row) => [row.runner_name, row]))
  const status = { ...base, models_status: { onnx: { ...model!, runners_status: runners } } }
  const file = path.join(folder.path, 'p.nav')
  await saveNavPackage({ status, spellings: NO_SPELLINGS, entries: new Map(), warnings: [] }, file)
  const report = await inspectPackage(file)
  expect(report.best).toEqual([
    {
      strategy: 'max-throughput',
      key: 'onnx',
      runner: 'Wide',
      batchSize: 8,
      p50LatencyMs: 4,
      throughputPerSecond: 2000,
    },
    { strategy: 'min-latency', key: 'onnx', runner: 'Quick', batchSize: 1, p50LatencyMs: 1, throughputPerSecond: 900 },
  ])
  expect(report).toMatchObject({
    madeBy: 'Model Navigator 0.14.0',
    measuredAt: '2024-05-06T07:08:09.123456',
    machine: 'Example CPU, 8 cores',
    finding: null,
  })
})

test('says who made a package of ours, and no longer believes its record once status.yaml changed', async () => {
  await using folder = await temporaryFolder()
  const request = testRequest(folder.path)
  await buildPackage(request, testEnvironment(folder.path))
  const own = await inspectPackage(request.output)
  expect(own.madeBy).toMatch(/^navigator-package-action \d/)
  expect(own).toMatchObject({
    finding: 'classifier is built into a package; nothing was measured',
    best: [],
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
