import type { Comparison, MetricComparison } from '../../src/core/report/comparison.js'
import type { ReportOptions } from '../../src/core/report/report-markdown.js'
import type { RunRecord } from '../../src/core/report/run-record.js'
import { failed, HOSTILE, measured, QUIET, skipped, WINNER } from './records.js'

const HEAD_SHA = '5e6f7a8b'.repeat(5)
const BASE_SHA = '1a2b3c4d'.repeat(5)

export const RUN = { headSha: HEAD_SHA, runId: 4242 }

const lane = (batchSize: number): NonNullable<MetricComparison['base']> => ({
  modelKey: 'onnx',
  candidateId: null,
  sha256: '0'.repeat(64),
  settings: { graphLevel: 'all', intraOpThreads: 2, spinning: true, memoryArena: true },
  batchSize,
})

/** How a metric changed: head ÷ base of times and what the verdict was made by. */
interface Ratios {
  readonly verdict: MetricComparison['verdict']
  readonly ratio: number
  readonly interval: [number, number] | null
}

const BASE_MS = { 'latency-p50': 1.05, throughput: 0.25 } as const
const BATCH = { 'latency-p50': 1, throughput: 8 } as const

function metric(name: MetricComparison['name'], { verdict, ratio, interval }: Ratios): MetricComparison {
  return {
    name,
    verdict,
    ratio,
    interval,
    level: interval === null ? null : 0.996,
    tolerance: 0.05,
    baseMs: BASE_MS[name],
    headMs: BASE_MS[name] * ratio,
    base: lane(BATCH[name]),
    head: lane(BATCH[name]),
  }
}

/** Times of a figure over generations, which vary by `spread` without a random source. */
function times(ms: number, count: number, spread: number, phase: number): number[] {
  return Array.from({ length: count }, (_, index) => ms * (1 + spread * Math.sin(index * 2.4 + phase)))
}

function compared(
  verdict: Comparison['verdict'],
  latency: Ratios,
  throughput: Ratios,
  { generations = 14, spread = 0.01 } = {},
): Comparison {
  const metrics = [metric('latency-p50', latency), metric('throughput', throughput)]
  return {
    verdict,
    reason: 'measured',
    explanation: 'Measured side by side.',
    metrics,
    generations,
    spentMs: 16_200,
    evidence: metrics.map(({ name, baseMs, headMs }) => ({
      metrics: [name],
      baseMs: times((baseMs ?? 1) * BATCH[name], generations, spread, 0),
      headMs: times((headMs ?? 1) * BATCH[name], generations, spread, 2),
    })),
    accuracy: {
      samples: 5,
      outputs: [{ name: 'y', atol: 0, rtol: 0, relativeRms: 0, cosine: 1, topOneAgreement: 1 }],
    },
    size: { baseBytes: 583_000, headBytes: 583_000 },
  }
}

const SAME: Ratios = { verdict: 'same', ratio: 1.004, interval: [0.991, 1.013] }
const FASTER: Ratios = { verdict: 'faster', ratio: 0.512, interval: [0.498, 0.527] }
const SLOWER: Ratios = { verdict: 'slower', ratio: 1.124, interval: [1.11, 1.138] }
const OPEN: Ratios = { verdict: 'inconclusive', ratio: 1.031, interval: [0.962, 1.108] }

const PULL_REQUEST: NonNullable<RunRecord['workflow']> = {
  repository: 'octo/models',
  ...RUN,
  runAttempt: 1,
  event: 'pull_request',
  path: '.github/workflows/model.yml',
  sha: '9'.repeat(40),
  pullRequest: 7,
}

/** A run of a pull request that was compared with its base and changed nothing. */
export const JUDGED: RunRecord = {
  ...WINNER,
  name: 'ppocr-cls',
  notes: [],
  workflow: PULL_REQUEST,
  baseline: {
    kind: 'artifact',
    description: 'main at 1a2b3c4, the parent of this merge',
    commit: BASE_SHA,
    url: 'https://github.com/octo/models/actions/runs/4100',
  },
  comparison: compared('same', SAME, SAME),
  gate: { failed: false, reasons: [] },
}

const slower = compared('slower', SLOWER, { ...OPEN, ratio: 1.051, interval: [1.009, 1.094] })
const SLOWER_REASON = 'The head is slower: p50 latency up 12.4 % (11.0 to 13.8 %).'

const REGRESSION: RunRecord = {
  ...JUDGED,
  outcome: 'gate-failed',
  outcomeReason: SLOWER_REASON,
  comparison: {
    ...slower,
    size: { baseBytes: 583_000, headBytes: 1_220_000 },
    accuracy: {
      samples: 5,
      outputs: [{ name: 'y', atol: 0.1, rtol: 0.2, relativeRms: 0.004, cosine: 0.99, topOneAgreement: 0.8 }],
    },
  },
  gate: { failed: true, reasons: [SLOWER_REASON] },
}

const NO_BASELINE = 'No earlier run of this workflow on main kept a package.'
const NOT_JUDGED = { comparison: null, baseline: null, baselineNote: NO_BASELINE }

const INCONCLUSIVE_REASON = 'It is not sure whether the head is slower.'
const latencyObjective = { name: 'latency-budget-ms', limit: 1, value: 1.054, met: false } as const
const OBJECTIVES: RunRecord['objectives'] = [
  latencyObjective,
  { name: 'min-throughput', limit: 3000, value: 3984, met: true },
  { name: 'max-size-mb', limit: 0.583, value: 0.583004, met: false },
  { name: 'accuracy-budget', limit: 1e-3, value: null, met: null },
]
const OBJECTIVE_REASONS = [
  'The p50 latency is 1.05 ms; at most 1 ms was asked for (latency-budget-ms).',
  'The size of the model is 0.583004 MB; at most 0.583 MB was asked for (max-size-mb).',
  'The relative RMS difference is not known; at most 0.001 was asked for (accuracy-budget).',
]

