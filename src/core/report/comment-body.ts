import { createHash } from 'node:crypto'

import { z } from 'zod'

import { VERDICTS } from '../comparison/verdict.js'
import type { CommentSection } from './comment-section.js'
import { codeSpan } from './escape.js'
import { verdictIcon } from './verdict-headline.js'

/** Characters that GitHub takes in a comment. */
export const COMMENT_LIMIT = 65_536
/** Characters that {@link renderReport} can do with. */
const LEAST_SECTION = 2000
/** Characters for what stands above all sections, and beside the text of each. */
const TOP_ROOM = 600
const SECTION_ROOM = 900

/** Most characters of the report in a section of a comment that has `count` of them. */
export function sectionLimit(count: number): number {
  return Math.max(LEAST_SECTION, Math.floor((COMMENT_LIMIT - TOP_ROOM) / Math.max(1, count)) - SECTION_ROOM)
}

/** The first line of our comments with this key, by which they are found again. */
export function commentMarker(commentKey: string): string {
  return `<!-- navpkg comment ${digestOf(commentKey)} -->`
}

/**
 * The body of the one comment of a pull request: `sections` in place of those with their ids in the existing body, the
 * others kept and, where they are of another commit, marked as such, by id, under one headline where there are several.
 * Never more than `limit` characters (at least 2,000): sections that do not fit are shortened to their headline, others'
 * before ours and failed ones last, and where even that is too much, left out. What somebody else wrote into the existing
 * body, or changed in it, is dropped.
 */
export function updatedBody(
  existing: string | null,
  commentKey: string,
  sections: readonly CommentSection[],
  limit = COMMENT_LIMIT,
): string {
  const own = [...new Map(sections.map(bounded).map((section) => [section.id, section])).values()]
  const kept = sectionsOf(existing ?? '').filter((section) => own.every(({ id }) => id !== section.id))
  const headSha = own.at(-1)?.headSha ?? null
  const room = limit - TOP_ROOM
  const texts = fittingTexts([...failedLast(kept), ...failedLast(own)], headSha, room)
  const shown = [...texts].sort(([a], [b]) => compareTexts(a.id, b.id))
  const omitted = kept.length + own.length - shown.length
  return [
    commentMarker(commentKey),
    ...overallHeadline([...kept, ...own]),
    ...shown.map(([, text]) => text),
    ...(omitted > 0 ? [`and ${omitted} more, for which there is no room here`] : []),
  ].join(BETWEEN)
}

/**
 * The sections of a comment's body that are as they were written, in order. Reads anything: what is no section, was
 * changed by hand or is broken is passed over.
 */
export function sectionsOf(body: string): CommentSection[] {
  return [...body.replaceAll('\r\n', '\n').matchAll(SECTION)].flatMap(([, code = '', text = '']) => {
    const read = readSection(code)
    if (read === null) return []
    const candidates = [text, text.replace(oldCommitMark(read.fields), '')]
    const markdown = candidates.find((one) => digestOf(one) === read.digest)
    return markdown === undefined ? [] : [{ ...read.fields, markdown }]
  })
}

const BETWEEN = '\n\n'
const END = '<!-- navpkg end -->'
/** A section holds no marker: comments are taken from its text before it is written. */
const SECTION = /<!-- navpkg section ([\w+/=]*) -->\n\n((?:(?!<!--)[^])*)\n\n<!-- navpkg end -->/g
const LONGEST_ID = 200
/** A headline that is longer is none of ours. */
const LONGEST_HEADLINE = 1500

const marked = z.object({
  id: z.string(),
  headSha: z.string(),
  runId: z.number(),
  verdict: z.enum(VERDICTS),
  failed: z.boolean(),
  digest: z.string(),
})

