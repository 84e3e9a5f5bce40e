import { expect, test } from 'vitest'

import { type Column, textTable } from '../../src/cli/text-table.js'

const COLUMNS: readonly Column[] = [
  { head: 'name', align: 'left', dispensable: 0 },
  { head: 'p50', align: 'right', dispensable: 1 },
  { head: 'size', align: 'right', dispensable: 2 },
]
const ROWS = [
  ['onnx', '0.550 ms', '579 kB'],
  ['\u001b[32mmodel\u001b[39m', '12 ms', '4.70 MB'],
]

test('aligns columns without lines, colour or not', () => {
  expect(
    textTable(COLUMNS, ROWS, Infinity)
      .replaceAll(/\u001b\[\d+m/g, '')
      .split('\n'),
  ).toEqual(['name        p50     size', 'onnx   0.550 ms   579 kB', 'model     12 ms  4.70 MB'])
})

test.each([
  [24, ['name', 'p50', 'size']],
  [23, ['name', 'p50']],
  [14, ['name']],
  [1, ['name']],
])('in %i columns it keeps %j', (width, heads) => {
  expect(textTable(COLUMNS, ROWS, width).split('\n')[0]?.split(/ +/)).toEqual(heads)
})
