import { describe, expect, test } from 'vitest'

import { type Backend, BackendFailure, type ModelSession } from '../src/core/backends/backend.js'
import { choose } from '../src/core/choose.js'
import { MachineWatch } from '../src/core/machine-watch.js'
import type { MeasuredOutcome, Measurement } from '../src/core/measurement/outcome.js'
import { planAsGiven, planVariants } from '../src/core/plan/plan.js'
import { mulberry32 } from '../src/core/plan/random-samples.js'
import type { Reference } from '../src/core/reference.js'
import { newRun, type Run } from '../src/core/run.js'
import type { Samples } from '../src/core/samples-source.js'
import { settle, type Settling } from '../src/core/settle.js'
import type { Subject } from '../src/core/subject.js'
import type { Workspace } from '../src/core/platform/workspace.js'
import { testEnvironment, testRequest } from './support/run-engine.js'

const FACTS = {
  models: [{ key: 'onnx', isResolvable: true }],
  allowedCores: 4,
  settings: 'search',
  device: 'cpu',
} as const
const asGiven = planAsGiven({ ...FACTS, formats: null, runners: null })
const candidates = [...asGiven, ...planVariants({ ...FACTS, formats: null, runners: null }, asGiven, 'onnx')]

/** A finalist whose model takes so many milliseconds; its file is named after them. */
function finalist(index: number, latencyMs: number | 'crash'): MeasuredOutcome {
  const estimate = { value: 1, interval: null }
  return {
    status: 'measured',
    candidate: candidates[index]!.candidate,
    file: { path: String(latencyMs), sha256: '', bytes: 1 },
    loadMs: 1,
    peakMemoryBytes: 1000,
    correctness: { status: 'OK', outputs: [] },
    measurements: [
      {
        batchSize: null,
        requestCount: 75,
        warmupCount: 2,
        stable: true,
        latencyMs: { mean: estimate, std: estimate, p50: estimate, p90: null, p95: null, p99: null },
        throughputPerSecond: 1000,
        noise: {
          runQueueShare: null,
          cpuPressurePercent: null,
          involuntarySwitches: null,
          outliers: null,
          quiet: null,
        },
      },
    ],
    profilingResults: [],
    samples: new Map(),
    sweepEnd: null,
  }
}

/** Answers with the latency that the model's path names, and counts what is open. */
function fakeBackend() {
  const counts = { loaded: 0, open: 0, mostOpen: 0 }
  const batchSizes = new Set<number | null>()
  const sessionOf = (modelPath: string): ModelSession => {
    const close = (): Promise<void> => {
      counts.open--
      return Promise.resolve()
    }
    return {
      inputs: [],
      outputs: [],
      loadMs: 1,
      infer: () => Promise.resolve(new Map()),
      measure: ({ batchSize }) => {
        batchSizes.add(batchSize)
        if (modelPath === 'crash') return Promise.reject(new BackendFailure('crashed', 'gone'))
        const latencyNs = Float64Array.of(Number(modelPath) * 1e6)
        const samples = { latencyNs, window: new Int32Array(1), process: new Int32Array(1) }
        return Promise.resolve({
          samples,
          warmupCount: 0,
          stable: true,
          span: { startNs: 0, endNs: 0 },
          involuntarySwitches: null,
          clockChanged: false,
        })
      },
      peakMemoryBytes: () => Promise.resolve(null),
      close,
      [Symbol.asyncDispose]: close,
    }
  }
  const backend = {
    name: 'fake',
    version: '0',
    load: ({ modelPath }) => {
      counts.loaded++
      counts.open++
      counts.mostOpen = Math.max(counts.mostOpen, counts.open)
      return Promise.resolve(sessionOf(modelPath))
    },
    optimizeGraph: () => Promise.resolve(),
    loadNull: () => Promise.resolve(sessionOf('0')),
  } satisfies Backend
  return { backend, counts, batchSizes }
}

function settling(backend: Backend, memoryBytes: number): Settling {
  const reference: Reference = {
    requests: [],
    profiling: new Map(),
    profilingOutput: new Map(),
    expected: [],
    deterministic: true,
    noise: 0,
    batchAxes: null,
    inputs: [],
    outputs: [],
    batchDim: null,
    unbatchedBecause: 'it is a fake',
    notes: [],
  }
  return {
    backend,
    reference,
    limits: { memoryBytes, loadTimeoutMs: 1000, requestTimeoutMs: 1000 },
    environment: testEnvironment('/unused'),
    generations: 3,
    isDecided: () => false,
    random: mulberry32(1),
    latencyBudgetMs: null,
    onDropout: () => undefined,
    outOfTime: () => false,
  }
}

