import type { ProfilingFigures } from '../nav-package/profiling-figures.js'

/** The figures of one runner for one model. */
export interface RunnerFigures {
  readonly key: string
  readonly runner: string
  readonly results: readonly ProfilingFigures[]
}

type Figures = Pick<ProfilingFigures, 'p50LatencyMs' | 'throughputPerSecond'>

/** One model at one batch size in one runner; null for a package that has no such figure. */
export interface MeasurementRow {
  readonly key: string
  readonly runner: string
  readonly batchSize: number | null
  readonly a: Figures | null
  readonly b: Figures | null
  /** `b` by `a`: under 1 is quicker; null when one is not known. */
  readonly latencyRatio: number | null
  /** `b` by `a`: over 1 is more; null when one is not known. */
  readonly throughputRatio: number | null
}

export interface Measurements {
  readonly machines: { readonly a: string | null; readonly b: string | null }
  /** Whether both say that they were measured on the same kind of machine; null when one does not say. */
  readonly isSameMachine: boolean | null
  /** Those that differ. */
  readonly rows: readonly MeasurementRow[]
}

export interface MeasuredSide {
  readonly machine: string | null
  readonly runners: readonly RunnerFigures[]
}

/** What two packages say they were measured at, side by side. Nothing is measured for it. */
export function compareMeasurements(a: MeasuredSide, b: MeasuredSide): Measurements {
  const [one, other] = [figuresByRow(a.runners), figuresByRow(b.runners)]
  const rows = [...new Map([...one, ...other])].flatMap(([row, { key, runner, batchSize }]) => {
    return measurementRow({ key, runner, batchSize }, one.get(row) ?? null, other.get(row) ?? null)
  })
  return {
    machines: { a: a.machine, b: b.machine },
    isSameMachine: a.machine === null || b.machine === null ? null : a.machine === b.machine,
    rows,
  }
}

type Row = Pick<MeasurementRow, 'key' | 'runner' | 'batchSize'> & Figures

function figuresByRow(runners: readonly RunnerFigures[]): Map<string, Row> {
  const rows = runners.flatMap(({ key, runner, results }) => results.map((figures) => ({ key, runner, ...figures })))
  return new Map(rows.map((row) => [JSON.stringify([row.key, row.runner, row.batchSize]), row]))
}

function measurementRow(
  names: Pick<MeasurementRow, 'key' | 'runner' | 'batchSize'>,
  a: Row | null,
  b: Row | null,
): MeasurementRow[] {
  const row = {
    ...names,
    a: figuresOf(a),
    b: figuresOf(b),
    latencyRatio: ratio(a?.p50LatencyMs, b?.p50LatencyMs),
    throughputRatio: ratio(a?.throughputPerSecond, b?.throughputPerSecond),
  }
  const isSame =
    Object.is(row.a?.p50LatencyMs, row.b?.p50LatencyMs) &&
    Object.is(row.a?.throughputPerSecond, row.b?.throughputPerSecond)
  return isSame ? [] : [row]
}

function figuresOf(row: Row | null): Figures | null {
  return row === null ? null : { p50LatencyMs: row.p50LatencyMs, throughputPerSecond: row.throughputPerSecond }
}

function ratio(a: number | undefined, b: number | undefined): number | null {
  const quotient = (b ?? NaN) / (a ?? NaN)
  return Number.isFinite(quotient) && quotient > 0 ? quotient : null
}
