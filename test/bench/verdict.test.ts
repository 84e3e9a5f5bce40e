import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { analyse, FALSE_ALARMS, recordedOf, runToRun } from '../../bench/verdict/analysis.js'
import { decide } from '../../bench/verdict/decision.js'
import { type Experiment, experimentsOf, keep, readKept } from '../../bench/verdict/kept.js'
import { isRed } from '../../bench/verdict/ordinary-rule.js'
import { fullPlan } from '../../bench/verdict/plan.js'
import { rateInterval } from '../../bench/verdict/rate.js'
import { resampled } from '../../bench/verdict/resampling.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'

const KEPT_FILE = 'bench/verdict/generations.jsonl'
/** Enough that a share of 1 % shows, few enough for seconds. */
const DRAWS = 1000

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'verdict-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** Experiments of a model of 1 ms on a machine that drifts, jumps and has outliers. */
function simulated(effect: number, count: number, random: () => number): Experiment[] {
  const noise = (): number => (random() + random() + random() - 1.5) * 0.02 + (random() < 0.05 ? 0.3 * random() : 0)
  return Array.from({ length: count }, (_, index) => {
    const machine = Array.from(
      { length: 80 },
      (_, at) => 1 + 0.1 * Math.sin(at / 15 + index) + (random() < 0.1 ? 0.1 : 0),
    )
    return {
      kind: 'experiment',
      at: '2026-01-01T00:00:00.000Z',
      tool: '0.1.0',
      fingerprint: { cpu: 'simulated' },
      id: `simulated ${index}`,
      model: 'Silero VAD',
      effect,
      tolerance: 0.05,
      neighbour: 'quiet',
      verdict: 'inconclusive',
      verdictGenerations: 80,
      verdictMs: 120_000,
      spentMs: 120_000,
      baseMs: machine.map((ms) => ms * (1 + noise())),
      headMs: machine.map((ms) => ms * (1 + effect) * (1 + noise())),
    }
  })
}

describe('the generations that were kept of live experiments', () => {
  test('are of experiments of the plan, each once, in generations of base and head together', async () => {
    const experiments = experimentsOf(await readKept(KEPT_FILE))
    const planned = new Map(fullPlan().map((one) => [one.id, one]))
    expect(new Set(experiments.map(({ id }) => id)).size).toBe(experiments.length)
    for (const { id, model, effect, tolerance, neighbour, baseMs, headMs } of experiments) {
      expect({ id, model, effect, tolerance, neighbour }).toEqual(planned.get(id))
      expect(baseMs.length).toBe(headMs.length)
      expect([...baseMs, ...headMs].every((ms) => ms > 0)).toBe(true)
    }
  })

  test('make no A/A red and no slower head faster when they are decided again', async () => {
    for (const one of experimentsOf(await readKept(KEPT_FILE))) {
      const { baseMs, headMs } = one
      const verdict = decide({ ...recordedOf(one), baseMs, headMs }, one.tolerance)
      expect({ id: one.id, verdict }).not.toEqual({ id: one.id, verdict: one.effect === 0 ? 'slower' : 'faster' })
    }
  })

  test('resampled, give no more false alarms than promised, and find what must be found where all of a setting was made', async () => {
    const planned = fullPlan()
    for (const { title, setting, figure, live, resampled } of analyse(
      experimentsOf(await readKept(KEPT_FILE)),
      DRAWS,
    )) {
      const [low, high] = rateInterval(resampled)
      const { effect, neighbour } = setting
      const whole = planned.filter((one) => one.effect === effect && one.neighbour === neighbour).length
      // The interval only covers the drawing: were the share just at the figure, a test of its own value would be luck.
      if (effect === 0) expect(low, `${title}: false alarms`).toBeLessThanOrEqual(FALSE_ALARMS)
      else if (figure !== null && live.of === whole) expect(high, `${title}: found`).toBeGreaterThanOrEqual(figure)
    }
  })
})

