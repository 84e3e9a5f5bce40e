import { figuresOf, typicalLatencyMs, winnerOf } from './figures.js'
import { formatCount, formatMs, formatPercent } from './format.js'
import { counted } from './headline.js'
import type { MeasurementRecord, RunRecord } from './run-record.js'

type Outliers = NonNullable<MeasurementRecord['noise']['outliers']>

/** The worst that disturbed the run, in one sentence not yet escaped; null when nothing did. */
export function disturbanceText({ environment }: Pick<RunRecord, 'environment'>): string | null {
  const [worst, ...others] = environment?.warnings ?? []
  if (worst === undefined) return null
  return others.length === 0 ? worst : `${worst} ${counted(others.length, 'more disturbance')} in the record.`
}

/** CPU pressure above this, in percent, makes small differences hard to see. */
const QUIET_PERCENT = 10

/** How quiet the machine was, in parts of a line, not yet escaped. */
export function quietParts({ candidates, environment, harness }: RunRecord): string[] {
  const noise = candidates.flatMap(({ measurements }) => measurements.map((one) => one.noise))
  const pressure = largest(noise.map(({ cpuPressurePercent }) => cpuPressurePercent))
  const waiting = largest(noise.map(({ runQueueShare }) => runQueueShare))
  // The pressure is also our own threads'; where it is known what others did, that says whether it was quiet.
  const wasQuiet = environment === null ? (pressure ?? Infinity) < QUIET_PERCENT : environment.warnings.length === 0
  const quiet = wasQuiet ? ' (quiet)' : ' (busy: small differences may be noise)'
  return [
    pressure === null ? 'CPU pressure unknown' : `CPU pressure at most ${Number(pressure.toFixed(1))} %${quiet}`,
    ...(waiting === null ? [] : [`waiting for a core at most ${formatPercent(waiting)} of the time`]),
    ...(harness === null ? [] : [`harness ${formatMs(harness.perRequestMs)} per call`]),
  ]
}

/** How the processor was driven before the run, in parts of a line, not yet escaped; none where the kernel does not tell. */
export function machineStateParts({ environment }: RunRecord): string[] {
  if (environment === null) return []
  const { governor, boost, loadAverage, quotaCores, swapUsedBytes } = environment.before
  return [
    ...(governor === null ? [] : [`governor ${governor}`]),
    ...(boost === null ? [] : [`boost ${boost ? 'on' : 'off'}`]),
    ...(quotaCores === null ? [] : [`quota of ${Number(quotaCores.toFixed(2))} cores`]),
    ...(loadAverage === null ? [] : [`load ${loadAverage.toFixed(1)} before`]),
    ...((swapUsedBytes ?? 0) === 0 ? [] : ['swap in use']),
  ]
}

const CAUSE = {
  runQueue: 'while waiting for a core',
  throttle: 'held back by a quota',
  gc: 'during our own garbage collection',
  clock: 'with a changed clock',
  unknown: 'unexplained',
} as const

/** Requests that took unusually long and why, `12 of 4,000 requests were outliers: …`; null when there were none. */
export function outlierText({ candidates }: RunRecord): string | null {
  const known = candidates.flatMap(({ measurements }) =>
    measurements.flatMap(({ noise, requestCount }) =>
      noise.outliers === null ? [] : [{ ...noise.outliers, requestCount }],
    ),
  )
  const count = sum(known.map((one) => one.count))
  if (count === 0) return null
  const requests = sum(known.map(({ requestCount }) => requestCount))
  const causes = ['runQueue', 'throttle', 'gc', 'clock', 'unknown'] as const satisfies (keyof Outliers['causes'])[]
  const parts = causes.flatMap((cause) => {
    const share = sum(known.map((one) => one.causes[cause]))
    return share === 0 ? [] : [`${formatCount(share)} ${CAUSE[cause]}`]
  })
  const were = count === 1 ? 'was an outlier' : 'were outliers'
  return `${formatCount(count)} of ${formatCount(requests)} requests ${were}, kept in all figures: ${parts.join(', ')}`
}

/** What the winner's median was in quiet stretches, where that is another than over all; null where it is not. */
export function quietMedianText(record: RunRecord): string | null {
  const winner = winnerOf(record)
  const measurement = winner === null ? null : figuresOf(winner, record).latency
  const quiet = measurement?.noise.quiet ?? null
  if (measurement === null || quiet === null) return null
  const all = typicalLatencyMs(measurement)
  if (Math.abs(quiet.p50Ms / all - 1) < MUCH_OTHER) return null
  return `winner's p50 in the ${formatPercent(quiet.share)} of its requests without waiting for a core: ${formatMs(quiet.p50Ms)}`
}

/** Medians that differ by less say the same. */
const MUCH_OTHER = 0.02

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((a, b) => Math.max(a, b))
}
