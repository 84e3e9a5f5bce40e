import { codeSpan } from './escape.js'
import { referenceOf, typicalLatencyMs, winnerOf } from './figures.js'
import type { MeasurementRecord, RunRecord } from './run-record.js'

/** Batch sizes beyond this would not be told apart in a chart. */
const MAX_POINTS = 24
const COLOURS = [
  { hex: '#2da44e', square: '🟩' },
  { hex: '#218bff', square: '🟦' },
] as const satisfies readonly Colour[]
/** Tops of the y axis, times a power of ten, at which Mermaid draws few ticks. */
const ROUND_TOPS = [1, 1.6, 2, 2.6, 3.5, 5, 8, 10] as const

interface Line {
  readonly name: string
  readonly points: ReadonlyMap<number, MeasurementRecord>
}

/**
 * Two Mermaid charts over batch size, throughput and latency, of the best candidate and the model as given, with a
 * legend (Mermaid's own charts have none). Empty when fewer than two batch sizes were measured of all that is drawn.
 */
export function charts(record: RunRecord): string[] {
  const winner = winnerOf(record)
  const reference = referenceOf(record)
  const drawn = [...new Set([winner, reference])].filter((candidate) => candidate !== null)
  const lines = drawn.map(({ id, measurements }) => ({ name: id, points: byBatchSize(measurements) }))
  const sizes = [...(lines[0]?.points.keys() ?? [])]
    .filter((size) => lines.every(({ points }) => points.has(size)))
    .sort((a, b) => a - b)
    .slice(0, MAX_POINTS)
  if (sizes.length < 2) return []
  const roles = drawn.map((candidate) => (candidate === winner ? 'best' : 'model as given'))
  const legend = lines.map(({ name }, index) => `${square(index)} ${roles[index] ?? ''} ${codeSpan(name)}`).join(' · ')
  const chart = (title: string, unit: string, valueOf: (one: MeasurementRecord) => number): string => {
    const values = lines.map(({ points }) => sizes.flatMap((size) => valuesAt(points, size).map(valueOf)))
    const y = { title: unit, from: 0, to: roundTop(Math.max(...values.flat())) }
    return xyChart({ title, x: `"batch size" [${sizes.join(', ')}]`, y, colours: COLOURS, values })
  }
  return [
    legend,
    chart('Throughput over batch size', 'items/s', (one) => one.throughputPerSecond),
    chart('Latency (p50) over batch size', 'ms', typicalLatencyMs),
  ]
}

export interface Colour {
  readonly hex: string
  /** The emoji that shows it in a legend. */
  readonly square: string
}

interface Chart {
  readonly title: string
  /** The axis as Mermaid writes one: a title with categories, or with a range. */
  readonly x: string
  readonly y: { readonly title: string; readonly from: number; readonly to: number }
  /** One of each line. */
  readonly colours: readonly Colour[]
  readonly values: readonly (readonly number[])[]
}

/** A line chart for Mermaid, as GitHub draws it in both its themes. No text of a stranger's may be in it. */
export function xyChart({ title, x, y, colours, values }: Chart): string {
  return [
    '```mermaid',
    '---',
    'config:',
    '  xyChart:',
    '    height: 300',
    '  themeVariables:',
    '    xyChart:',
    '      backgroundColor: "transparent"',
    `      plotColorPalette: "${colours.map(({ hex }) => hex).join(', ')}"`,
    '---',
    'xychart-beta',
    `  title "${title}"`,
    `  x-axis ${x}`,
    `  y-axis "${y.title}" ${decimal(y.from)} --> ${decimal(y.to)}`,
    ...values.map((row) => `  line [${row.map(decimal).join(', ')}]`),
    '```',
  ].join('\n')
}

function valuesAt(points: Line['points'], size: number): MeasurementRecord[] {
  const point = points.get(size)
  return point === undefined ? [] : [point]
}

function roundTop(largest: number): number {
  const power = 10 ** Math.floor(Math.log10(largest))
  return (ROUND_TOPS.find((top) => top >= largest / power) ?? 10) * power
}

function byBatchSize(measurements: readonly MeasurementRecord[]): ReadonlyMap<number, MeasurementRecord> {
  return new Map(measurements.flatMap((one) => (one.batchSize === null ? [] : [[one.batchSize, one]])))
}

function square(index: number): string {
  return COLOURS[index]?.square ?? ''
}

/** Mermaid reads no exponents. */
function decimal(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 9 })
}
