import fc from 'fast-check'
import { expect, test } from 'vitest'

import { clashingNames, entryNameProblems } from '../../src/core/nav-package/entry-names.js'

/** Few parts, so that many names clash: by case, by form, or as a file and a folder. */
const name = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'A', 'b', 'ß', 'SS', '\u00e9', 'e\u0301'), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
  )
  .map(([parts, isFolder]) => parts.join('/') + (isFolder ? '/' : ''))

test('names clash with others just where all of them together would be refused', () => {
  const others = fc.uniqueArray(name, { maxLength: 5 }).filter((names) => entryNameProblems(names).length === 0)
  fc.assert(
    fc.property(name, others, (one, rest) => {
      const isRefused = entryNameProblems([...new Set([one, ...rest])]).length > 0
      expect(clashingNames([one], rest)).toEqual(isRefused ? [one] : [])
    }),
    { numRuns: 2000 },
  )
})
