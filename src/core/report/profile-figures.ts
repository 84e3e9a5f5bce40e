import { plainText } from './escape.js'
import { typicalLatencyMs } from './figures.js'
import { formatMs, formatRate, formatRatio, formatThroughput, UNKNOWN } from './format.js'
import { samplesText } from './details.js'
import { counted, machineText } from './headline.js'
import type { FigureColumn } from './markdown-table.js'
import type { ProfiledRunner, ProfileRecord } from './profile-record.js'

/** A table of a report: heads and rows of plain text, which is not yet escaped for where it is shown. */
export interface FigureTable {
  readonly heads: readonly FigureColumn[]
  readonly rows: readonly (readonly string[])[]
  /** What is not in the table, in a sentence. */
  readonly rest: string | null
}

const text = (head: string, dispensable = 0) => ({ text: head, isText: true, dispensable })
const number = (head: string, dispensable = 0) => ({ text: head, isText: false, dispensable })

/** One plain sentence on what was profiled; names are written by `show`. */
export function profileHeadline(
  record: ProfileRecord,
  show: (name: string) => string = (name) => plainText(name, 80),
): string {
  const name = show(record.name)
  switch (record.outcome) {
    case 'done':
      return `${name}: ${samplesText(record)} profiled on ${modelsText(record)}`
    case 'interrupted':
      return `Interrupted: ${name} was profiled on ${modelsText(record)} so far`
    case 'no-candidate':
      return `No model of ${name} could be measured`
    case 'gate-failed':
      return `${name} missed an objective`
    case 'bad-input':
      return `${name} could not be used`
    case 'machine-failed':
      return `The machine could not finish ${name}`
  }
}

function modelsText(record: ProfileRecord): string {
  const measured = measuredOf(record)
  const models = measured.filter(({ runner }) => runner.candidateId === null).length
  return `${counted(models, 'model')}${models < measured.length ? ' and the winner of optimize' : ''}`
}

/** Every model with a runner that gave figures. */
export function measuredOf({ models }: ProfileRecord): { key: string; runner: ProfiledRunner }[] {
  return models.flatMap(({ key, runners }) =>
    runners.filter(({ status }) => status === 'OK').map((runner) => ({ key, runner })),
  )
}

/** Those that did not, with the reason, and whether their model failed. */
export function unmeasuredOf({ models }: ProfileRecord): { name: string; reason: string; hasFailed: boolean }[] {
  return models.flatMap(({ key, runners }) =>
    runners
      .filter(({ status }) => status !== 'OK')
      .map((runner) => ({
        name: runnerName(key, runner),
        reason: runner.reason ?? UNKNOWN,
        hasFailed: runner.status === 'FAIL',
      })),
  )
}

/** `onnx on OnnxCPU`, or the winner's id and what it is. */
export function runnerName(key: string, { runner, candidateId }: ProfiledRunner): string {
  return candidateId === null ? `${key} on ${runner}` : `${candidateId} on ${runner}, the winner of optimize`
}

/** Where it was measured, with what. */
export function whereText({ host, settings: { runtime } }: ProfileRecord): string {
  return `${machineText(host)}, ${runtime.name} ${runtime.version}`
}

interface Timed {
  readonly batchSize: number | null
  readonly throughputPerSecond: number
  readonly latencyMs: Parameters<typeof typicalLatencyMs>[0]['latencyMs']
}

/** What the samples of a row gave, in few words. */
export function overviewText(samples: readonly (readonly Timed[])[]): string {
  const measured = samples.filter(({ length }) => length > 0)
  const latencies = measured.flatMap(([first]) => (first === undefined ? [] : [typicalLatencyMs(first)]))
  const best = measured.flat().reduce((most, { throughputPerSecond }) => Math.max(most, throughputPerSecond), 0)
  return `${counted(measured.length, 'sample')}, p50 ${rangeText(smallestOf(latencies), largestOf(latencies), formatMs)}, ${formatThroughput(best)} at best`
}

