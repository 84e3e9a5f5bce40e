import fc from 'fast-check'
import { expect, test } from 'vitest'

import { VERDICTS } from '../../src/core/comparison/verdict.js'
import {
  COMMENT_LIMIT,
  commentMarker,
  sectionLimit,
  sectionsOf,
  updatedBody,
} from '../../src/core/report/comment-body.js'
import { COMMENT_MODES, type CommentSection, commentWanted, sectionOf } from '../../src/core/report/comment-section.js'
import { JUDGED, JUDGED_RECORDS, RUN } from './judged-records.js'
import { HOSTILE } from './records.js'
import { expectWhole, stranger } from './safe-markdown.js'

const REGRESSION = JUDGED_RECORDS.get('regression')![0]
const SAME = { ...JUDGED, name: 'ppocr-det' }

const limit = sectionLimit(2)
const slower = sectionOf(REGRESSION, { run: RUN, limit, runUrl: 'https://example.com/runs/1' })
const same = sectionOf(SAME, { run: RUN, limit, runUrl: 'https://example.com/runs/2' })

test('reports two models in one comment', async () => {
  const older = { ...same, headSha: '0badc0de'.repeat(5) }
  const first = updatedBody(null, 'models', [older])
  const body = updatedBody(first, 'models', [slower])
  await expect(`${body}\n`).toMatchFileSnapshot('../golden/comment-two-models.md')
  expectWhole(body)
  expect(sectionsOf(body)).toEqual([slower, older])
})

test('turns its own section green and keeps the other', () => {
  const red = updatedBody(null, 'k', [slower, same])
  expect(red).toContain('## ❌ 2 models: 1 slower, 1 as fast as before')
  const green = updatedBody(red, 'k', [sectionOf({ ...JUDGED, name: REGRESSION.name }, { run: RUN, limit })])
  expect(green).toContain('## ✅ 2 models: 2 as fast as before')
  expect(green).not.toContain('got slower')
  expect(green).toContain('`ppocr-det` is as fast as before')
})

test('gives one model no headline above its own', () => {
  const body = updatedBody(null, 'k', [same])
  expect(body.split('\n')[0]).toBe(commentMarker('k'))
  expect(body).not.toContain('1 model')
})

test('keeps models and targets apart', () => {
  const ids = [
    ['a', null],
    ['a', 'b'],
    ['a","b', null],
    ['b', 'a'],
  ] as const
  const sections = ids.map(([name, target]) => sectionOf({ ...JUDGED, name, target }, { run: RUN }))
  expect(new Set(sections.map(({ id }) => id)).size).toBe(4)
})

test('drops what somebody wrote into the comment or changed in it', () => {
  const body = updatedBody(null, 'k', [slower, same])
  const edited = `hello\n${body.replace('got slower', 'got faster')}\n<details>\n\`\`\`\nbye`
  expect(sectionsOf(edited)).toEqual([same])
  const next = updatedBody(edited, 'k', [])
  expectWhole(next)
  expect(next).not.toMatch(/hello|bye|got faster/)
  expect(sectionsOf(body.replaceAll('\n', '\r\n'))).toEqual([slower, same])
})

const anySection: fc.Arbitrary<CommentSection> = fc.record({
  id: stranger,
  headSha: fc.oneof(fc.constantFrom('a'.repeat(40), 'b'.repeat(40)), fc.string({ maxLength: 64 })),
  runId: fc.nat(),
  verdict: fc.constantFrom(...VERDICTS),
  failed: fc.boolean(),
  markdown: fc.oneof(
    fc.constantFrom(slower.markdown, same.markdown),
    fc.string({ unit: fc.constantFrom('a', '\n', '#', '>', '-', ' ', '$&'), maxLength: 300 }),
    fc.integer({ min: 1, max: 60_000 }).map((length) => `### title\n\n${'x'.repeat(length)}`),
  ),
})
const anySections = fc.uniqueArray(anySection, { selector: ({ id }) => id, maxLength: 8 })
const fits = (sections: readonly CommentSection[]): boolean =>
  sections.reduce((sum, { markdown }) => sum + markdown.length + 1500, 0) < COMMENT_LIMIT
const byId = (sections: readonly CommentSection[]): CommentSection[] =>
  [...sections].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))

