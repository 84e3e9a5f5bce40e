import type { Verdict } from '../comparison/verdict.js'
import { sectionLimit } from './comment-body.js'
import { renderReport, type ReportOptions } from './report-markdown.js'
import type { RunRecord, WorkflowRun } from './run-record.js'

/** What the pull request's one comment says of one model on one target. */
export interface CommentSection {
  /** Names the model and its target; a section replaces the one of the same id. */
  readonly id: string
  /** The newest commit of the pull request when it was measured. */
  readonly headSha: string
  readonly runId: number
  readonly verdict: Verdict
  /** Whether this run is red. */
  readonly failed: boolean
  readonly markdown: string
}

export interface SectionOptions extends Omit<ReportOptions, 'heading'> {
  /** Which run measured, from one who knows: a stranger's record may name any. */
  readonly run: Pick<WorkflowRun, 'headSha' | 'runId'>
}

/** Jobs that each add a section to one comment do not know how many there will be; so many always fit in whole. */
const USUAL_SECTIONS = 4

/** The section of a comment that reports a run; by default as long as leaves room for a few others. */
export function sectionOf(record: RunRecord, { run, ...options }: SectionOptions): CommentSection {
  return {
    id: JSON.stringify([record.name, record.target]),
    headSha: run.headSha,
    runId: run.runId,
    verdict: record.comparison?.verdict ?? 'none',
    failed: record.outcome !== 'done',
    markdown: renderReport(record, { limit: sectionLimit(USUAL_SECTIONS), ...options, heading: 3 }).trimEnd(),
  }
}

/** When a pull request gets a comment. */
export const COMMENT_MODES = ['never', 'always', 'on-change', 'on-regression'] as const
export type CommentMode = (typeof COMMENT_MODES)[number]

/**
 * Whether a comment with these sections is to be written. One that exists is always brought up to date, so that what was
 * red turns green; `existing` is its body, null where there is none.
 */
export function commentWanted(
  mode: CommentMode,
  sections: readonly CommentSection[],
  existing: string | null,
): boolean {
  switch (mode) {
    case 'never':
      return false
    case 'always':
      return true
    case 'on-change':
      return existing !== null || sections.some(({ verdict, failed }) => failed || !['same', 'none'].includes(verdict))
    case 'on-regression':
      return existing !== null || sections.some(({ verdict, failed }) => failed || verdict === 'slower')
  }
}
