import { stripVTControlCharacters } from 'node:util'

import { expect, test } from 'vitest'

import { compareText } from '../../src/cli/compare-text.js'
import { compareRecordSchema } from '../../src/core/report/comparison.js'
import { renderComparison } from '../../src/core/report/comparison-markdown.js'
import { COMPARISONS } from './comparisons.js'

test.each([...COMPARISONS])('shows a comparison that ends with %s', async (name, record) => {
  expect(compareRecordSchema.parse(record)).toEqual(record)
  await expect(renderComparison(record)).toMatchFileSnapshot(`../golden/comparison-${name}.md`)
  const text = stripVTControlCharacters(compareText(record, 100))
  await expect(text).toMatchFileSnapshot(`../golden/comparison-${name}.txt`)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
})
