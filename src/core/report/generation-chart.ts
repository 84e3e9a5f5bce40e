import { METRIC_TEXT } from './change.js'
import { type Colour, xyChart } from './chart.js'
import type { Comparison, MetricComparison } from './comparison.js'

const BEFORE: Colour = { hex: '#218bff', square: '🟦' }
const NOW: Colour = { hex: '#bf8700', square: '🟧' }

/** Fewer points show nothing that the table does not; more would run together. */
const FEWEST_POINTS = 4
const MOST_POINTS = 200
/** How much of the height is left above and below the lines. */
const MARGIN = 0.15

/**
 * A legend and a chart of before and now over the rounds of a comparison, of the figure that decided; empty where the two
 * lines would lie on each other because nothing changed, and where too little was measured.
 */
export function generationChart(comparison: Comparison): string[] {
  const metric = decisive(comparison)
  if (metric === null) return []
  const evidence = comparison.evidence.find(({ metrics }) => metrics.includes(metric.name))
  const count = Math.min(evidence?.baseMs.length ?? 0, evidence?.headMs.length ?? 0, MOST_POINTS)
  if (evidence === undefined || count < FEWEST_POINTS) return []
  const unit = unitOf(metric, evidence.baseMs[0] ?? 1)
  const figures = (times: readonly number[], lane: MetricComparison['base']): number[] =>
    times.slice(0, count).map((ms) => figureOf(metric, ms, lane) * unit.perUnit)
  const values = [figures(evidence.baseMs, metric.base), figures(evidence.headMs, metric.head)]
  if (values.flat().some((value) => !Number.isFinite(value))) return []
  const y = { title: unit.name, ...rangeOf(values.flat()) }
  const title = `${METRIC_TEXT[metric.name].replace(/^./, (letter) => letter.toUpperCase())} in every round`
  return [
    `${BEFORE.square} before · ${NOW.square} now`,
    xyChart({ title, x: `"round" 1 --> ${count}`, y, colours: [BEFORE, NOW], values }),
  ]
}

/** The first metric that ended as the whole did; null where all is the same or nothing was compared. */
function decisive({ verdict, metrics }: Comparison): MetricComparison | null {
  if (verdict === 'same' || verdict === 'none') return null
  return metrics.find((metric) => metric.verdict === verdict) ?? null
}

/** Milliseconds of a request, or items per second. */
function figureOf({ name }: MetricComparison, requestMs: number, lane: MetricComparison['base']): number {
  return name === 'throughput' ? (1000 * (lane?.batchSize ?? 1)) / requestMs : requestMs
}

/** The unit in which the table shows such a figure, and how many of it are in one of {@link figureOf}. */
function unitOf({ name }: MetricComparison, requestMs: number): { name: string; perUnit: number } {
  if (name === 'throughput') return { name: 'items/s', perUnit: 1 }
  if (requestMs < 0.1) return { name: 'µs', perUnit: 1000 }
  return requestMs < 1000 ? { name: 'ms', perUnit: 1 } : { name: 's', perUnit: 0.001 }
}

/** A little more than all values, since what is small against zero may be large against the tolerance. */
function rangeOf(values: readonly number[]): { from: number; to: number } {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const margin = Math.max((most - least) * MARGIN, most * 0.01)
  return { from: Math.max(0, least - margin), to: most + margin }
}
