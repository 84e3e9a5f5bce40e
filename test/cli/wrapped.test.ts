import { expect, test } from 'vitest'

import { wrapped } from '../../src/cli/wrapped.js'

test('breaks between words and indents what follows deeper than the line itself', () => {
  expect(wrapped('  ~ one two three four', 12)).toBe('  ~ one two\n    three\n    four')
})

test('counts neither colours nor breaks words that are too long', () => {
  expect(wrapped('\u001b[32mgreen\u001b[39m word andaverylongword', 10)).toBe(
    '\u001b[32mgreen\u001b[39m word\n  andaverylongword',
  )
})

test('leaves a line that fits, or any without a terminal, as it is', () => {
  expect(wrapped('a  b', 4)).toBe('a  b')
  expect(wrapped(`${'word '.repeat(100)}end`, Infinity)).not.toContain('\n')
})
