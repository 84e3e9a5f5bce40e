import { stripVTControlCharacters } from 'node:util'

import { expect, test } from 'vitest'

import { profileText } from '../../src/cli/profile-text.js'
import { renderProfile } from '../../src/core/report/profile-markdown.js'
import { type ProfileRecord, profileRecordSchema } from '../../src/core/report/profile-record.js'
import { measurement } from './records.js'

const HOSTILE = '|<b>[x](y)`\u001b[31m::error::@me'

/** A record of three samples with two widths, under any names. */
function recordOf(name: string): ProfileRecord {
  const shapes = (width: number) => [{ name, shape: [1, 3, 48, width] }]
  const spread = (value: number) => ({ min: value, mean: value, max: value })
  const over = (sampleCount: number, ms: number) => [
    { batchSize: 1, sampleCount, p50LatencyMs: spread(ms), throughputPerSecond: spread(1000 / ms) },
  ]
  const nothing = { settings: null, file: null, failureClass: null, loadMs: null, peakMemoryBytes: null }
  const figures = { samples: [], overSamples: [], shapes: [], slowest: [], concurrency: [] }
  const sample = (id: number, width: number, ms: number) => ({
    ...{ id, name: `${name}${id}`, shapes: shapes(width), status: 'OK' as const, reason: null },
    measurements: [measurement(1, ms)],
  })
  return {
    schemaVersion: '1.0',
    tool: { name: 'navigator-package-action', version: '0.1.0' },
    command: 'profile',
    name,
    target: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 12_000,
    outcome: 'done',
    outcomeReason: null,
    host: {
      ...{ cpu: 'CPU', logicalCores: 2, allowedCores: 2, memoryBytes: 2 ** 33 },
      ...{ platform: 'linux-x64', release: '6', node: 'v24' },
    },
    fingerprint: {},
    settings: {
      ...{
        batchSizes: [1],
        maxBatchSize: null,
        concurrency: [1, 2],
        formats: null,
        runners: null,
        timeBudgetMs: 60_000,
      },
      ...{ seed: 0, windowSize: 25, stabilityPercentage: 10, runtime: { name: 'onnxruntime-node', version: '1.30.0' } },
    },
    package: { path: `/p/${name}.nav` },
    model: { inputs: [], outputs: [], batchAxis: 0 },
    samples: { origin: 'user', count: 4, shapes: [], profilingId: 2 },
    models: [
      {
        key: name,
        format: 'onnx',
        runners: [
          {
            ...nothing,
            ...{ runner: 'OnnxCPU', candidateId: null, status: 'OK', reason: null, isAskedFor: true },
            samples: [
              sample(0, 32, 2),
              sample(1, 32, 2),
              sample(2, 64, 6),
              { ...sample(3, 64, 6), status: 'FAIL', reason: `no ${name}`, measurements: [] },
            ],
            overSamples: over(3, 3),
            shapes: [
              { shapes: shapes(32), sampleCount: 2, overSamples: over(2, 2) },
              { shapes: shapes(64), sampleCount: 2, overSamples: over(1, 6) },
            ],
            slowest: [{ sampleId: 2, name: `${name}2`, p50LatencyMs: 6, timesTheMedian: 3 }],
            concurrency: [
              {
                ...{ streams: 1, threadsPerStream: 2, batchSize: 1, sampleId: 2, reason: null },
                figures: {
                  ...{ overlapMs: 1000, requestCount: 160, throughputPerSecond: 160 },
                  ...{ p50LatencyMs: { value: 6, interval: null }, p99LatencyMs: null },
                },
              },
              {
                ...{ streams: 2, threadsPerStream: 1, batchSize: 1, sampleId: 2 },
                ...{ figures: null, reason: 'time budget' },
              },
            ],
          },
          {
            ...nothing,
            ...figures,
            ...{ runner: 'OnnxCUDA', candidateId: null, status: 'SKIPPED', isAskedFor: true },
            reason: `${name} cannot be run`,
          },
        ],
      },
    ],
    previous: [],
    environment: null,
    yaml: { path: '/p/results.yaml' },
    output: null,
    notes: [`a note on ${name}`],
  }
}