test('gives each finalist one figure pair per generation, from a process of its own', async () => {
  const { backend, counts } = fakeBackend()
  const figures = await settle([finalist(0, 10), finalist(1, 5)], settling(backend, 1e6))
  expect([...figures.values()]).toEqual([
    new Array(3).fill({ latencyMs: 10, throughput: 100 }),
    new Array(3).fill({ latencyMs: 5, throughput: 200 }),
  ])
  expect(counts).toEqual({ loaded: 6, open: 0, mostOpen: 2 })
})

test('loads models one at a time when they do not fit into memory together', async () => {
  const { backend, counts } = fakeBackend()
  const figures = await settle([finalist(0, 10), finalist(1, 5)], settling(backend, 1500))
  expect([...figures.values()].map((each) => each.length)).toEqual([3, 3])
  expect(counts).toMatchObject({ open: 0, mostOpen: 1 })
})

test('loads a finalist of which nobody knows how much memory it takes by itself', async () => {
  const { backend, counts } = fakeBackend()
  await settle([{ ...finalist(0, 10), peakMemoryBytes: null }, finalist(1, 5)], settling(backend, 1e6))
  expect(counts.mostOpen).toBe(1)
})

test('measures no batch size whose latency is over the budget', async () => {
  const { backend, batchSizes } = fakeBackend()
  const [measurement] = finalist(0, 10).measurements
  const at = (batchSize: number, value: number): Measurement => ({
    ...measurement!,
    batchSize,
    latencyMs: { ...measurement!.latencyMs, p50: { value, interval: null } },
    throughputPerSecond: 1000 * batchSize,
  })
  const wide = (index: number): MeasuredOutcome => ({
    ...finalist(index, 10),
    measurements: [at(1, 1), at(4, 3), at(64, 40)],
  })
  await settle([wide(0), wide(1)], { ...settling(backend, 1e6), latencyBudgetMs: 5 })
  expect(batchSizes).toEqual(new Set([1, 4]))
})

test('drops a finalist whose model fails, and goes on with the others', async () => {
  const { backend, counts } = fakeBackend()
  const dropouts: string[] = []
  const figures = await settle([finalist(0, 10), finalist(1, 'crash'), finalist(2, 5)], {
    ...settling(backend, 1e6),
    onDropout: (id, reason) => dropouts.push(`${id}: ${reason}`),
  })
  expect(dropouts).toEqual([`${candidates[1]!.candidate.id}: gone`])
  expect([...figures.keys()].sort()).toEqual([candidates[0], candidates[2]].map((one) => one!.candidate.id).sort())
  expect(counts.open).toBe(0)
})

describe('choosing among candidates whose screening', () => {
  /** Screened at so many milliseconds, and measured at so many in generations. */
  const screened = (index: number, screenedMs: number, settledMs: number): MeasuredOutcome => {
    const one = finalist(index, settledMs)
    const value = { value: screenedMs, interval: null }
    const latencyMs = { ...one.measurements[0]!.latencyMs, p50: value }
    const throughputPerSecond = 1000 / screenedMs
    return { ...one, measurements: [{ ...one.measurements[0]!, latencyMs, throughputPerSecond }] }
  }

  const chosen = async (outcomes: readonly MeasuredOutcome[]): Promise<Run> => {
    const { backend } = fakeBackend()
    const { reference, limits, environment } = settling(backend, 1e6)
    const startedAt = new Date()
    const watch = new MachineWatch(environment.log, { gpus: null, hasWaited: false })
    const request = testRequest('/unused')
    // Nothing is read of the model or its samples here.
    const nothing = { subject: {} as Subject, samples: {} as Samples }
    const run = newRun({ command: 'optimize', request, startedAt, runtimeVersion: '0', ...nothing, watch: null })
    run.outcomes.push(...outcomes)
    run.reference = reference
    run.referenceId = 'onnx'
    await choose(run, { backend, environment, limits, startedAt, watch, workspace: {} as Workspace })
    return run
  }

  test('was right settles those near the leader', async () => {
    const run = await chosen([screened(0, 1, 1), screened(1, 1.05, 1.04), screened(2, 1.6, 0.5)])
    expect([...run.settled.keys()]).toHaveLength(2)
    expect(run.selection?.best.candidateId).toBe('onnx')
  })

  test('was at another speed settles those as well that it left out', async () => {
    const run = await chosen([screened(0, 1, 2), screened(1, 1.05, 2), screened(2, 1.6, 1.5)])
    expect([...run.settled.keys()]).toHaveLength(3)
    expect(run.selection?.best.candidateId).toBe(candidates[2]!.candidate.id)
  })
})
