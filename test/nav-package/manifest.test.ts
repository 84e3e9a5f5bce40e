import fc from 'fast-check'
import { expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { manifestJson, parseManifest } from '../../src/core/nav-package/manifest.js'

const entry = fc.record({
  name: fc.string({ unit: 'grapheme', minLength: 1 }),
  bytes: fc.nat(),
  sha256: fc
    .array(fc.constantFrom(...Array.from('0123456789abcdef')), { minLength: 64, maxLength: 64 })
    .map((digits) => digits.join('')),
})

test('reads back whatever it writes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(entry, { selector: ({ name }) => name }), (entries) => {
      expect([...parseManifest(manifestJson(entries)).values()]).toEqual(entries)
    }),
  )
})

test('any other JSON is refused with a coded error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      try {
        parseManifest(text)
      } catch (error) {
        expect(error).toBeInstanceOf(NavigatorError)
        expect(error).toMatchObject({ code: 'package-invalid' })
      }
    }),
  )
})

test('fields that are added in a later version 1 are no problem', () => {
  const json = JSON.stringify({
    schemaVersion: '1.7',
    tool: {},
    entries: [{ name: 'a', bytes: 0, sha256: '0'.repeat(64), x: 1 }],
  })
  expect([...parseManifest(json).keys()]).toEqual(['a'])
})
