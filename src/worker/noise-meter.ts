import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'

import type { Stretches } from '../core/measurement/outcome.js'
import type { RequestWatch } from '../core/measurement/sampling-loop.js'
import { coreQuota, throttledMs } from '../core/platform/control-groups.js'
import { type CoreClock, coreClock } from '../core/platform/processor-clock.js'

/** What disturbed a block of requests. */
export interface MeasuredNoise {
  readonly stretches: Stretches
  readonly involuntarySwitches: number | null
  readonly clockChanged: boolean
}

/** Reading the kernel's counters may cost 1/200 of the time: 0.5 %. */
const STRETCH_PER_COST = 200
/** Shorter stretches would say no more: the kernel lets a thread run for milliseconds before another gets the core. */
const SHORTEST_STRETCH_NS = 1e6
const WARM_LOOKS = 4
/** Threads beyond these are not looked at; they do the same as the others. */
const MOST_THREADS = 64
/** Clocks of one core move by some percent by themselves. */
const CLOCK_CHANGE = 0.05

/** Ids of this process's threads; none where there is no /proc. */
export function threadIds(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return []
  }
}

/**
 * Counts what disturbs requests, between them: after a request {@link afterRequest} looks at the kernel's counters when
 * the last look is long enough ago, so that a request costs one comparison, and every stretch of requests, or every
 * request that takes long itself, has its own counts. Garbage collections come from the engine's own record of them,
 * which costs nothing until the block is over.
 */
export class NoiseMeter implements RequestWatch {
  readonly #nowNs: () => number
  readonly #threads: readonly ThreadCounter[]
  readonly #hasQuota = Number.isFinite(coreQuota())
  readonly #collections: { readonly startTime: number; readonly duration: number }[] = []
  readonly #observer = new PerformanceObserver((list) => this.#collections.push(...list.getEntries()))
  readonly #ends: number[] = []
  readonly #startsNs: number[] = []
  readonly #endsNs: number[] = []
  readonly #waitedNs: number[] = []
  readonly #heldNs: number[] = []
  #clockBefore: CoreClock | null = null
  #switchesBefore = 0
  #heldBeforeNs = 0
  #stretchNs = SHORTEST_STRETCH_NS
  #startNs = 0
  #nextLookNs = Infinity
  #requests = 0

  /** `threads` are those that run the model. */
  constructor(threads: readonly number[], nowNs: () => number) {
    this.#nowNs = nowNs
    this.#threads = threads.slice(0, MOST_THREADS).flatMap((id) => openCounter(id) ?? [])
  }

  begin(): void {
    this.#observer.observe({ entryTypes: ['gc'] })
    this.#clockBefore = coreClock()
    this.#switchesBefore = process.resourceUsage().involuntaryContextSwitches
    this.#stretchNs = Math.max(SHORTEST_STRETCH_NS, STRETCH_PER_COST * this.#lookCostNs())
    this.#startNs = this.#nowNs()
    this.#nextLookNs = this.#startNs + this.#stretchNs
  }