const smallestOf = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)
const largestOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity)

function rangeText(low: number, high: number, format: (value: number) => string): string {
  return format(low) === format(high) ? format(low) : `${format(low)} – ${format(high)}`
}

/** One row per batch size: of one sample its percentiles, of several their spread. */
export function batchTable(runner: ProfiledRunner): FigureTable {
  const measured = runner.samples.filter(({ measurements }) => measurements.length > 0)
  const [only] = measured
  if (only !== undefined && measured.length === 1) {
    return {
      heads: [
        number('batch'),
        number('p50'),
        number('p90', 2),
        number('p99'),
        number('throughput'),
        number('requests', 1),
      ],
      rows: only.measurements.map((one) => [
        batchText(one.batchSize),
        `${one.stable ? '' : '~ '}${formatMs(typicalLatencyMs(one))}`,
        formatMs(one.latencyMs.p90?.value ?? null),
        formatMs(one.latencyMs.p99?.value ?? null),
        formatThroughput(one.throughputPerSecond),
        String(one.requestCount),
      ]),
      rest: null,
    }
  }
  return {
    heads: [
      ...[number('batch'), number('samples'), number('p50 mean'), number('from', 2), number('to', 2)],
      ...[number('throughput mean'), number('from', 1), number('to', 1)],
    ],
    rows: runner.overSamples.map(
      ({ batchSize, sampleCount, p50LatencyMs: latency, throughputPerSecond: throughput }) => [
        batchText(batchSize),
        String(sampleCount),
        ...[latency.mean, latency.min, latency.max].map(formatMs),
        ...[throughput.mean, throughput.min, throughput.max].map(formatThroughput),
      ],
    ),
    rest: null,
  }
}

function batchText(batchSize: number | null): string {
  return batchSize === null ? UNKNOWN : String(batchSize)
}

/** One row per combination of shapes, the smallest first; null when all samples have the same. */
export function shapeTable({ shapes }: ProfiledRunner, mostRows: number): FigureTable | null {
  if (shapes.length === 0) return null
  const isBatched = shapes.some(({ overSamples }) => overSamples.some(({ batchSize }) => batchSize !== null))
  const rows = shapes.slice(0, mostRows).map(({ shapes: inputs, sampleCount, overSamples }) => {
    const [first] = overSamples
    const best = overSamples.reduce(
      (most, one) => (one.throughputPerSecond.mean > (most?.throughputPerSecond.mean ?? 0) ? one : most),
      first,
    )
    if (first === undefined || best === undefined)
      return [shapeText(inputs), String(sampleCount), ...Array<string>(4).fill(UNKNOWN)]
    const cells = [
      shapeText(inputs),
      String(sampleCount),
      rangeText(first.p50LatencyMs.min, first.p50LatencyMs.max, formatMs),
      formatThroughput(first.throughputPerSecond.mean),
      formatThroughput(best.throughputPerSecond.mean),
      batchText(best.batchSize),
    ]
    return cells
  })
  const at = smallestBatchText(
    shapes.flatMap(({ overSamples: [first] }) => (first === undefined ? [] : [first.batchSize])),
  )
  const columns = [
    text('shape'),
    number('samples', 1),
    number(`p50${at}`),
    number(`throughput${at}`, isBatched ? 2 : 0),
  ]
  const heads = isBatched ? [...columns, number('at best'), number('batch')] : columns
  return {
    heads,
    rows: rows.map((row) => row.slice(0, heads.length)),
    rest: restText(shapes.length - rows.length, 'shape'),
  }
}

function smallestBatchText(sizes: readonly (number | null)[]): string {
  const [first] = sizes
  return first === undefined || first === null || sizes.some((size) => size !== first) ? '' : ` at batch ${first}`
}

/** `x 1x3x48x96`. */
export function shapeText(inputs: ProfiledRunner['shapes'][number]['shapes']): string {
  const shown = inputs.map(
    ({ name, shape }) => `${plainText(name, 40)} ${shape.length === 0 ? 'scalar' : shape.join('x')}`,
  )
  return plainText(shown.join(', '), 100)
}

