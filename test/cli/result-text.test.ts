import { stripVTControlCharacters } from 'node:util'

import { expect, test } from 'vitest'

import { resultText } from '../../src/cli/result-text.js'
import { RECORDS, WINNER } from '../report/records.js'

const linesOf = (...given: Parameters<typeof resultText>): string[] =>
  stripVTControlCharacters(resultText(...given)).split('\n')
const lineWith = (lines: readonly string[], text: string): string => lines.find((line) => line.includes(text)) ?? ''

test('says what won, by how much and where, then every candidate, best first', () => {
  expect(linesOf(WINNER, Infinity)).toEqual([
    '',
    'ppocr-det is 1.90 × faster to serve on this runner',
    '1.90 × the speed of the model as given by p50 latency (95 % interval 1.86–1.94, 5 alternating runs)',
    'on Example CPU 7B13, 2 cores; latency at batch 1, throughput at the best batch size',
    '',
    '  candidate             p50      p99  throughput  batch  accuracy cost     size',
    '★ onnx.extended.t2  11.6 ms  12.6 ms      149 /s      4  under 0.001 %  4.70 MB',
    '  onnx (as given)   22.1 ms  24.1 ms     78.3 /s      2              –  4.70 MB',
    '  onnx.t1           30.3 ms  33.0 ms     34.1 /s      2           none  4.70 MB',
    '',
    '– onnx.extended.t1: skipped: time budget used up',
    'Note: Random samples would have been used without yours.',
    'Package: /runner/out/navpkg-ppocr-det.nav',
    '',
  ])
})

test('leaves out the 99th percentile first, then the size, where the terminal is narrow', () => {
  expect(lineWith(linesOf(WINNER, 75), 'candidate ')).toMatch(/ p50 +throughput +batch +accuracy cost +size$/)
  expect(lineWith(linesOf(WINNER, 65), 'candidate ')).toMatch(/ p50 +throughput +batch +accuracy cost$/)
})

test('says nothing of batches for a model without them', () => {
  expect(resultText(RECORDS.get('no-batch-axis')!, 80)).not.toContain('batch')
})

test('says why a run did not finish', () => {
  expect(resultText(RECORDS.get('no-candidate')!, 80)).toContain('The model as given exceeded the memory limit.')
})
