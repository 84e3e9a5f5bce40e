import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Comparison } from '../../src/core/report/comparison.js'
import { sectionOf } from '../../src/core/report/comment-section.js'
import { contradictionsOf } from '../../src/core/report/contradictions.js'
import { receiveRecord } from '../../src/core/report/received-record.js'
import type { RunRecord } from '../../src/core/report/run-record.js'
import { COMPARISONS } from './comparisons.js'
import { HOSTILE, RECORDS, WINNER } from './records.js'

/** A run that was compared with a baseline and failed for it. */
const SLOWER: RunRecord = {
  ...WINNER,
  outcome: 'gate-failed',
  comparison: comparisonOf('slower'),
  gate: { failed: true, reasons: ['It got slower.'] },
}

describe('a record that this program wrote', () => {
  test.each([...RECORDS])('is taken as it is: %s', (_, record) => {
    expect(receiveRecord(JSON.stringify(record))).toEqual({ record })
  })

  test.each([...COMPARISONS.keys()])('is taken with its comparison: %s', (name) => {
    const comparison = comparisonOf(name)
    const gate = { failed: comparison.verdict === 'slower', reasons: [] }
    const record: RunRecord = { ...WINNER, outcome: gate.failed ? 'gate-failed' : 'done', comparison, gate }
    expect(receiveRecord(JSON.stringify(record))).toEqual({ record })
  })
})

describe('a text that is no record', () => {
  test.each([
    ['is empty', '', 'it is no JSON object'],
    ['is cut off', JSON.stringify(WINNER).slice(0, 1000), 'it is no JSON object'],
    ['is a list', '[]', 'it is no JSON object'],
    ['is of another version', JSON.stringify({ ...WINNER, schemaVersion: '9.0' }), 'schemaVersion (invalid value)'],
    ['lacks everything', '{}', 'and 21 more'],
    ['says nothing of its model', JSON.stringify({ ...WINNER, model: HOSTILE }), 'model (invalid type)'],
  ])('that %s is refused', (_, text, why) => {
    expect(receiveRecord(text)).toEqual({ refused: expect.stringContaining(why) as string })
  })

  test.each([
    ['is large', ' '.repeat(4 * 2 ** 20 + 1), 'more than 4194304 bytes'],
    ['is deep', '['.repeat(2_000_000), 'more than 32 deep'],
    ['has many values', `[${'0,'.repeat(1_900_000)}0]`, 'more than 200000 values'],
    ['has many quotes that end nowhere', `"${'\\"'.repeat(2_000_000)}`, 'it is no JSON object'],
  ])('that %s is refused before anything is made of it', (_, text, why) => {
    const usedBefore = process.memoryUsage().heapUsed
    expect(receiveRecord(text)).toEqual({ refused: expect.stringContaining(why) as string })
    expect(process.memoryUsage().heapUsed - usedBefore).toBeLessThan(100e6)
  })

  test('is never repeated in what is said of it', () => {
    const text = JSON.stringify({ ...WINNER, fingerprint: { [HOSTILE]: 1 }, name: [HOSTILE] })
    const refused = receiveRecord(text)
    expect(JSON.stringify(refused)).not.toMatch(/alert|::error|@team/)
  })

  test('never makes it throw', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(anything, (text) => {
        expect(receiveRecord(text)).toHaveProperty('refused')
      }),
    )
  })

  test('is rendered whatever its figures are, when it is taken', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-300 })
    const numbers = fc.array(number, { minLength: 1, maxLength: 20 })
    const comparison = { ...comparisonOf('slower'), verdict: 'inconclusive' as const, reason: 'interrupted' as const }
    const whole = JSON.stringify({ ...WINNER, comparison: { ...comparison, metrics: [], generations: 1 } })
    let taken = 0
    fc.assert(
      fc.property(numbers, fc.nat(30), (values, every) => {
        let at = 0
        const changed = whole.replaceAll(/(?<="(?:value|p50Ms|throughputPerSecond|loadMs|spentMs)":)[^,}]+/g, (one) =>
          ++at % (every + 2) === 0 ? String(values[at % values.length]) : one,
        )
        const received = receiveRecord(changed)
        if ('refused' in received) return
        taken++
        const run = { headSha: 'a'.repeat(40), runId: 1 }
        const { markdown } = sectionOf(received.record, { run, origin: 'fork', limit: 20_000 })
        expect(markdown.length).toBeLessThanOrEqual(20_000)
      }),
    )
    expect(taken).toBeGreaterThan(0)
  })

  test('may be a real one with any part of it replaced', () => {
    const whole = JSON.stringify(SLOWER)
    const part = fc.record({ at: fc.nat(whole.length), length: fc.nat(40), by: fc.json() })
    fc.assert(
      fc.property(part, ({ at, length, by }) => {
        const result = receiveRecord(whole.slice(0, at) + by + whole.slice(at + length))
        expect('record' in result || result.refused !== '').toBe(true)
      }),
    )
  })
})

