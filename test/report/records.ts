import type { CandidateRecord, MeasurementRecord, RunRecord } from '../../src/core/report/run-record.js'

const SHA256 = '9f2c'.repeat(16)

/** One batch size: `latencyMs` is its median, the other figures follow from it. */
export function measurement(batchSize: number | null, latencyMs: number): MeasurementRecord {
  const estimate = (factor: number): { value: number; interval: [number, number] } => ({
    value: latencyMs * factor,
    interval: [latencyMs * factor * 0.98, latencyMs * factor * 1.02],
  })
  return {
    batchSize,
    requestCount: 250,
    warmupCount: 25,
    stable: true,
    latencyMs: {
      mean: estimate(1.01),
      std: estimate(0.05),
      p50: estimate(1),
      p90: estimate(1.05),
      p95: estimate(1.06),
      p99: estimate(1.09),
    },
    throughputPerSecond: (1000 * (batchSize ?? 1)) / (latencyMs * 1.01),
    noise: {
      runQueueShare: 0.002,
      cpuPressurePercent: 3,
      involuntarySwitches: 4,
      outliers: { count: 2, share: 0.008, causes: { runQueue: 1, gc: 0, clock: 0, throttle: 0, unknown: 1 } },
      quiet: { share: 0.96, p50Ms: latencyMs },
    },
  }
}

/** A measured candidate whose outputs are `relativeRms` away from the model as given. */
export function measured(
  id: string,
  latencies: readonly (readonly [batchSize: number | null, latencyMs: number])[],
  relativeRms = 0,
): CandidateRecord {
  const output = { name: 'y', atol: relativeRms, rtol: relativeRms, relativeRms, cosine: 1, topOneAgreement: null }
  return {
    id,
    parentId: null,
    key: id === 'onnx' ? 'onnx' : null,
    modelKey: 'onnx',
    format: 'onnx',
    runner: 'OnnxCPU',
    recipe: { kind: 'as-given' },
    settings: { graphLevel: 'all', intraOpThreads: 2, spinning: true, memoryArena: true },
    file: { path: 'onnx/model.onnx', sha256: SHA256, bytes: 4_700_000 },
    status: 'measured',
    reason: null,
    failureClass: null,
    offer: null,
    loadMs: 40,
    peakMemoryBytes: 90_000_000,
    correctness: { status: 'OK', outputs: [output] },
    settled: null,
    measurements: latencies.map(([batchSize, latencyMs]) => measurement(batchSize, latencyMs)),
  }
}

export function failed(id: string, failureClass: CandidateRecord['failureClass'], reason: string): CandidateRecord {
  return {
    ...measured(id, []),
    status: 'failed',
    failureClass,
    reason,
    correctness: { status: 'SKIPPED', outputs: [] },
    loadMs: null,
    peakMemoryBytes: null,
  }
}

export function skipped(id: string, reason: string): CandidateRecord {
  return { ...failed(id, null, reason), status: 'skipped', file: null }
}

/** As measured in too little time on a busy machine: unstable, and too few requests for a 99th percentile. */
function hurried(one: MeasurementRecord): MeasurementRecord {
  return { ...one, stable: false, requestCount: 75, latencyMs: { ...one.latencyMs, p99: null } }
}

const REFERENCE = measured('onnx', [
  [1, 22.1],
  [2, 25.3],
  [4, 51.2],
  [8, 103.9],
])
const FASTER = measured(
  'onnx.extended.t2',
  [
    [1, 11.6],
    [2, 16.9],
    [4, 26.5],
    [8, 53.7],
  ],
  2.1e-7,
)
const SLOWER = measured('onnx.t1', [
  [1, 30.3],
  [2, 58.1],
])

const STATE = {
  loadAverage: 0.2,
  runnable: 1,
  pressurePercent: 3,
  clockMhz: 3400,
  governor: 'performance',
  boost: true,
  quotaCores: null,
  swapUsedBytes: 0,
  gpus: null,
}

