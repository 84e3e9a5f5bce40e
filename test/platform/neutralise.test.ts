import fc from 'fast-check'
import { expect, it } from 'vitest'

import { neutralise } from '../../src/core/platform/neutralise.js'

it.each([
  ['a plain message, with:one colon', 'a plain message, with:one colon'],
  ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
  ['::error::x', ':\u200b:error:\u200b:x'],
  [':::', ':\u200b:\u200b:'],
  ['\r##[error]x', '#\u200b#[error]x'],
  ['\u001b[31mred\u001b[0m', 'red'],
  [':\u0000:set-env', ':\u200b:set-env'],
  ['#\u001b[0m#[group]', '#\u200b#[group]'],
])('makes %j safe', (text, safe) => {
  expect(neutralise(text)).toBe(safe)
})

it('leaves nothing that a runner obeys or a terminal interprets, and is stable', () => {
  const piece = fc.constantFrom(
    ':',
    '#',
    '[',
    '##[',
    '\u001b',
    '\u001b[31m',
    '\u009b',
    '\r',
    '\n',
    '\u2028',
    '\u0000',
    'a',
  )
  const hostile = fc.array(fc.oneof(piece, fc.string())).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(hostile, (text) => {
      const safe = neutralise(text)
      expect(safe).not.toMatch(/::|##\[|[^\P{Cc}\t\n]|[\u2028\u2029]/u)
      expect(neutralise(safe)).toBe(safe)
    }),
  )
})
