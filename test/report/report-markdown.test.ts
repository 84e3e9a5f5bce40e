import fc from 'fast-check'
import { expect, test } from 'vitest'

import { type ReportOptions, renderReport } from '../../src/core/report/report-markdown.js'
import type { RunRecord } from '../../src/core/report/run-record.js'
import { runRecordSchema } from '../../src/core/report/run-record.js'
import { JUDGED, JUDGED_RECORDS } from './judged-records.js'
import { failed, HOSTILE, measured, RECORDS, WINNER } from './records.js'
import { cellCount, expectWhole, stranger, withoutOwnHtml } from './safe-markdown.js'

test.each([...RECORDS])('renders the record "%s" as its golden file', async (name, record) => {
  expect(runRecordSchema.parse(record)).toEqual(record)
  await expect(renderReport(record, { packageUrl: 'https://example.com/artifacts/1' })).toMatchFileSnapshot(
    `../golden/summary-${name}.md`,
  )
})

test.each([...JUDGED_RECORDS])('renders the judged record "%s" as its golden file', async (name, [record, options]) => {
  expect(runRecordSchema.parse(record)).toEqual(record)
  const urls = { packageUrl: 'https://example.com/artifacts/1', recordUrl: 'https://example.com/artifacts/2' }
  await expect(renderReport(record, { ...urls, ...options })).toMatchFileSnapshot(`../golden/report-${name}.md`)
})

/** A record whose every name, reason and other text is a stranger's. */
function withNames(name: string, reason: string, base: RunRecord = WINNER): RunRecord {
  const best = { ...WINNER.selection!.best, candidateId: name }
  return {
    ...base,
    name,
    target: name,
    outcomeReason: reason,
    notes: [reason],
    candidates: [
      ...WINNER.candidates,
      measured(name, [
        [1, 9],
        [4, 20],
      ]),
      { ...failed(`-${name}`, 'crashed', reason), offer: reason },
    ],
    selection: { ...WINNER.selection!, best, reason },
    package: { ...WINNER.package!, path: `/out/${name}` },
    host: { ...WINNER.host, cpu: name },
    baseline: base.baseline && { ...base.baseline, description: name, commit: name, url: `https://${name}` },
    baselineNote: reason,
    comparison: base.comparison && { ...base.comparison, explanation: reason },
    gate: base.gate && { failed: true, reasons: [reason, reason] },
  }
}

const INCONCLUSIVE = JUDGED_RECORDS.get('inconclusive')![0]