describe('the analysis of experiments', () => {
  test('finds few false alarms without an effect, and a large effect nearly always, on a machine that drifts', () => {
    const random = mulberry32(5)
    const results = analyse([...simulated(0, 6, random), ...simulated(0.1, 6, random)], 300)
    const shares = new Map(results.map(({ title, resampled: { count, of } }) => [title, count / of]))
    expect([...shares.keys()]).toEqual([
      'A/A at t = 5 %, quiet',
      'A/A at t = 2 %, quiet',
      'A/A at t = 1 %, quiet',
      '+10 % at t = 5 %, quiet',
    ])
    expect(shares.get('A/A at t = 1 %, quiet')).toBeLessThanOrEqual(0.01)
    expect(shares.get('+10 % at t = 5 %, quiet')).toBeGreaterThan(0.95)
  })

  test('shows that a fixed ratio between two moments cries wolf on a machine that drifts', () => {
    const [first] = analyse(simulated(0, 6, mulberry32(5)), 300)
    const apart = first?.ordinary.get('one process each, at different times')
    expect((apart?.count ?? 0) / (apart?.of ?? NaN)).toBeGreaterThan(0.1)
    expect(isRed(1, 1.06, 0.05)).toBe(true)
    expect(isRed(1, 1.04, 0.05)).toBe(false)
  })

  test('resamples base and head of a generation together, in runs of consecutive generations', () => {
    const baseMs = Array.from({ length: 50 }, (_, at) => at)
    const drawn = resampled(
      [{ kind: 'm', generations: 100, baseMs, headMs: baseMs.map((ms) => ms + 1000) }],
      mulberry32(3),
    )
    expect(drawn.headMs).toEqual(drawn.baseMs.map((ms) => ms + 1000))
    expect(drawn.baseMs).toHaveLength(100)
    const breaks = drawn.baseMs.filter((ms, at) => at > 0 && ms !== (drawn.baseMs[at - 1] ?? NaN) + 1).length
    expect(breaks).toBeLessThanOrEqual(100 / 8)
  })

  test('says how far apart two runs of the same files are', () => {
    const [one, two, three] = simulated(0, 3, mulberry32(5))
    if (one === undefined || two === undefined || three === undefined) throw new Error('three were asked for')
    const timed = (from: Experiment, ms: number): Experiment => ({ ...from, baseMs: [ms, ms, ms] })
    const [found, ...others] = runToRun([timed(one, 1), timed(two, 1.1), timed(three, 1.2)])
    expect(others).toEqual([])
    expect(found?.experiments).toBe(3)
    expect(found?.median).toBeCloseTo(0.1)
    expect(found?.p95).toBeCloseTo(0.19)
    expect(found?.recorded).toEqual({ count: 0, of: 6 })
    expect(runToRun([one])).toEqual([])
    expect(runToRun([one, { ...two, fingerprint: { cpu: 'another' } }])).toEqual([])
  })

  test('gives Wilson intervals of rates', () => {
    const rounded = ([low, high]: readonly [number, number]): number[] =>
      [low, high].map((end) => Math.round(end * 1000))
    expect(rounded(rateInterval({ count: 0, of: 60 }))).toEqual([0, 60])
    expect(rounded(rateInterval({ count: 19, of: 20 }))).toEqual([764, 991])
  })
})

describe('the plan', () => {
  test('has as many experiments as the figures need, balanced in whatever part of it was made', () => {
    const plan = fullPlan()
    const count = (part: typeof plan, effect: number, neighbour: string): number =>
      part.filter((one) => one.effect === effect && one.neighbour === neighbour).length
    const counts = (part: typeof plan): number[] =>
      [0, 0.1, 0.05, 0.03].flatMap((effect) => [count(part, effect, 'quiet'), count(part, effect, 'busy')])
    expect(counts(plan)).toEqual([30, 30, 20, 10, 20, 10, 20, 10])
    const half = counts(plan.slice(0, 75))
    counts(plan).forEach((whole, at) => {
      expect(Math.abs((half[at] ?? NaN) - whole / 2)).toBeLessThanOrEqual(1)
    })
    expect(new Set(plan.map(({ id }) => id)).size).toBe(plan.length)
    for (const model of new Set(plan.map((one) => one.model))) {
      const half = plan.slice(0, 75).filter((one) => one.model === model).length
      expect(Math.abs(half - 25)).toBeLessThanOrEqual(5)
    }
  })
})

describe('the file of kept results', () => {
  test('reads back what was kept, times to five digits', async () => {
    const file = path.join(folder, 'kept.jsonl')
    const [one, two] = simulated(0, 2, mulberry32(1))
    if (one === undefined || two === undefined) throw new Error('two were asked for')
    const kept = await keep(file, await keep(file, await readKept(file), { ...one, baseMs: [1.23456789] }), two)
    expect(await readKept(file)).toEqual(kept)
    expect(experimentsOf(kept)[0]?.baseMs).toEqual([1.2346])
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3)
  })

  test('is refused when a line is no result', async () => {
    const file = path.join(folder, 'broken.jsonl')
    await writeFile(file, '{"kind":"experiment"}\n')
    await expect(readKept(file)).rejects.toThrow(/fingerprint/)
  })
})

test.skipIf(process.platform === 'win32')('a busy neighbour ends when the one who started it is killed', async () => {
  const script = `import { busyNeighbour } from './bench/verdict/neighbour.ts'
    await busyNeighbour().then(({ pid }) => console.log(pid)); setInterval(() => undefined, 1000)`
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
