import fc from 'fast-check'
import { expect, test } from 'vitest'

import { renderSummary } from '../../src/core/report/markdown.js'
import type { RunRecord } from '../../src/core/report/run-record.js'
import { runRecordSchema } from '../../src/core/report/run-record.js'
import { failed, HOSTILE, measured, RECORDS, WINNER } from './records.js'

test.each([...RECORDS])('renders the record "%s" as its golden file', async (name, record) => {
  expect(runRecordSchema.parse(record)).toEqual(record)
  await expect(renderSummary(record, { packageUrl: 'https://example.com/artifacts/1' })).toMatchFileSnapshot(
    `../golden/summary-${name}.md`,
  )
})

/** The text without what we write ourselves in HTML. */
function withoutOwnHtml(markdown: string): string {
  return markdown.replaceAll(/<\/?(details|details open|summary|code)>|\]\(<https:[^<>]*>\)/g, '')
}

/** Cells of a table row as GitHub splits it: at every pipe, since ours never escapes one with a backslash. */
const cellCount = (line: string): number => line.split('|').length - 2

const stranger = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...Array.from('`|<>&\\\n\r"\'*_[](){}#:%@!$~ \u2028a')), maxLength: 60 }),
)

function withNames(name: string, reason: string): RunRecord {
  const best = { ...WINNER.selection!.best, candidateId: name }
  return {
    ...WINNER,
    name,
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
  }
}

test('keeps any name and any reason inside its cell, line and code span', () => {
  const shape = renderSummary(withNames('plain', 'plain')).split('\n')
  fc.assert(
    fc.property(stranger, stranger, (name, reason) => {
      const lines = renderSummary(withNames(name, reason)).split(/[\n\r\u2028\u2029]/)
      expect(lines.length).toBe(shape.length)
      expect(withoutOwnHtml(lines.join('\n'))).not.toMatch(/<|[^\P{Cc}\n]/u)
      for (const [index, line] of lines.entries()) {
        expect(line.startsWith('|')).toBe(shape[index]?.startsWith('|'))
        if (line.startsWith('|')) expect(cellCount(line)).toBe(cellCount(shape[index] ?? ''))
        if (!line.includes('```')) expect((line.match(/`/g) ?? []).length % 2).toBe(0)
        expect(line.replaceAll(/`[^`]*`/g, '')).not.toMatch(/@\w/)
        expect(line).not.toMatch(/::|##\[/)
      }
    }),
    { examples: [[HOSTILE, HOSTILE]], numRuns: 300 },
  )
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
  const markdown = renderSummary({
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
  expect(renderSummary({ ...WINNER, candidates: single })).not.toContain('mermaid')
})

test('says which candidate serves more than a winner by latency, and how to have it', () => {
  const wide = measured('wide', [
    [1, 30],
    [8, 40],
  ])
  const record = { ...WINNER, candidates: [...WINNER.candidates, wide] }
  expect(renderSummary(WINNER)).toContain('faster to serve on this runner')
  const markdown = renderSummary(record)
  expect(markdown).toMatch(/^## .* answers 1\.90 × faster on this runner\n/)
  expect(markdown).toContain(
    '`wide` serves more, 198 /s at batch 8, but is not the first to answer, which decides here',
  )
  const byThroughput = { ...record, settings: { ...record.settings, strategy: 'max-throughput' as const } }
  expect(renderSummary(byThroughput)).not.toContain('serves more')
})