describe('a record that contradicts itself', () => {
  test.each<[string, Partial<Comparison> | ((comparison: Comparison) => Partial<Comparison>), string]>([
    ['calls slower what its figures call the same', { verdict: 'same' }, 'it says same, and its figures say slower'],
    [
      'calls a metric faster that is slower',
      ({ metrics }) => ({ metrics: metrics.map((one) => ({ ...one, verdict: 'faster' })), verdict: 'faster' }),
      'its latency-p50 is called faster, and its figures say slower',
    ],
    [
      'hides that a metric is slower',
      ({ metrics }) => ({
        metrics: metrics.map((one) => ({ ...one, verdict: 'inconclusive' })),
        verdict: 'inconclusive',
      }),
      'its latency-p50 is called inconclusive, and its figures say slower',
    ],
    [
      'has a ratio that its interval does not hold',
      ({ metrics }) => ({ metrics: metrics.map((one) => ({ ...one, ratio: 0.5 })) }),
      'its latency-p50 lies outside its own interval',
    ],
    [
      'claims something from three generations',
      { generations: 3 },
      'its latency-p50 is called slower, and its figures say',
    ],
    ['measured nothing', { metrics: [] }, 'it says slower, and its figures say inconclusive'],
    ['is slower and identical', { reason: 'identical' }, 'it says slower, and its figures say inconclusive'],
    ['is slower with another fingerprint', { reason: 'different-fingerprint' }, 'and its figures say not-comparable'],
    ['has a metric twice', ({ metrics }) => ({ metrics: [...metrics, ...metrics] }), 'it compares one metric twice'],
  ])('because it %s is refused', (_, change, why) => {
    const comparison = comparisonOf('slower')
    const changed = { ...comparison, ...(typeof change === 'function' ? change(comparison) : change) }
    expect(refusal({ ...SLOWER, comparison: changed })).toContain(why)
  })

  test.each<[string, Partial<RunRecord>, string]>([
    ['its gate failed and it is done', { outcome: 'done' }, 'its gate failed, and it ended done'],
    ['its gate did not fail and it did', { gate: null }, 'its gate did not fail'],
    [
      'it says that it met an objective that it missed',
      { objectives: [{ name: 'latency-budget-ms', limit: 5, value: 7, met: true }] },
      'its latency-budget-ms of 7',
    ],
    [
      'it missed the throughput that it has',
      { objectives: [{ name: 'min-throughput', limit: 5, value: 7, met: false }] },
      'its min-throughput of 7',
    ],
    [
      'it met what it does not know',
      { objectives: [{ name: 'max-size-mb', limit: 5, value: null, met: true }] },
      'its max-size-mb of an unknown size',
    ],
    [
      'its speed-up is not what it measured',
      { speedUp: { ...WINNER.speedUp!, ratio: 9 } },
      'its speed-up lies outside',
    ],
    [
      'its winner is no candidate',
      { selection: { ...WINNER.selection!, best: { ...WINNER.selection!.best, candidateId: 'other' } } },
      'it chose a candidate that it does not have',
    ],
    ['two candidates are one', { candidates: [...WINNER.candidates, ...WINNER.candidates] }, 'have one id'],
  ])('because %s is refused', (_, change, why) => {
    expect(refusal({ ...SLOWER, ...change })).toContain(why)
  })

  test('is told with all that is wrong, up to three', () => {
    const comparison = { ...comparisonOf('slower'), metrics: [], generations: 1 }
    const objectives = [1, 2, 3, 4].map((value) => ({ name: 'max-size-mb' as const, limit: 0.5, value, met: true }))
    expect(contradictionsOf({ ...SLOWER, comparison, objectives, outcome: 'done' })).toHaveLength(6)
    expect(refusal({ ...SLOWER, comparison, objectives, outcome: 'done' })).toContain('and 3 more')
  })
})

function comparisonOf(name: string): Comparison {
  const { verdict, reason, explanation, metrics, generations, spentMs, evidence, accuracy, size } =
    COMPARISONS.get(name)!
  return { verdict, reason, explanation, metrics, generations, spentMs, evidence, accuracy, size }
}

function refusal(record: RunRecord): string {
  const received = receiveRecord(JSON.stringify(record))
  return 'refused' in received ? received.refused : ''
}