test('keeps to its schema', () => {
  expect(profileRecordSchema.parse(recordOf('x'))).toEqual(recordOf('x'))
})

test('a terminal of 80 columns shows every sample count, shape, slowest sample, stream and what was not measured', () => {
  expect(stripVTControlCharacters(profileText(recordOf('rec'), 80))).toMatchInlineSnapshot(`
    "
    rec: 4 samples of yours profiled on 1 model
    on CPU, 2 cores, onnxruntime-node 1.30.0

    rec on OnnxCPU
      batch  samples  p50 mean     from       to  throughput mean    from      to
          1        3   3.00 ms  3.00 ms  3.00 ms           333 /s  333 /s  333 /s

      shape          samples  p50 at batch 1  throughput at batch 1  at best  batch
      rec 1x3x48x32        2         2.00 ms                 500 /s   500 /s      1
      rec 1x3x48x64        2         6.00 ms                 167 /s   167 /s      1

      Slowest: rec2 6.00 ms (3.00 × the median sample)
      1 sample failed: no rec (rec3)

      Parallel streams, each a process of its own
      streams  threads each  batch      p50  p99   throughput  of one stream
            1             2      1  6.00 ms    –       160 /s         1.00 ×
            2             1      1        –    –  time budget              –

    – rec on OnnxCUDA: rec cannot be run
    Note: a note on rec
    Results: /p/results.yaml
    "
  `)
})

test('the summary has the same in tables of GitHub', () => {
  expect(renderProfile(recordOf('rec'))).toMatchInlineSnapshot(`
    "## 📊 \`rec\`: 4 samples of yours profiled on 1 model

    Measured on **CPU, 2 cores, onnxruntime-node 1.30.0**.

    ### rec on OnnxCPU

    | batch | samples | p50 mean | from | to | throughput mean | from | to |
    | --: | --: | --: | --: | --: | --: | --: | --: |
    | 1 | 3 | 3.00 ms | 3.00 ms | 3.00 ms | 333 /s | 333 /s | 333 /s |

    Slowest: \`rec2\` 6.00 ms (3.00 × the median sample)

    ⚠️ 1 sample failed: no rec (rec3)

    <details><summary>By shape (2)</summary>

    | shape | samples | p50 at batch 1 | throughput at batch 1 | at best | batch |
    | :-- | --: | --: | --: | --: | --: |
    | rec 1x3x48x32 | 2 | 2.00 ms | 500 /s | 500 /s | 1 |
    | rec 1x3x48x64 | 2 | 6.00 ms | 167 /s | 167 /s | 1 |

    </details>

    <details><summary>Parallel streams, each a process of its own</summary>

    | streams | threads each | batch | p50 | p99 | throughput | of one stream |
    | --: | --: | --: | --: | --: | --: | --: |
    | 1 | 2 | 1 | 6.00 ms | – | 160 /s | 1.00 × |
    | 2 | 1 | 1 | – | – | time budget | – |

    </details>

    <details><summary>Not measured (1)</summary>

    - rec on OnnxCUDA: rec cannot be run

    </details>

    <details><summary>Machine, method, notes</summary>

    linux-x64 6 · Node v24 · 25-request windows, stable within 10 % · 12.0 s of 1 min · navigator-package-action 0.1.0

    - a note on rec

    </details>
    "
  `)
})

test('names of strangers are shown and do nothing', () => {
  const markdown = renderProfile(recordOf(HOSTILE))
  expect(markdown).not.toMatch(/<b>|\u001b|::error::|@me|[^\\]\]\(y\)/)
  const cells = markdown.split('\n').filter((line) => line.startsWith('|'))
  for (const line of cells) expect(line.split('|').length, line).toBeGreaterThan(4)
  expect(profileText(recordOf(HOSTILE), 80)).not.toMatch(/\u001b\[31m:|::error::/)
})