/** A machine that nobody else used. */
export const QUIET: RunRecord['environment'] = {
  before: STATE,
  after: { ...STATE, loadAverage: 1.4 },
  during: [
    {
      startMs: 800,
      durationMs: 60_000,
      othersCores: 0.02,
      stolenCores: 0,
      stalledShare: 0.03,
      throttledMs: 0,
      thermalThrottles: 0,
      swappedBytes: 0,
      clockMhz: 3400,
    },
  ],
  warnings: [],
}

/** A finished run in which a candidate won. */
export const WINNER: RunRecord = {
  schemaVersion: '1.0',
  tool: { name: 'navigator-package-action', version: '0.1.0' },
  command: 'optimize',
  name: 'ppocr-det',
  target: null,
  startedAt: '2026-01-02T03:04:05.000Z',
  durationMs: 83_000,
  outcome: 'done',
  outcomeReason: null,
  host: {
    cpu: 'Example CPU 7B13',
    logicalCores: 2,
    allowedCores: 2,
    memoryBytes: 8e9,
    platform: 'linux',
    release: '6.1.0',
    node: '24.1.0',
  },
  fingerprint: { cpu: 'Example CPU 7B13' },
  settings: {
    strategy: 'max-throughput-and-min-latency',
    latencyBudgetMs: null,
    accuracyBudget: 1e-3,
    device: 'auto',
    timeBudgetMs: 300_000,
    sessionSettings: 'search',
    batchSizes: null,
    maxBatchSize: null,
    seed: 0,
    windowSize: 25,
    stabilityPercentage: 10,
    runtime: { name: 'onnxruntime-node', version: '1.30.0' },
  },
  model: {
    inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 3, 640, 640], batchAxis: 0 }],
    outputs: [{ name: 'y', dtype: 'float32', shape: ['batch', 1, 640, 640], batchAxis: 0 }],
    batchAxis: 0,
    sha256: SHA256,
    bytes: 4_700_000,
  },
  samples: { origin: 'user', count: 32 },
  reference: { candidateId: 'onnx', noise: 1e-7, deterministic: true },
  candidates: [REFERENCE, FASTER, SLOWER, skipped('onnx.extended.t1', 'time budget used up')],
  previous: [],
  selection: {
    best: { candidateId: 'onnx.extended.t2', key: 'onnx', runner: 'OnnxCPU', batchSize: 4 },
    maxThroughput: { candidateId: 'onnx', key: 'onnx', runner: 'OnnxCPU', batchSize: 2 },
    minLatency: { candidateId: 'onnx', key: 'onnx', runner: 'OnnxCPU', batchSize: 1 },
    reason: 'It is the fastest and no simpler candidate is within 3 %.',
    ties: [],
  },
  speedUp: { ratio: 1.9, interval: [1.86, 1.94], metric: 'latency-p50', generations: 5 },
  comparison: null,
  baseline: null,
  baselineNote: null,
  objectives: [],
  gate: null,
  workflow: null,
  harness: { perRequestMs: 0.006 },
  environment: QUIET,
  package: { path: '/runner/out/navpkg-ppocr-det.nav', bytes: 11_200_000, sha256: SHA256 },
  statusSha256: SHA256,
  notes: ['Random samples would have been used without yours.'],
}

/** Text that tries to leave wherever it is put. */
export const HOSTILE =
  'a|b`c``` <img src=x onerror=alert(1)>\n::error::gone "q" [l](http://x.y) @team ##[error] %%{init}%%'

const BEST_AS_GIVEN = { candidateId: 'onnx', key: 'onnx', runner: 'OnnxCPU', batchSize: 2 }
const NOTHING = {
  selection: null,
  speedUp: null,
  package: null,
  statusSha256: null,
  harness: null,
  environment: null,
}