/** Reports of runs that were judged, by the name of their golden file, with how they are shown. */
export const JUDGED_RECORDS: ReadonlyMap<string, readonly [record: RunRecord, options: ReportOptions]> = new Map<
  string,
  readonly [RunRecord, ReportOptions]
>([
  ['regression', [REGRESSION, {}]],
  ['regression-in-comment', [REGRESSION, { heading: 3, runUrl: 'https://github.com/octo/models/actions/runs/4242' }]],
  [
    'regression-on-default-branch',
    [
      {
        ...REGRESSION,
        outcome: 'done',
        outcomeReason: null,
        gate: { failed: false, reasons: [SLOWER_REASON, 'A push to the default branch does not fail.'] },
        baselineNote: 'The parent of this commit has no package, so it is the newest ancestor that has one.',
        workflow: { ...PULL_REQUEST, event: 'push', pullRequest: null },
      },
      {},
    ],
  ],
  ['improvement', [{ ...JUDGED, comparison: compared('faster', FASTER, FASTER) }, {}]],
  ['same', [JUDGED, {}]],
  [
    'identical',
    [
      {
        ...JUDGED,
        comparison: {
          ...compared('same', SAME, SAME),
          reason: 'identical',
          metrics: [],
          generations: 0,
          evidence: [],
          accuracy: null,
          size: null,
        },
      },
      {},
    ],
  ],
  [
    'inconclusive',
    [
      {
        ...JUDGED,
        comparison: {
          ...compared('inconclusive', OPEN, SAME, { generations: 40, spread: 0.07 }),
          reason: 'time-budget',
          explanation:
            'The time budget ended before it was sure whether the head is slower in p50 latency. ' +
            'A time budget of about 8 min would settle it here; a quieter machine or a wider tolerance takes less.',
        },
        gate: { failed: false, reasons: [INCONCLUSIVE_REASON] },
        environment: QUIET && {
          ...QUIET,
          warnings: ['Another process (yes) used 0.9 of 2 cores while this was measured.'],
        },
      },
      {},
    ],
  ],
  [
    'not-comparable',
    [
      {
        ...JUDGED,
        comparison: {
          ...compared('not-comparable', SAME, SAME),
          reason: 'different-inputs',
          explanation: 'The two do not take the same inputs: the head has no input "x".',
          metrics: [],
          generations: 0,
          spentMs: 0,
          evidence: [],
          accuracy: null,
          size: null,
        },
        gate: { failed: false, reasons: ['The two cannot be compared.'] },
      },
      {},
    ],
  ],
  [
    'comparison-interrupted',
    [
      {
        ...JUDGED,
        outcome: 'interrupted',
        outcomeReason: 'The comparison was interrupted. The run itself was done.',
        comparison: {
          ...compared('inconclusive', OPEN, OPEN, { generations: 3 }),
          reason: 'interrupted',
          explanation: 'The comparison was interrupted.',
        },
        gate: { failed: false, reasons: ['Nothing can be said for sure. The comparison was interrupted.'] },
      },
      {},
    ],
  ],
  ['first-run', [{ ...JUDGED, ...NOT_JUDGED, workflow: { ...PULL_REQUEST, event: 'push', pullRequest: null } }, {}]],
  ['no-baseline-in-comment', [{ ...JUDGED, ...NOT_JUDGED }, { heading: 3 }]],
  [
    'missed-objectives',
    [
      {
        ...JUDGED,
        outcome: 'gate-failed',
        outcomeReason: OBJECTIVE_REASONS.join(' '),
        objectives: OBJECTIVES,
        gate: { failed: true, reasons: OBJECTIVE_REASONS },
      },
      {},
    ],
  ],
  [
    'missed-objective-without-baseline',
    [
      {
        ...JUDGED,
        comparison: null,
        baseline: null,
        outcome: 'gate-failed',
        outcomeReason: OBJECTIVE_REASONS[0] ?? null,
        objectives: [latencyObjective],
        gate: { failed: true, reasons: OBJECTIVE_REASONS.slice(0, 1) },
      },
      {},
    ],
  ],
  [
    'many-candidates',
    [
      {
        ...REGRESSION,
        candidates: [
          ...WINNER.candidates,
          ...Array.from({ length: 300 }, (_, index) => measured(`onnx.variant-${index}`, [[1, 30 + index]])),
          ...Array.from({ length: 40 }, (_, index) => failed(`onnx.broken-${index}`, 'crashed', 'The worker crashed.')),
          ...Array.from({ length: 40 }, (_, index) => skipped(`onnx.late-${index}`, 'time budget used up')),
        ],
      },
      { heading: 3, limit: 6000, recordUrl: 'https://github.com/octo/models/actions/runs/4242/artifacts/2' },
    ],
  ],
  [
    'fork',
    [
      {
        ...REGRESSION,
        name: HOSTILE,
        baseline: { kind: 'file', description: HOSTILE, commit: HOSTILE, url: 'https://evil.example/' },
        baselineNote: HOSTILE,
        gate: { failed: true, reasons: [HOSTILE, HOSTILE] },
      },
      { origin: 'fork', heading: 3, runUrl: 'https://github.com/octo/models/actions/runs/4242' },
    ],
  ],
])
