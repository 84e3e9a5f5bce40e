import type { CompareRecord, MetricComparison } from '../../src/core/report/comparison.js'

const lane = (batchSize: number | null): NonNullable<MetricComparison['base']> => ({
  modelKey: 'onnx',
  candidateId: null,
  sha256: '0'.repeat(64),
  settings: { graphLevel: 'all', intraOpThreads: 2, spinning: true, memoryArena: true },
  batchSize,
})

const latency: MetricComparison = {
  name: 'latency-p50',
  verdict: 'same',
  ratio: 1.004,
  interval: [0.991, 1.013],
  level: 0.996,
  tolerance: 0.05,
  baseMs: 1.05,
  headMs: 1.06,
  base: lane(1),
  head: lane(1),
}

const throughput: MetricComparison = {
  ...latency,
  name: 'throughput',
  baseMs: 0.25,
  headMs: 0.251,
  base: lane(8),
  head: lane(8),
}

const same: CompareRecord = {
  schemaVersion: '1.0',
  tool: { name: 'navigator-package-action', version: '0.1.0' },
  command: 'compare',
  startedAt: '2026-01-02T03:04:05.000Z',
  durationMs: 20_000,
  outcome: 'done',
  host: {
    cpu: 'Example CPU 7B13',
    logicalCores: 2,
    allowedCores: 2,
    memoryBytes: 8e9,
    platform: 'linux-x64',
    release: '6.1.0',
    node: 'v24.1.0',
  },
  environment: null,
  fingerprint: { cpu: 'Example CPU 7B13' },
  base: { path: '/runner/base.nav' },
  head: { path: '/runner/head.nav' },
  settings: { recorded: false, timeBudgetMs: 120_000, onInconclusive: 'warn', seed: 0, runtime: null },
  verdict: 'same',
  reason: 'measured',
  explanation: 'Measured side by side.',
  metrics: [latency, throughput],
  generations: 14,
  spentMs: 16_200,
  evidence: [],
  accuracy: {
    samples: 5,
    outputs: [{ name: 'y', atol: 0, rtol: 0, relativeRms: 0, cosine: 1, topOneAgreement: 1 }],
  },
  size: { baseBytes: 583_000, headBytes: 583_000 },
  notes: [],
}

const differing = { name: 'y', atol: 0.1, rtol: 0.2, relativeRms: 0.004, cosine: 0.99, topOneAgreement: 0.8 }

/** One record of every kind of comparison, by the name of its golden file. */
export const COMPARISONS: ReadonlyMap<string, CompareRecord> = new Map([
  ['same', same],
  [
    'slower',
    {
      ...same,
      verdict: 'slower',
      outcome: 'gate-failed',
      metrics: [
        { ...latency, verdict: 'slower', ratio: 1.124, interval: [1.093, 1.151], headMs: 1.18 },
        {
          ...throughput,
          verdict: 'inconclusive',
          ratio: 1.051,
          interval: [1.009, 1.094],
          headMs: 0.263,
          head: lane(16),
        },
      ],
      accuracy: { samples: 1, outputs: [differing] },
      size: { baseBytes: 583_000, headBytes: 1_220_000 },
      environment: environment(['Another process (yes) used 0.9 of 2 cores.']),
    },
  ],
  [
    'faster',
    { ...same, verdict: 'faster', metrics: [{ ...latency, verdict: 'faster', ratio: 0.5, interval: [0.48, 0.53] }] },
  ],
  [
    'inconclusive',
    {
      ...same,
      verdict: 'inconclusive',
      reason: 'time-budget',
      explanation:
        'The time budget ended before it was sure whether the head is slower in p50 latency. A quieter machine or a ' +
        'wider tolerance would settle it; more time hardly would.',
      metrics: [{ ...latency, verdict: 'inconclusive', interval: null, level: null }],
      generations: 1,
    },
  ],
  [
    'not-comparable',
    {
      ...same,
      verdict: 'not-comparable',
      reason: 'different-inputs',
      explanation: 'The two do not take the same inputs: the head has no input "<b>x</b> | ::error::".',
      metrics: [],
      generations: 0,
      accuracy: null,
      size: null,
      notes: ['A note with `code` and <i>markup</i>.'],
    },
  ],
  ['identical', { ...same, reason: 'identical', metrics: [], generations: 0, accuracy: null, size: null }],
])

function environment(warnings: string[]): NonNullable<CompareRecord['environment']> {
  const state = {
    loadAverage: null,
    runnable: null,
    pressurePercent: null,
    clockMhz: null,
    governor: null,
    boost: null,
    quotaCores: null,
    swapUsedBytes: null,
    gpus: null,
  }
  return { before: state, after: state, during: [], warnings }
}
