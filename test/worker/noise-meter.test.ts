import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

import { expect, it } from 'vitest'

import { runSampling } from '../../src/core/measurement/sampling-loop.js'
import { NoiseMeter, whenItWas } from '../../src/worker/noise-meter.js'

const nowNs = (): number => performance.now() * 1e6
const rule = (minRequests: number, warmupRequests = 0) =>
  ({ kind: 'block', warmupRequests, minRequests, minDurationMs: 0 }) as const

function spin(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** Runs this test's own process: the main thread is the one that its id names. */
async function measure(count: number, requestOnce: () => void, warmupRequests = 0) {
  const meter = new NoiseMeter([process.pid], nowNs)
  const sampled = runSampling(rule(count, warmupRequests), requestOnce, nowNs, undefined, meter)
  return { sampled, ...(await meter.finish()) }
}

it('gives every long request a stretch of its own, and many short ones share some', async () => {
  const long = await measure(5, () => {
    spin(20)
  })
  expect([...long.stretches.end]).toEqual([1, 2, 3, 4, 5])
  const short = await measure(20_000, () => undefined)
  expect(short.stretches.end.at(-1)).toBe(20_000)
  expect(short.stretches.end.length).toBeLessThan(2000)
})

it('leaves warm-up out and holds all the time of the requests', async () => {
  let requests = 0
  const { sampled, stretches } = await measure(
    4,
    () => {
      spin(requests++ < 3 ? 60 : 5)
    },
    3,
  )
  const inRequests = sampled.latencyNs.reduce((sum, one) => sum + one, 0)
  const inStretches = stretches.wallNs.reduce((sum, one) => sum + one, 0)
  expect(inStretches).toBeGreaterThanOrEqual(inRequests)
  expect(stretches.wallNs.every((wall, index) => wall >= (sampled.latencyNs[index] ?? 0))).toBe(true)
  expect(stretches.end).toHaveLength(4)
  expect((stretches.wallNs[0] ?? 0) - (sampled.latencyNs[0] ?? 0)).toBeLessThan(3 * 60 * 1e6)
})

it('puts a wait that the kernel counted late into the stretches that it was in', () => {
  const walls = Float64Array.of(10, 10, 10, 10)
  expect([...whenItWas([0, 0, 25, 3], walls)]).toEqual([5, 10, 10, 3])
  expect([...whenItWas([0, 4, 9, 0], walls)]).toEqual([0, 4, 9, 0])
  expect([...whenItWas([NaN, NaN], walls)]).toEqual([NaN, NaN])
})

it('puts a collection of garbage into the stretch that it was in', async () => {
  let requests = 0
  const { stretches } = await measure(6, () => {
    spin(10)
    // Enough for some collections of what is young.
    if (requests++ === 3) for (let count = 0; count < 2e6; count++) new Array<number>(8).fill(count)
  })
  expect(stretches.gcNs).toHaveLength(6)
  expect(stretches.gcNs[3]).toBeGreaterThan(0)
  expect(stretches.gcNs.every((gcNs, index) => gcNs <= (stretches.wallNs[index] ?? 0))).toBe(true)
})

const cores = availableParallelism()

it.runIf(process.platform === 'linux' && cores <= 8)(
  'counts the waiting for a core that neighbours cause, in the stretches that it was in',
  async () => {
    const neighbours = Array.from({ length: cores }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    )
    try {
      const { stretches, involuntarySwitches } = await measure(60, () => {
        spin(20)
      })
      const waited = [...stretches.runQueueNs]
      expect(waited.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0)
      expect(waited.slice(1).every((one, index) => one >= 0 && one <= (stretches.wallNs[index + 1] ?? 0))).toBe(true)
      expect(involuntarySwitches).toBeGreaterThan(0)
    } finally {
      for (const neighbour of neighbours) neighbour.kill('SIGKILL')
    }
  },
)
