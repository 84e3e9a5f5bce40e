import type { ProgressEvent } from './environment.js'
import { CONSEQUENCE, isQuiet, usageText, warningsOf } from './machine/disturbance.js'
import { changeBetween, type MachineChange } from './machine/machine-change.js'
import type { MachineState } from './machine/machine-state.js'
import { unsteadySpeed } from './measurement/steadiness.js'
import type { Log } from './platform/log.js'
import { readMachine } from './platform/machine.js'
import { formatMs } from './report/format.js'
import type { RunRecord } from './report/run-record.js'

type EnvironmentRecord = NonNullable<RunRecord['environment']>

/** Reading the machine takes some milliseconds, so it is done between measurements and no more often than this. */
const SHORTEST_STRETCH_MS = 1000
/** Stretches get longer as a run does, so that an hour has some hundred and fifty. */
const STRETCH_SHARE = 1 / 25

/** Where the state of the machine comes from, and the clock that its `atMs` is of. */
interface WatchedMachine {
  readonly read: () => MachineState
  readonly nowMs: () => number
}

const THIS_MACHINE: WatchedMachine = { read: readMachine, nowMs: () => performance.now() }

/**
 * Watches the machine while a run measures, from one sign of progress to the next: only then nothing is being timed.
 * Reading the model and saving the package are no measuring and are left out.
 */
export class MachineWatch {
  readonly #log: Log
  readonly #read: () => MachineState
  readonly #nowMs: () => number
  readonly #gpus: MachineState['gpus']
  readonly #advice: string
  readonly #start: MachineState
  readonly #stretches: { readonly startMs: number; readonly change: MachineChange }[] = []
  #last: MachineState
  #isMeasuring = false
  #hasSaid = false
  #generationsMs: readonly number[] = []

  /** `gpus` are those that are measured on, as they were before; `hasWaited`: whether a quiet machine was waited for. */
  constructor(
    log: Log,
    { gpus, hasWaited }: { readonly gpus: MachineState['gpus']; readonly hasWaited: boolean },
    { read, nowMs }: WatchedMachine = THIS_MACHINE,
  ) {
    this.#log = log
    this.#gpus = gpus
    this.#advice = hasWaited ? '.' : '; wait-for-quiet would wait for that to end.'
    this.#read = read
    this.#nowMs = nowMs
    this.#start = read()
    this.#last = this.#start
  }

  see(event: ProgressEvent): void {
    if (event.kind !== 'stage') {
      if (this.#isMeasuring) this.#mark(SHORTEST_STRETCH_MS)
      return
    }
    if (this.#isMeasuring) this.#mark(event.stage === 'save' ? 0 : SHORTEST_STRETCH_MS)
    else if (event.stage !== 'read' && event.stage !== 'save') this.#begin()
    if (event.stage === 'save') this.#isMeasuring = false
  }

  /** What one model took in every generation so far: it shows changes of speed that the machine does not tell of. */
  sawGenerations(timesMs: readonly number[]): void {
    this.#generationsMs = timesMs
  }

  /** What is known so far; null when nothing was measured yet. */
  record(): RunRecord['environment'] {
    const changes = this.#stretches.map(({ change }) => change)
    if (changes.length === 0) return null
    return {
      before: { ...snapshot(this.#start), gpus: copyOf(this.#gpus) },
      after: { ...snapshot(this.#last), gpus: null },
      during: this.#stretches.map(({ startMs, change }) => stretchRecord(startMs, change)),
      warnings: [...warningsOf(changes, this.#gpus ?? []), ...unsteadyWarning(this.#generationsMs)],
    }
  }

  #begin(): void {
    this.#isMeasuring = true
    const before = this.#last
    this.#last = this.#read()
    this.#sayOnce(changeBetween(before, this.#last))
  }

  #mark(shortestMs: number): void {
    const nowMs = this.#nowMs()
    const needed = shortestMs === 0 ? 0 : Math.max(shortestMs, (nowMs - this.#start.atMs) * STRETCH_SHARE)
    if (nowMs - this.#last.atMs < needed) return
    const next = this.#read()
    const startMs = this.#last.atMs - this.#start.atMs
    const change = changeBetween(this.#last, next)
    this.#stretches.push({ startMs, change })
    this.#last = next
    this.#sayOnce(change)
  }

  /** As soon as it is seen, so that who cannot use noisy figures need not wait for the end. */
  #sayOnce(change: MachineChange): void {
    if (this.#hasSaid || isQuiet(change) !== false) return
    this.#hasSaid = true
    this.#log.info(`${usageText(change)}, so figures are noisier than usual${this.#advice}`)
  }
}

function unsteadyWarning(generationsMs: readonly number[]): string[] {
  const found = unsteadySpeed(generationsMs)
  if (found === null) return []
  const speeds = `${formatMs(found.fastMs)} in some generations and ${formatMs(found.slowMs)} in others`
  return [
    `One model took ${speeds}: this machine, or the host it shares, does not run at a steady speed; ${CONSEQUENCE}`,
  ]
}

function snapshot(state: MachineState): Omit<EnvironmentRecord['before'], 'gpus'> {
  const { loadAverage, runnable, pressurePercent, clockMhz, governor, boost, quotaCores, swapUsedBytes } = state
  return { loadAverage, runnable, pressurePercent, clockMhz, governor, boost, quotaCores, swapUsedBytes }
}

function copyOf(gpus: MachineState['gpus']): EnvironmentRecord['before']['gpus'] {
  return gpus?.map((gpu) => ({ ...gpu, slowedBy: [...gpu.slowedBy] })) ?? null
}

function stretchRecord(startMs: number, change: MachineChange): EnvironmentRecord['during'][number] {
  const { durationMs, othersCores, stolenCores, stalledShare, throttledMs, thermalThrottles, swappedBytes } = change
  return {
    startMs: Math.round(startMs),
    durationMs: Math.round(durationMs),
    othersCores: rounded(othersCores),
    stolenCores: rounded(stolenCores),
    stalledShare: rounded(stalledShare),
    throttledMs: rounded(throttledMs),
    thermalThrottles,
    swappedBytes,
    clockMhz: change.clockMhz,
  }
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(3))
}
