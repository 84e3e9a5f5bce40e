import fc from 'fast-check'
import { expect, it } from 'vitest'

import { OutputLines } from '../../src/core/platform/output-lines.js'

/** The lines given when the text's bytes arrive in chunks of the given sizes, then the rest. */
function linesOf(text: string, sizes: readonly number[]): string[] {
  const given: string[] = []
  const lines = new OutputLines((line) => given.push(line))
  let bytes = Buffer.from(text)
  for (const size of sizes) {
    lines.add(bytes.subarray(0, size))
    bytes = bytes.subarray(size)
  }
  lines.add(bytes)
  lines.end()
  return given
}

it('gives whole lines, the last one too, and no blank ones', () => {
  expect(linesOf('one\n\n \ntwo\nthree', [])).toEqual(['one', 'two', 'three'])
})

it('gives the same lines wherever the bytes were cut', () => {
  const text = fc.array(fc.constantFrom(':', '::', '\n', 'é', '漢', '🙂', 'plain ')).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(text, fc.array(fc.nat(5)), (whole, sizes) => {
      expect(linesOf(whole, sizes)).toEqual(whole.split('\n').filter((line) => line.trim() !== ''))
    }),
  )
})

it('holds no more than a bounded part of a line that never ends', () => {
  const given: string[] = []
  const lines = new OutputLines((line) => given.push(line))
  for (let count = 0; count < 100; count++) lines.add(Buffer.alloc(1000, 'x'))
  expect(given.join('').length).toBeGreaterThan(80_000)
  expect(Math.max(...given.map((line) => line.length))).toBeLessThan(20_000)
})