test.each([
  ['a run that only measured', WINNER],
  ['a run that was judged', INCONCLUSIVE],
])('keeps any name and any reason inside its cell, line and code span: %s', (_, base) => {
  const shape = renderReport(withNames('plain', 'plain', base)).split('\n')
  fc.assert(
    fc.property(stranger, stranger, (name, reason) => {
      const lines = renderReport(withNames(name, reason, base)).split(/[\n\r\u2028\u2029]/)
      expect(lines.length).toBe(shape.length)
      expect(withoutOwnHtml(lines.join('\n'))).not.toMatch(/<|[^\P{Cc}\n]/u)
      for (const [index, line] of lines.entries()) {
        expect(line.startsWith('|')).toBe(shape[index]?.startsWith('|'))
        if (line.startsWith('|')) expect(cellCount(line)).toBe(cellCount(shape[index] ?? ''))
        if (!line.includes('```')) expect((line.match(/`/g) ?? []).length % 2).toBe(0)
        const prose = line.replaceAll(/`[^`]*`|\]\(<[^>]*>\)|plotColorPalette.*/g, '')
        expect(prose).not.toMatch(/@\w|(?<!&)#\d|\bgh-\d|\bwww\.|(?<!\\):\/\//i)
        expect(line).not.toMatch(/::|##\[/)
      }
    }),
    { examples: [[HOSTILE, HOSTILE]], numRuns: 200 },
  )
})

test.each([
  ['- a list', '\\- a list'],
  ['1. a list', '1\\. a list'],
  ['---', '\\---'],
  ['=====', '\\====='],
  ['# a heading', '\\# a heading'],
  ['-5 and 1.5', '-5 and 1.5'],
])('lets no reason begin a block of its own: %s', (reason, shown) => {
  const markdown = renderReport({ ...WINNER, outcome: 'machine-failed', outcomeReason: reason })
  expect(markdown.split('\n')[2]).toBe(shown)
})

test('links to nothing that a record of a stranger names', () => {
  const record = withNames('evil.example', 'https://evil.example', JUDGED)
  expect(renderReport(record)).toContain('](<https://evil.example>)')
  const markdown = renderReport(record, { origin: 'fork' })
  expect(markdown).toContain("Measured by the fork's own workflow")
  expect(markdown).not.toContain('](')
})

const size = fc.oneof({ weight: 3, arbitrary: fc.integer({ max: 12, min: 0 }) }, fc.constant(400))
const anyRecord = fc
  .record({
    base: fc.constantFrom(...[...JUDGED_RECORDS.values()].map(([record]) => record), ...RECORDS.values()),
    name: stranger,
    repeated: fc.constantFrom(1, 200),
    candidates: size,
    notes: size,
    reasons: size,
  })
  .map(({ base, name, repeated, candidates, notes, reasons }): RunRecord => {
    const long = name.repeat(repeated)
    const reason = (index: number): string => `${index} ${long}`
    return {
      ...withNames(long, long, base),
      candidates: [
        ...base.candidates,
        ...Array.from({ length: candidates }, (_, index) => measured(`${index}${long}`, [[1, 1 + index]])),
        ...Array.from({ length: candidates }, (_, index) => failed(`x${index}${long}`, 'crashed', long)),
      ],
      notes: Array.from({ length: notes }, (_, index) => reason(index)),
      gate: { failed: true, reasons: Array.from({ length: reasons }, (_, index) => reason(index)) },
    }
  })
const anyOptions: fc.Arbitrary<ReportOptions> = fc.record(
  {
    limit: fc.oneof(fc.integer({ min: 2000, max: 12_000 }), fc.integer({ min: 2000, max: 400_000 })),
    heading: fc.constantFrom(2 as const, 3 as const),
    packageUrl: fc.webUrl(),
    recordUrl: fc.webUrl(),
    runUrl: stranger.map((text) => `https://${text}`),
    origin: fc.constant('fork' as const),
  },
  { requiredKeys: ['limit'] },
)

test('keeps within any limit, and leaves out wholes only', () => {
  fc.assert(
    fc.property(anyRecord, anyOptions, (record, options) => {
      const markdown = renderReport(record, options)
      expect(markdown.length).toBeLessThanOrEqual(options.limit ?? 0)
      expectWhole(markdown)
    }),
    { numRuns: 60 },
  )
})

test('leaves out in a fixed order and says where the rest is', () => {
  const [record] = JUDGED_RECORDS.get('many-candidates')!
  const noted = { ...record, notes: ['A note'] }
  const parts = ['What was tried', '```mermaid', 'onnx.variant-5', '- A note', 'How it is served', 'Machine, method']
  const inOrder = [...parts, 'This fails the check', '| **p50 latency']
  const full = renderReport(noted)
  expect(full).not.toContain('Shortened')
  for (let limit = full.length - 1; limit >= 500; limit -= 150) {
    const markdown = renderReport(noted, { limit, runUrl: 'https://example.com/2' })
    expect(markdown).toMatch(/^## ❌ `ppocr-cls` got slower/)
    expect(markdown).toContain('Shortened to fit; everything is in the record, an artifact of the run.')
    expect(markdown).toContain('[workflow run](<https://example.com/2>)')
    const kept = inOrder.map((part) => markdown.includes(part))
    expect(kept).toEqual([...kept].sort())
    expect(kept[0]).toBe(false)
  }
})

test('stays below the 1 MiB of a job summary and says how much it left out', () => {
  const long = '|'.repeat(5000)
  const many = Array.from({ length: 3000 }, (_, index) =>
    measured(`${index}${long}`, [
      [1, 1 + index],
      [2, 2 + index],
    ]),
  )
  const crashed = Array.from({ length: 3000 }, (_, index) => failed(`${index}${long}`, 'crashed', long))
  const markdown = renderReport({
    ...WINNER,
    name: long,
    candidates: [...WINNER.candidates, ...many, ...crashed],
    notes: Array.from({ length: 3000 }, () => long),
  })
  expect(Buffer.byteLength(markdown)).toBeLessThan(1024 * 1024)
  expect(markdown.match(/and [\d,]+ more[^\n]*/g)).toEqual([
    'and 2990 more, below',
    'and 5903 more, in the record',
    'and 2980 more notes, in the record',
  ])
})

test('draws no chart from a single batch size', () => {
  const single = WINNER.candidates.map((one) => ({ ...one, measurements: one.measurements.slice(0, 1) }))
  expect(renderReport({ ...WINNER, candidates: single })).not.toContain('mermaid')
})

test('says which candidate serves more than a winner by latency, and how to have it', () => {
  const wide = measured('wide', [
    [1, 30],
    [8, 40],
  ])
  const record = { ...WINNER, candidates: [...WINNER.candidates, wide] }
  expect(renderReport(WINNER)).toContain('faster to serve on this runner')
  const markdown = renderReport(record)
  expect(markdown).toMatch(/^## .* answers 1\.90 × faster on this runner\n/)
  expect(markdown).toContain(
    '`wide` serves more, 198 /s at batch 8, but is not the first to answer, which decides here',
  )
  const byThroughput = { ...record, settings: { ...record.settings, strategy: 'max-throughput' as const } }
  expect(renderReport(byThroughput)).not.toContain('serves more')
})