test('reads back every section it wrote', () => {
  fc.assert(
    fc.property(anySections.filter(fits), anySections.filter(fits), stranger, (first, second, key) => {
      const kept = first.filter(({ id }) => second.every((section) => section.id !== id))
      fc.pre(fits([...kept, ...second]))
      expect(sectionsOf(updatedBody(null, key, first))).toEqual(byId(first))
      const body = updatedBody(updatedBody(null, key, first), key, second)
      expect(sectionsOf(body)).toEqual(byId([...kept, ...second]))
    }),
  )
})

test('writes the same body again, with one marker, within the limit', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.constant(null),
        fc.string({ unit: 'binary' }),
        anySections.map((all) => updatedBody(null, 'x', all)),
      ),
      fc.oneof(
        anySections,
        stranger.map((markdown) => [{ ...same, markdown: `${markdown}\n\n${commentMarker('k')}\n` }]),
      ),
      stranger,
      (existing, sections, key) => {
        const body = updatedBody(existing, key, sections)
        expect(body.length).toBeLessThanOrEqual(COMMENT_LIMIT)
        expect(body.startsWith(`${commentMarker(key)}\n`) || body === commentMarker(key)).toBe(true)
        expect(body.split('<!-- navpkg comment')).toHaveLength(2)
        expect(updatedBody(body, key, sections)).toBe(body)
      },
    ),
  )
})

test('reads any body without throwing', () => {
  const piece = fc.oneof(
    stranger,
    fc.constantFrom('<!-- navpkg section ', ' -->', '<!-- navpkg end -->', '\n\n', 'e30=', same.markdown),
    fc.anything().map((value) => `<!-- navpkg section ${btoa(encodeURIComponent(fc.stringify(value)))} -->`),
  )
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      expect(sectionsOf(pieces.join(''))).toEqual([])
    }),
  )
})

test('has room for every model of a large matrix, failed ones last to go', () => {
  const sections = Array.from({ length: 256 }, (_, index) =>
    sectionOf(
      { ...(index === 0 ? REGRESSION : JUDGED), name: `${HOSTILE}${index}` },
      { run: RUN, limit: sectionLimit(256) },
    ),
  )
  const body = updatedBody(null, 'k', sections)
  expect(body.length).toBeLessThanOrEqual(COMMENT_LIMIT)
  expectWhole(body)
  expect(body).toContain('## ❌ 256 models: 1 slower, 255 as fast as before')
  expect(sectionsOf(body).filter(({ failed }) => failed)).toHaveLength(1)
  expect(body).toMatch(/and \d+ more, for which there is no room here$/)
})

test('gives each section its share of the comment', () => {
  for (const count of [1, 2, 5, 20]) {
    const sections = Array.from({ length: count }, (_, index) => ({
      ...same,
      id: String(index),
      markdown: `### ${index}\n${'x'.repeat(sectionLimit(count) - 10)}`,
    }))
    expect(sectionsOf(updatedBody(null, 'k', sections)).map(({ markdown }) => markdown)).toEqual(
      byId(sections).map(({ markdown }) => markdown),
    )
  }
  expect(sectionLimit(1)).toBeGreaterThan(60_000)
  expect(sectionLimit(1000)).toBe(2000)
})

test('leaves room for other models where nobody says how many there are', () => {
  const [long] = JUDGED_RECORDS.get('many-candidates')!
  const candidates = long.candidates.map((one) => ({ ...one, reason: 'x'.repeat(250) }))
  const bodyOf = (name: string, body: string | null): string =>
    updatedBody(body, 'k', [sectionOf({ ...long, name, candidates }, { run: RUN })])
  const body = ['a', 'b', 'c', 'd'].reduce<string | null>((before, name) => bodyOf(name, before), null) ?? ''
  expect(sectionsOf(body)).toHaveLength(4)
  expect(body.match(/How it is served now/g)).toHaveLength(4)
})

test.each(COMMENT_MODES)('decides by what there is to say whether to comment %s', (mode) => {
  const section = (verdict: CommentSection['verdict'], failed = false): CommentSection => ({ ...same, verdict, failed })
  const wanted = (one: CommentSection, existing: string | null = null): boolean => commentWanted(mode, [one], existing)
  const verdicts = VERDICTS.filter((verdict) => wanted(section(verdict)))
  expect(verdicts).toEqual(
    {
      never: [],
      always: [...VERDICTS],
      'on-change': ['faster', 'slower', 'inconclusive', 'not-comparable'],
      'on-regression': ['slower'],
    }[mode],
  )
  expect(wanted(section('none', true))).toBe(mode !== 'never')
  expect(wanted(section('same'), 'red')).toBe(mode !== 'never')
})