/** Every kind of ending, by the name of its golden file. */
export const RECORDS: ReadonlyMap<string, RunRecord> = new Map<string, RunRecord>([
  ['winner', WINNER],
  [
    'nothing-beats',
    {
      ...WINNER,
      candidates: [REFERENCE, SLOWER],
      selection: { ...WINNER.selection!, best: BEST_AS_GIVEN, reason: 'Every other candidate is slower.' },
      speedUp: { ratio: 1, interval: null, metric: 'latency-p50', generations: 0 },
    },
  ],
  [
    'tie',
    {
      ...WINNER,
      candidates: [REFERENCE, { ...FASTER, measurements: REFERENCE.measurements }],
      selection: {
        ...WINNER.selection!,
        best: BEST_AS_GIVEN,
        reason: 'It is the simplest within 3 %.',
        ties: ['onnx', 'onnx.extended.t2'],
      },
      speedUp: { ratio: 1, interval: null, metric: 'latency-p50', generations: 0 },
    },
  ],
  ['unconfirmed', { ...WINNER, speedUp: { ...WINNER.speedUp!, ratio: 1.04, interval: [0.97, 1.11] } }],
  [
    'hostile-names',
    {
      ...WINNER,
      name: HOSTILE,
      target: HOSTILE,
      outcomeReason: HOSTILE,
      notes: [HOSTILE],
      environment: { ...QUIET, before: { ...STATE, governor: HOSTILE }, warnings: [HOSTILE, HOSTILE] },
      host: { ...WINNER.host, cpu: HOSTILE },
      candidates: [
        REFERENCE,
        FASTER,
        failed(HOSTILE, 'crashed', HOSTILE),
        { ...measured(`${HOSTILE}2`, [[1, 50]]), offer: HOSTILE, runner: HOSTILE },
      ],
      package: { ...WINNER.package!, path: `/out/${HOSTILE}.nav` },
    },
  ],
  [
    'no-batch-axis',
    {
      ...WINNER,
      name: 'silero-vad',
      model: { ...WINNER.model, batchAxis: null },
      candidates: [measured('onnx', [[null, 0.21]]), measured('onnx.t1', [[null, 0.14]])],
      selection: { ...WINNER.selection!, best: { ...BEST_AS_GIVEN, candidateId: 'onnx.t1', batchSize: null } },
      speedUp: { ...WINNER.speedUp!, ratio: 1.5, interval: [1.45, 1.55] },
    },
  ],
  [
    'interrupted',
    { ...WINNER, ...NOTHING, outcome: 'interrupted', outcomeReason: 'The job was cancelled.', candidates: [REFERENCE] },
  ],
  [
    'no-candidate',
    {
      ...WINNER,
      ...NOTHING,
      outcome: 'no-candidate',
      outcomeReason: 'The model as given exceeded the memory limit.',
      reference: null,
      candidates: [failed('onnx', 'out-of-memory', 'The worker used 2.1 GB; the limit is 2 GB.')],
    },
  ],
  [
    'built',
    { ...WINNER, command: 'build', candidates: [], selection: null, speedUp: null, harness: null, environment: null },
  ],
  [
    'as-given-alone',
    {
      ...WINNER,
      candidates: [REFERENCE, skipped('onnx.t1', 'time budget')],
      selection: { ...WINNER.selection!, best: BEST_AS_GIVEN, reason: 'No candidate came close.' },
      speedUp: null,
    },
  ],
  [
    'dry-run',
    {
      ...WINNER,
      ...NOTHING,
      reference: null,
      candidates: [skipped('onnx', 'dry run'), skipped('onnx.t1', 'dry run')],
    },
  ],
  [
    'busy-machine',
    {
      ...WINNER,
      environment: {
        ...QUIET,
        warnings: [
          'Another process (yes) used 0.9 of 64 cores while this was measured; figures are noisier than usual.',
          'The processor slowed down 3 times because it was hot; figures are noisier than usual.',
        ],
      },
      host: { ...WINNER.host, logicalCores: 64 },
      samples: { origin: 'random', count: 5 },
      reference: { ...WINNER.reference!, noise: 1.5e-7 },
      candidates: [REFERENCE, FASTER].map((one) => ({ ...one, measurements: one.measurements.map(hurried) })),
      speedUp: { ...WINNER.speedUp!, metric: 'throughput' },
    },
  ],
  ['not-confirmed-in-time', { ...WINNER, speedUp: null }],
])
