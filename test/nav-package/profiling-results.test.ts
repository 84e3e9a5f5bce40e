import { expect, test } from 'vitest'

import { printProfilingResults } from '../../src/core/nav-package/profiling-results.js'
import { readYaml } from '../../src/core/nav-package/yaml/reader.js'

const row = {
  sampleId: 0,
  batchSize: 1,
  avgLatency: 2,
  stdLatency: 0.1,
  p50Latency: 1.5,
  p90Latency: 1e-5,
  p95Latency: 3,
  p99Latency: 4,
  throughput: 500,
  requestCount: 25,
}

test('prints what the real Navigator prints: numbers as keys, floats as floats, its order', () => {
  const text = printProfilingResults({
    models: [
      {
        key: 'onnx',
        runners: [
          { runner: 'OnnxCPU', status: 'OK', detailed: new Map([[0, [row]]]) },
          { runner: 'OnnxCUDA', status: 'SKIPPED', detailed: new Map() },
        ],
      },
    ],
    samplesData: new Map([[0, [{ name: 'x', shape: [1, 3] }]]]),
  })
  expect(text).toBe(`models:
  onnx:
    runners:
      OnnxCPU:
        status: OK
        detailed:
          0:
          - batch_size: 1
            avg_latency: 2.0
            std_latency: 0.1
            p50_latency: 1.5
            p90_latency: 1.0e-05
            p95_latency: 3.0
            p99_latency: 4.0
            throughput: 500.0
            avg_gpu_clock: .nan
            request_count: 25
      OnnxCUDA:
        status: SKIPPED
        detailed: {}
samples_data:
  0:
    x:
    - 1
    - 3
`)
})

test('keeps names in their order and as text, whatever a stranger called them', () => {
  const names = ['10', '9', '__proto__', 'yes', 'a: b', '0~1/k', 'größe']
  const text = printProfilingResults({
    models: names.map((key) => ({
      key,
      runners: [{ runner: key, status: 'OK', detailed: new Map([[1, [{ ...row, batchSize: null }]]]) }],
    })),
    samplesData: new Map([[0, names.map((name) => ({ name, shape: [] }))]]),
  })
  const lines = text.split('\n')
  const keysAt = (indent: string): string[] =>
    lines.filter((line) => new RegExp(`^${indent}[^ -]`).test(line)).map((line) => line.trim())
  expect(keysAt('  ').slice(0, names.length)).toEqual([
    "'10':",
    "'9':",
    '__proto__:',
    "'yes':",
    "'a: b':",
    '0~1/k:',
    '"gr\\xF6\\xDFe":',
  ])
  const { value } = readYaml(text, () => false)
  expect(Object.keys(Object(Reflect.get(Object(value), 'models')) as object).sort()).toEqual([...names].sort())
})

test('says nothing of samples where nothing was measured', () => {
  expect(printProfilingResults({ models: [], samplesData: new Map() })).toBe('models: {}\nsamples_data: {}\n')
})