  afterRequest(nowNs: number): void {
    this.#requests++
    if (nowNs >= this.#nextLookNs) this.#endStretch(nowNs)
  }

  /** Ends the last stretch and gives all; the meter is of no further use. */
  async finish(): Promise<MeasuredNoise> {
    if (this.#requests > (this.#ends.at(-1) ?? 0)) this.#endStretch(this.#nowNs())
    const switches = process.resourceUsage().involuntaryContextSwitches - this.#switchesBefore
    const clockChanged = hasChanged(this.#clockBefore, coreClock())
    for (const { close } of this.#threads) close()
    // The engine hands its record of collections over when this thread has nothing else to do.
    await new Promise((resolve) => setImmediate(resolve))
    this.#collections.push(...this.#observer.takeRecords())
    this.#observer.disconnect()
    const wallNs = Float64Array.from(this.#endsNs, (endNs, index) => endNs - (this.#startsNs[index] ?? NaN))
    const stretches = {
      end: Int32Array.from(this.#ends),
      wallNs,
      runQueueNs: whenItWas(this.#waitedNs, wallNs),
      gcNs: this.#collectedNs(),
      throttledNs: Float64Array.from(this.#heldNs),
    }
    return { stretches, involuntarySwitches: process.platform === 'linux' ? switches : null, clockChanged }
  }

  /** What a look costs once it is warm: the first ones cost more. */
  #lookCostNs(): number {
    let costNs = Infinity
    for (let count = 0; count < WARM_LOOKS; count++) {
      const beforeNs = this.#nowNs()
      this.#look()
      costNs = Math.min(costNs, this.#nowNs() - beforeNs)
    }
    return costNs
  }

  #endStretch(nowNs: number): void {
    const { waitedNs, heldNs } = this.#look()
    this.#ends.push(this.#requests)
    this.#startsNs.push(this.#startNs)
    this.#endsNs.push(nowNs)
    this.#waitedNs.push(waitedNs)
    this.#heldNs.push(heldNs)
    this.#startNs = this.#nowNs()
    this.#nextLookNs = this.#startNs + this.#stretchNs
  }

  /** What was lost since the last look. */
  #look(): { waitedNs: number; heldNs: number } {
    let waitedNs = this.#threads.length === 0 ? NaN : 0
    for (const { take } of this.#threads) waitedNs = Math.max(waitedNs, take())
    const held = this.#hasQuota ? throttledMs() : null
    if (held === null) return { waitedNs, heldNs: NaN }
    const heldNs = held * 1e6 - this.#heldBeforeNs
    this.#heldBeforeNs = held * 1e6
    return { waitedNs, heldNs }
  }

  #collectedNs(): Float64Array {
    const collected = new Float64Array(this.#ends.length)
    let index = 0
    for (const { startTime, duration } of this.#collections.sort((a, b) => a.startTime - b.startTime)) {
      while (index < collected.length && (this.#endsNs[index] ?? 0) < startTime * 1e6) index++
      const isInside = startTime * 1e6 >= (this.#startsNs[index] ?? Infinity)
      if (isInside) collected[index] = (collected[index] ?? 0) + duration * 1e6
    }
    return collected
  }
}

/**
 * The kernel counts a wait when it is over, by then in a later stretch than most of it was in: what is more than a stretch
 * can hold belongs to the ones before.
 */
export function whenItWas(countedNs: readonly number[], wallNs: Float64Array): Float64Array {
  const waitedNs = Float64Array.from(countedNs)
  for (let index = waitedNs.length - 1; index > 0; index--) {
    const surplusNs = (waitedNs[index] ?? 0) - (wallNs[index] ?? 0)
    if (surplusNs <= 0 || Number.isNaN(surplusNs)) continue
    waitedNs[index] = wallNs[index] ?? 0
    waitedNs[index - 1] = (waitedNs[index - 1] ?? 0) + surplusNs
  }
  return waitedNs
}

function hasChanged(before: CoreClock | null, after: CoreClock | null): boolean {
  if (before === null || after === null) return false
  const ratio = after.mhz / before.mhz
  return Math.abs(ratio - 1) > CLOCK_CHANGE || after.thermalThrottles > before.thermalThrottles
}

interface ThreadCounter {
  /** Nanoseconds for which the thread was ready but had no core, since they were last taken. */
  readonly take: () => number
  readonly close: () => void
}

/**
 * The second field of a thread's `schedstat`: time on the run queue in nanoseconds. The file stays open, since opening it
 * takes ten times as long as reading it.
 */
function openCounter(id: number): ThreadCounter | null {
  const buffer = Buffer.alloc(80)
  try {
    const file = openSync(`/proc/self/task/${id}/schedstat`, 'r')
    let last = 0
    return {
      take: () => {
        const waited = waitedIn(file, buffer)
        const grown = waited - last
        last = waited
        return grown
      },
      close: () => {
        closeSync(file)
      },
    }
  } catch {
    return null
  }
}

/** NaN once the thread has ended. */
function waitedIn(file: number, buffer: Buffer): number {
  try {
    const length = readSync(file, buffer, 0, buffer.length, 0)
    return Number(buffer.toString('latin1', 0, length).split(' ')[1])
  } catch {
    return NaN
  }
}
