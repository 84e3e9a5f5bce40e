import fc from 'fast-check'
import { expect, test } from 'vitest'

import { parseBaseline } from '../src/core/baseline-input.js'

test.each([
  ['auto', { kind: 'auto' }],
  [' none ', { kind: 'none' }],
  ['base.nav', { kind: 'file', path: 'base.nav' }],
  ['models/base.nav', { kind: 'file', path: 'models/base.nav' }],
  ['C:\\models\\base.nav', { kind: 'file', path: 'C:\\models\\base.nav' }],
  ['./odd:name.nav', { kind: 'file', path: './odd:name.nav' }],
  ['artifact:navpkg-demo.nav', { kind: 'artifact', name: 'navpkg-demo.nav' }],
  ['release:v1.2/demo.nav', { kind: 'release', tag: 'v1.2', asset: 'demo.nav' }],
  ['release:models/v1.2/demo.nav', { kind: 'release', tag: 'models/v1.2', asset: 'demo.nav' }],
  ['release:latest/demo.nav', { kind: 'release', tag: 'latest', asset: 'demo.nav' }],
])('%s is understood', (text, input) => {
  expect(parseBaseline(text)).toEqual({ input })
})

test.each([
  ['', 'is empty; expected auto, none, the path of a package, artifact:NAME or release:TAG/ASSET'],
  ['artifact:', 'has no name of an artifact; expected artifact:NAME, such as artifact:navpkg-demo.nav'],
  ['artifact:a/b', 'has a character that no name of an artifact has: " * : < > | ? \\ /'],
  ['release:v1.2', 'is not release:TAG/ASSET, such as release:v1.2/model.nav; TAG may be latest'],
  ['release:/demo.nav', 'is not release:TAG/ASSET, such as release:v1.2/model.nav; TAG may be latest'],
  ['release:v1.2/', 'is not release:TAG/ASSET, such as release:v1.2/model.nav; TAG may be latest'],
  [
    'artefact:x',
    'has an unknown kind, artefact; expected auto, none, the path of a package, artifact:NAME or release:TAG/ASSET (a path with a colon begins with ./)',
  ],
  ['a\nb', 'has control characters or more than one line'],
  ['x'.repeat(1001), 'is longer than 1000 characters'],
])('%j is a problem in words', (text, problem) => {
  expect(parseBaseline(text)).toEqual({ problem })
})

test('whatever is written is understood or a problem, and comes back as it was given', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((rest) => `release:${rest}`),
        fc.string().map((rest) => `artifact:${rest}`),
      ),
      (text) => {
        const parsed = parseBaseline(text)
        if ('problem' in parsed) return
        const { input } = parsed
        const back =
          input.kind === 'release'
            ? `release:${input.tag}/${input.asset}`
            : input.kind === 'artifact'
              ? `artifact:${input.name}`
              : input.kind === 'file'
                ? input.path
                : input.kind
        expect(back).toBe(text.trim())
      },
    ),
  )
})
