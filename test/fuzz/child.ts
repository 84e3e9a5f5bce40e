/**
 * Runs a stretch of cases, one line of JSON per report on stdout: `node --import tsx child.ts SCENE LANE SEED FROM TO`.
 * The index of the case under way stands in SCENE.progress, so that whoever watches knows what hung or crashed.
 */
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'

import { caseOf, LANES } from './cases.js'
import { checkCase, makeScene } from './check-case.js'

const [scene = '', given = '', ...numbers] = process.argv.slice(2)
const [seed = 0, from = 0, to = 0] = numbers.map(Number)
const lane = LANES.find((one) => one === given)
if (lane === undefined) throw new Error(`no lane is called ${given}`)

const LIMIT_CPU_MS = 2000
const LIMIT_RSS_KIB = 300 * 1024

const progress = openSync(`${scene}.progress`, 'w')
let current = from
const ends = new Map<string, number>()
let mostCpuMs = 0
let slowest = from

const say = (line: unknown): void => {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
const fail = (what: string): void => {
  say({ failed: current, what })
}
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    fail(`${event}: ${String(error)}`)
  })
}

makeScene(scene)
process.env['TMPDIR'] = path.join(scene, 'temporary')
await checkCase(caseOf(lane, seed, from), scene).catch(() => undefined)
const baseline = await openFiles(0)
for (; current < to; current++) {
  writeSync(progress, String(current).padStart(12), 0)
  await runCase(lane)
  if (peakKib() > LIMIT_RSS_KIB) {
    fail(`memory: ${Math.round(peakKib() / 1024)} MiB`)
    // The peak stays as it is, so the rest is for another process.
    current++
    break
  }
}
say({ done: current, ends: Object.fromEntries(ends), mostCpuMs, slowest, peakKib: peakKib() })
process.exit(0)

async function runCase(of: Parameters<typeof caseOf>[0]): Promise<void> {
  const made = caseOf(of, seed, current)
  const before = process.cpuUsage()
  try {
    const end = `${made.kind} ${await checkCase(made, scene)}`
    ends.set(end, (ends.get(end) ?? 0) + 1)
  } catch (error) {
    fail(`${made.kind}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  const { user, system } = process.cpuUsage(before)
  const cpuMs = (user + system) / 1000
  if (cpuMs > mostCpuMs) [mostCpuMs, slowest] = [cpuMs, current]
  if (cpuMs > LIMIT_CPU_MS) fail(`${made.kind}: took ${Math.round(cpuMs)} ms of a processor`)
  const open = await openFiles(baseline)
  if (open > baseline) fail(`${made.kind}: ${open - baseline} file handles stay open`)
}

/** Open files, once it is no more than `expected` or some turns of the event loop have passed. */
async function openFiles(expected: number): Promise<number> {
  let count = Infinity
  for (let turn = 0; turn < 50 && count > expected; turn++) {
    if (turn > 0) await setImmediate()
    count = readdirSync('/proc/self/fd').length
  }
  return count
}

function peakKib(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
}