/** One row per number of streams; null when none were measured. */
export function streamTable({ concurrency }: ProfiledRunner): FigureTable | null {
  if (concurrency.length === 0) return null
  const isBatched = concurrency.some(({ batchSize }) => batchSize !== null)
  const heads = [
    ...[number('streams'), number('threads each'), ...(isBatched ? [number('batch')] : [])],
    ...[number('p50'), number('p99', 1), number('throughput'), number('of one stream', 2)],
  ]
  const rows = concurrency.map(({ streams, threadsPerStream, batchSize, figures, reason }) => {
    const one = concurrency.find((other) => other.streams === 1 && other.batchSize === batchSize)?.figures
    const gain = figures === null || one == null ? null : figures.throughputPerSecond / one.throughputPerSecond
    return [
      ...[String(streams), String(threadsPerStream), ...(isBatched ? [batchText(batchSize)] : [])],
      formatMs(figures?.p50LatencyMs?.value ?? null),
      formatMs(figures?.p99LatencyMs?.value ?? null),
      figures === null ? (reason ?? UNKNOWN) : formatThroughput(figures.throughputPerSecond),
      formatRatio(gain),
    ]
  })
  return { heads, rows, rest: null }
}

/** More are in the record, and those that are hardly slower than others. */
const MOST_SLOWEST = 3
const CLEARLY_SLOWER = 1.05

/** The samples that are clearly slower than others, in a sentence; null where there is none. */
export function slowestText({ slowest }: ProfiledRunner, show: (name: string) => string): string | null {
  const named = slowest.filter(({ timesTheMedian }) => timesTheMedian >= CLEARLY_SLOWER).slice(0, MOST_SLOWEST)
  if (named.length === 0) return null
  const parts = named.map(
    ({ name, p50LatencyMs, timesTheMedian }) =>
      `${show(name)} ${formatMs(p50LatencyMs)} (${formatRatio(timesTheMedian)} the median sample)`,
  )
  return `Slowest: ${parts.join(', ')}`
}

/** Samples without figures, or with fewer than were asked for: how many, why, and the first few by name. */
export function troubleTexts({ samples }: ProfiledRunner, show: (name: string) => string): string[] {
  const byReason = new Map<string, string[]>()
  for (const { name, status, reason } of samples) {
    if (reason === null) continue
    const what = status === 'FAIL' ? 'failed' : status === 'SKIPPED' ? 'not measured' : 'cut short'
    const key = `${what}: ${reason}`
    byReason.set(key, [...(byReason.get(key) ?? []), name])
  }
  return [...byReason].map(([why, names]) => {
    const shown = names.slice(0, 3).map(show).join(', ')
    const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
    return `${counted(names.length, 'sample')} ${plainText(why, 400)} (${shown}${more})`
  })
}

function restText(count: number, noun: string): string | null {
  return count > 0
    ? `and ${formatRate(count).replace(/\.0+$/, '')} more ${noun}${count === 1 ? '' : 's'}, in the record`
    : null
}

/** The throughput and the latency that the action gives as outputs: of the model that serves most. */
export function bestFigures(
  record: ProfileRecord,
): { throughputPerSecond: number; batchSize: number | null; p50LatencyMs: number } | null {
  const all = measuredOf(record).flatMap(({ runner }) => {
    const [smallest] = runner.overSamples
    if (smallest === undefined) return []
    const best = runner.overSamples.reduce((a, b) => (b.throughputPerSecond.mean > a.throughputPerSecond.mean ? b : a))
    const { batchSize, throughputPerSecond } = best
    return [{ throughputPerSecond: throughputPerSecond.mean, batchSize, p50LatencyMs: smallest.p50LatencyMs.mean }]
  })
  const [first, ...rest] = all
  if (first === undefined) return null
  return rest.reduce((a, b) => (b.throughputPerSecond > a.throughputPerSecond ? b : a), first)
}
