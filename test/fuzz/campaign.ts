import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import type { Lane } from './cases.js'

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url))
/** A child that is on one case for so long hangs; the machine may be busy with others. */
const HANGS_AFTER_MS = 20_000
/** Small enough that the processes end together. */
const CASES_PER_CHILD = 2500

/** What a campaign found; `failures` name their case as `LANE/SEED/INDEX`. */
export interface CampaignResult {
  readonly failures: readonly string[]
  /** How many cases ended how, such as `npy npy-invalid`. */
  readonly ends: ReadonlyMap<string, number>
  readonly mostCpuMs: number
  readonly slowest: string
  readonly peakMiB: number
}

export interface Stretch {
  readonly lane: Lane
  readonly seed: number
  readonly from: number
  readonly to: number
}

const lineSchema = z.union([
  z.strictObject({ failed: z.number(), what: z.string() }),
  z.strictObject({
    done: z.number(),
    ends: z.record(z.string(), z.number()),
    mostCpuMs: z.number(),
    slowest: z.number(),
    peakKib: z.number(),
  }),
])

/** Runs cases in child processes, `processes` at a time, and gathers what went wrong in them or killed them. */
export async function runCampaign(stretches: readonly Stretch[], processes = 2): Promise<CampaignResult> {
  // In memory where that is possible: every case writes some files.
  const folder = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'navpkg-fuzz-'))
  const queue = stretches.flatMap(pieces)
  const campaign = new Campaign(folder)
  try {
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await campaign.run(next)
    }
    await Promise.all(Array.from({ length: processes }, worker))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return campaign
}

function pieces({ from, to, ...rest }: Stretch): Stretch[] {
  const count = Math.ceil((to - from) / CASES_PER_CHILD)
  return Array.from({ length: count }, (_, index) => {
    const start = from + index * CASES_PER_CHILD
    return { ...rest, from: start, to: Math.min(to, start + CASES_PER_CHILD) }
  })
}

class Campaign implements CampaignResult {
  readonly failures: string[] = []
  readonly ends = new Map<string, number>()
  mostCpuMs = 0
  slowest = 'none'
  peakMiB = 0
  readonly #folder: string
  #scenes = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Goes on behind every case that ends its process. */
  async run(stretch: Stretch): Promise<void> {
    let from = stretch.from
    while (from < stretch.to) from = await this.#runChild({ ...stretch, from })
  }

  async #runChild({ lane, seed, from, to }: Stretch): Promise<number> {
    const scene = path.join(this.#folder, String(this.#scenes++))
    const flags = ['--import', 'tsx', '--max-old-space-size=160', '--max-semi-space-size=4']
    const child = spawn(process.execPath, [...flags, CHILD, scene, lane, ...[seed, from, to].map(String)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [done, words] = [null as number | null, '']
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2000)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = lineSchema.parse(JSON.parse(line))
      if ('failed' in said) this.failures.push(`${lane}/${seed}/${said.failed}: ${said.what}`)
      else done = this.#note(said, `${lane}/${seed}/`)
    })
    const hung = await watched(child, `${scene}.progress`)
    const at = currentOf(`${scene}.progress`)
    rmSync(scene, { recursive: true, force: true })
    if (at === null) throw new Error(`the process that should try cases does not start: ${words}`)
    if (done !== null) return done
    this.failures.push(`${lane}/${seed}/${at}: ${hung ? 'hangs' : `the process ends: ${words}`}`)
    return at + 1
  }

  #note(said: Extract<z.infer<typeof lineSchema>, { done: number }>, label: string): number {
    for (const [end, count] of Object.entries(said.ends)) this.ends.set(end, (this.ends.get(end) ?? 0) + count)
    if (said.mostCpuMs > this.mostCpuMs) [this.mostCpuMs, this.slowest] = [said.mostCpuMs, label + String(said.slowest)]
    this.peakMiB = Math.max(this.peakMiB, said.peakKib / 1024)
    return said.done
  }
}

/** Waits for the end of a child; whether it had to be killed because it stayed on one case. */
async function watched(child: ReturnType<typeof spawn>, progress: string): Promise<boolean> {
  let [seen, stuckMs, hung] = [null as number | null, 0, false]
  const timer = setInterval(() => {
    const current = currentOf(progress)
    stuckMs = current === seen ? stuckMs + 500 : 0
    seen = current
    if (stuckMs < HANGS_AFTER_MS) return
    hung = true
    child.kill('SIGKILL')
  }, 500)
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  clearInterval(timer)
  return hung
}

function currentOf(progress: string): number | null {
  const text = existsSync(progress) ? readFileSync(progress, 'utf8') : ''
  return text === '' ? null : Number(text)
}
