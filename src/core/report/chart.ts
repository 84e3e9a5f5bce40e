import { codeSpan } from './escape.js'
import { referenceOf, typicalLatencyMs, winnerOf } from './figures.js'
import type { MeasurementRecord, RunRecord } from './run-record.js'

/** Batch sizes beyond this would not be told apart in a chart. */
const MAX_POINTS = 24
const COLOURS = [
  { hex: '#2da44e', square: '🟩' },
  { hex: '#218bff', square: '🟦' },
] as const
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
  return [
    legend,
    chart({
      title: 'Throughput over batch size',
      unit: 'items/s',
      lines,
      sizes,
      valueOf: (one) => one.throughputPerSecond,
    }),
    chart({ title: 'Latency (p50) over batch size', unit: 'ms', lines, sizes, valueOf: typicalLatencyMs }),
  ]
}

interface Chart {
  readonly title: string
  readonly unit: string
  readonly lines: readonly Line[]
  readonly sizes: readonly number[]
  readonly valueOf: (measurement: MeasurementRecord) => number
}

function chart({ title, unit, lines, sizes, valueOf }: Chart): string {
  const values = lines.map(({ points }) =>
    sizes.flatMap((size) => {
      const point = points.get(size)
      return point === undefined ? [] : [valueOf(point)]
    }),
  )
  const top = roundTop(Math.max(...values.flat()))
  const palette = COLOURS.map(({ hex }) => hex).join(', ')
  return [
    '```mermaid',
    '---',
    'config:',
    '  xyChart:',
    '    height: 300',
    '  themeVariables:',
    '    xyChart:',
    '      backgroundColor: "transparent"',
    `      plotColorPalette: "${palette}"`,
    '---',
    'xychart-beta',
    `  title "${title}"`,
    `  x-axis "batch size" [${sizes.join(', ')}]`,
    `  y-axis "${unit}" 0 --> ${decimal(top)}`,
    ...values.map((row) => `  line [${row.map(decimal).join(', ')}]`),
    '```',
  ].join('\n')
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
