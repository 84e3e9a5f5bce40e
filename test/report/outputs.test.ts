import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { parseRecord } from '../../src/core/report/candidate-record.js'
import { outputsOf } from '../../src/core/report/outputs.js'
import { SCHEMAS } from '../../src/core/report/schemas.js'
import { headline } from '../../src/core/report/headline.js'
import { resultRows } from '../../src/core/report/table.js'
import { JUDGED } from './judged-records.js'
import { RECORDS, WINNER } from './records.js'

test('gives the latencies at the smallest batch and the throughput at the batch that won', () => {
  expect(Object.fromEntries(outputsOf(WINNER))).toEqual({
    outcome: 'done',
    verdict: 'none',
    'best-candidate': 'onnx.extended.t2',
    'best-key': 'onnx',
    'best-runner': 'OnnxCPU',
    'best-batch-size': '4',
    throughput: '149.449',
    'latency-p50-ms': '11.6',
    'latency-p99-ms': '12.644',
    'speed-up': '1.9',
    'package-path': '/runner/out/navpkg-ppocr-det.nav',
  })
})

test('gives the verdict of the comparison, none without one', () => {
  expect(outputsOf(JUDGED).get('verdict')).toBe('same')
  expect(outputsOf({ ...JUDGED, comparison: null }).get('verdict')).toBe('none')
})

test('leaves outputs empty when nothing won', () => {
  const outputs = [...outputsOf(RECORDS.get('no-candidate')!)].slice(2).map(([, value]) => value)
  expect(outputs).toEqual(Array.from({ length: 9 }, () => ''))
})

test.each([...SCHEMAS])('publishes the schema that a %s is checked with', (name, schema) => {
  expect(JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'))).toEqual(schema())
})

test('names each field of a record that is not as the schema says', () => {
  expect(() => parseRecord({ ...WINNER, name: 1 })).toThrow(
    expect.objectContaining({ code: 'package-invalid', problems: [expect.stringMatching(/^name: /)] }),
  )
  expect(parseRecord(JSON.parse(JSON.stringify(WINNER)))).toEqual(WINNER)
})

test('lists the winner first and the rest of the candidates with what became of them', () => {
  expect(resultRows(WINNER)).toEqual([
    {
      name: 'onnx.extended.t2',
      figures: ['11.6 ms', '12.6 ms', '149 /s', '4', 'under 0.001 %', '4.70 MB'],
      remark: '',
      result: 'best',
    },
    {
      name: 'onnx',
      figures: ['22.1 ms', '24.1 ms', '78.3 /s', '2', '–', '4.70 MB'],
      remark: 'as given',
      result: 'measured',
    },
    {
      name: 'onnx.t1',
      figures: ['30.3 ms', '33.0 ms', '34.1 /s', '2', 'none', '4.70 MB'],
      remark: '',
      result: 'measured',
    },
    { name: 'onnx.extended.t1', figures: null, remark: 'skipped: time budget used up', result: 'skipped' },
  ])
  expect(headline(WINNER)).toBe('ppocr-det is 1.90 × faster to serve on this runner')
})