function readSection(code: string): { fields: Omit<CommentSection, 'markdown'>; digest: string } | null {
  const parsed = marked.safeParse(parsedJson(Buffer.from(code, 'base64').toString()))
  if (!parsed.success) return null
  const { digest, ...fields } = parsed.data
  return { fields, digest }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A section that nothing can break the comment with, and that is no larger than its text. */
function bounded({ id, headSha, runId, verdict, failed, markdown }: CommentSection): CommentSection {
  return {
    id: id.length <= LONGEST_ID ? id : `${id.slice(0, LONGEST_ID / 2)}…${digestOf(id)}`,
    headSha: headSha.slice(0, 64),
    runId,
    verdict,
    failed,
    markdown: markdown.replaceAll(/\r\n?/g, '\n').replaceAll('<!--', '&lt;!--'),
  }
}

/** Texts of the sections that fit into `room` characters; those that come first are the first to be shortened or left out. */
function fittingTexts(
  sections: readonly CommentSection[],
  headSha: string | null,
  room: number,
): ReadonlyMap<CommentSection, string> {
  const texts = new Map(sections.map((section) => [section, sectionText(section, headSha)]))
  let over = [...texts.values()].reduce((sum, text) => sum + text.length + BETWEEN.length, -room)
  for (const [section, text] of texts) {
    if (over <= 0) return texts
    const short = sectionText(shortened(section), headSha)
    if (short.length >= text.length) continue
    texts.set(section, short)
    over -= text.length - short.length
  }
  for (const [section, text] of texts) {
    if (over <= 0) return texts
    texts.delete(section)
    over -= text.length + BETWEEN.length
  }
  return texts
}

function shortened(section: CommentSection): CommentSection {
  const [headline = ''] = section.markdown.split('\n')
  const title = headline.length > LONGEST_HEADLINE ? `### ${verdictIcon(section.verdict, section.failed)}` : headline
  return {
    ...section,
    markdown: `${title}${BETWEEN}Shortened to fit; the whole report is in the job summary of its run.`,
  }
}

function sectionText(section: CommentSection, newestSha: string | null): string {
  const { markdown, ...fields } = section
  const code = Buffer.from(JSON.stringify({ ...fields, digest: digestOf(markdown) })).toString('base64')
  const isOld = newestSha !== null && section.headSha !== newestSha
  const text = isOld ? markdown.replace(/^.*/, (headline) => `${headline}${oldCommitMark(section)}`) : markdown
  return [`<!-- navpkg section ${code} -->`, text, END].join(BETWEEN)
}

/** Stands under the headline of what was measured of another commit than the newest. */
function oldCommitMark({ headSha }: Pick<CommentSection, 'headSha'>): string {
  return `${BETWEEN}> Of commit ${codeSpan(headSha.slice(0, 7))}, not of the newest one.`
}

/** `2 models: 1 slower, 1 as fast as before`; empty for one alone, whose own headline says it. */
function overallHeadline(sections: readonly CommentSection[]): string[] {
  if (sections.length < 2) return []
  const words = sections.map(wordOf)
  const counts = WORDS.map((word) => ({ word, count: words.filter((one) => one === word).length }))
  const parts = counts.filter(({ count }) => count > 0).map(({ word, count }) => `${count} ${word}`)
  const worst = WORDS.find((word) => words.includes(word))
  const failed = sections.some((section) => section.failed)
  const verdict = sections.find((section) => wordOf(section) === worst)?.verdict ?? 'none'
  return [`## ${verdictIcon(verdict, failed)} ${sections.length} models: ${parts.join(', ')}`]
}

/** What is counted of sections, the worst first. */
const WORDS = [
  'slower',
  'failed',
  'not sure',
  'not comparable',
  'without a baseline',
  'faster',
  'as fast as before',
] as const

function wordOf({ verdict, failed }: CommentSection): (typeof WORDS)[number] {
  if (verdict === 'slower') return 'slower'
  if (failed) return 'failed'
  switch (verdict) {
    case 'faster':
      return 'faster'
    case 'same':
      return 'as fast as before'
    case 'inconclusive':
      return 'not sure'
    case 'not-comparable':
      return 'not comparable'
    case 'none':
      return 'without a baseline'
  }
}

function failedLast(sections: readonly CommentSection[]): CommentSection[] {
  return [...sections].sort((a, b) => Number(a.failed) - Number(b.failed) || compareTexts(a.id, b.id))
}

/** By code units, so that the order is the same on every machine. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Tells a text from others in sixteen characters that are safe everywhere. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
