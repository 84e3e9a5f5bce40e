import { NavigatorError, sentencesOf } from '../../core/errors.js'
import type { Log } from '../../core/platform/log.js'
import { updatedBody } from '../../core/report/comment-body.js'
import type { CommentSection } from '../../core/report/comment-section.js'
import { escapeMarkdown } from '../../core/report/escape.js'
import { counted } from '../../core/report/headline.js'
import { overallOf } from '../../core/report/overall.js'
import type { RunRecord } from '../../core/report/run-record.js'
import { NOTHING_TO_SAY, type PostedComment, postComment } from '../comment/post.js'
import { FORK, isReadOnly } from '../comment/say.js'
import type { GithubClient } from '../github/client.js'
import type { GithubContext } from '../github/context.js'
import { GithubError } from '../github/error.js'
import { collectArtifacts, collectFiles, type Collection } from './collect.js'
import type { ReportInputs } from './inputs.js'
import { claimedRun, foreignOrigin, type Origin, ownOrigin } from './origin.js'
import { isRefusal, type Refusal } from './refusal.js'
import { sectionsOf } from './sections.js'

/**
 * How a report ended. `gate-failed`: a record failed its gate or did not come to an end; `refused`: something that should
 * be reported cannot be believed or used; `missing-records`: there are fewer than expected; `machine-failed`: GitHub did
 * not give what it was asked for.
 */
export type ReportOutcome = 'done' | 'gate-failed' | 'refused' | 'missing-records' | 'machine-failed'

export interface Report {
  readonly outcome: ReportOutcome
  /** Of all records together. */
  readonly verdict: ReturnType<typeof overallOf>
  /** How many are reported. */
  readonly records: number
  readonly pullRequest: number | null
  readonly commentUrl: string | null
  /** Why the outcome is not `done`, and what else was left out, a sentence each. May carry a stranger's names. */
  readonly problems: readonly string[]
  /** What is wrong by the records themselves, a sentence each. May carry a stranger's names. */
  readonly failures: readonly string[]
  /** For the job summary. */
  readonly markdown: string
  /** Whether the outcome is to fail the step. */
  readonly failed: boolean
}

/** What a report is made with. */
export interface ReportTools {
  /** null outside GitHub. */
  readonly context: GithubContext | null
  /** null without a token. */
  readonly client: GithubClient | null
  /** Where downloads lie for a moment. */
  readonly folder: string
  readonly log: Log
  /** Waits before a comment is looked at again. */
  readonly pause?: (round: number) => Promise<void>
}

/** 1 MiB of summary if every UTF-16 unit took three bytes, less what is written around it. */
const SUMMARY_LIMIT = 320_000
/** Problems in the summary; a stranger's run may have hundreds. */
const MAX_PROBLEMS = 50

/**
 * Merges the records of this run, of files, or of another run, which is taken for a stranger's, into one summary and one
 * comment. What cannot be believed is left out and named. Throws only for a bug, and in a stranger's case not even then.
 */
export async function makeReport(inputs: ReportInputs, tools: ReportTools): Promise<Report> {
  const isForeign = claimedRun(inputs, tools.context) !== null
  try {
    const origin = await originOf(inputs, tools)
    return isRefusal(origin) ? nothing('refused', [origin.refused], false) : await reportOf(origin, inputs, tools)
  } catch (error) {
    if (error instanceof GithubError) return nothing('machine-failed', [error.message], inputs.failOnGate && !isForeign)
    if (!isForeign) throw error
    tools.log.debug(error instanceof Error ? (error.stack ?? error.message) : String(error))
    const why = error instanceof NavigatorError ? sentencesOf(error) : `This is a bug of the action: ${String(error)}`
    return nothing('machine-failed', [why], false)
  }
}

async function originOf(inputs: ReportInputs, { context, client }: ReportTools): Promise<Origin | Refusal> {
  const claimed = claimedRun(inputs, context)
  if (claimed === null) return ownOrigin(inputs, context)
  if (isRefusal(claimed)) return claimed
  if (context === null || client === null) return { refused: `Without a token run ${claimed.runId} cannot be checked.` }
  return foreignOrigin(client, context, claimed)
}

function nothing(outcome: ReportOutcome, problems: readonly string[], failed: boolean): Report {
  const known = { verdict: 'none', records: 0, pullRequest: null, commentUrl: null, failures: [] } as const
  return { outcome, ...known, problems, markdown: markdownOf(NOTHING, problems), failed }
}

async function reportOf(origin: Origin, inputs: ReportInputs, tools: ReportTools): Promise<Report> {
  const { records, refusals } = await collect(origin, inputs, tools)
  const sections = sectionsOf(records, origin, tools.context)
  const problems = [...refusals, ...missingText(records.length + refusals.length, inputs)]
  const comment = sections.length === 0 ? NO_COMMENT : await commentOn(origin, sections, inputs, tools)
  const isMissed = 'skipped' in comment && comment.skipped !== '' && comment.skipped !== NOTHING_TO_SAY
  if (isMissed) tools.log.info(comment.skipped)
  const outcome = outcomeOf(records, refusals, inputs)
  const body = sections.length === 0 ? NOTHING : updatedBody(null, inputs.commentKey, sections, SUMMARY_LIMIT)
  const notes = [...problems, ...(isMissed ? [comment.skipped] : [])]
  return {
    outcome,
    verdict: overallOf(records.map(({ record }) => record)),
    records: records.length,
    pullRequest: origin.pullRequest,
    commentUrl: 'url' in comment ? comment.url : null,
    problems,
    failures: records.flatMap(({ record }) => failureOf(record)),
    markdown: markdownOf(body, notes),
    failed: outcome !== 'done' && inputs.failOnGate && !origin.isForeign,
  }
}

function collect(origin: Origin, inputs: ReportInputs, { client, folder }: ReportTools): Promise<Collection> {
  if (inputs.records !== null) return collectFiles(inputs.records, origin.run)
  if (client !== null && origin.run !== null) return collectArtifacts(client, origin.run, inputs, folder)
  const refused = 'Artifacts can be read in a workflow only, with the input github-token; elsewhere give records.'
  return Promise.resolve({ records: [], refusals: [refused] })
}

function missingText(found: number, { expectedRecords, records }: ReportInputs): string[] {
  if (found >= expectedRecords) return []
  const where = records === null ? 'does the input artifacts name it' : 'does the input records name it'
  return [
    `There must be at least ${counted(expectedRecords, 'record')}, and there ${found === 1 ? 'is' : 'are'} ${found}: ` +
      `did every job that measures keep its record, and ${where}?`,
  ]
}

function outcomeOf(
  records: Collection['records'],
  refusals: Collection['refusals'],
  { expectedRecords }: ReportInputs,
): ReportOutcome {
  if (records.some(({ record }) => record.outcome !== 'done')) return 'gate-failed'
  if (refusals.length > 0) return 'refused'
  return records.length < expectedRecords ? 'missing-records' : 'done'
}

function failureOf({ name, target, outcome, outcomeReason }: RunRecord): string[] {
  if (outcome === 'done') return []
  const model = target === null ? name : `${name} on ${target}`
  return [`${model}: ${outcomeReason ?? outcome}`]
}

async function commentOn(
  { pullRequest, headSha }: Origin,
  sections: readonly CommentSection[],
  { comment: mode, commentKey }: ReportInputs,
  { context, client, log, pause }: ReportTools,
): Promise<PostedComment> {
  if (mode === 'never') return NO_COMMENT
  if (pullRequest === null || context === null) return NO_COMMENT
  if (client === null) return { skipped: 'Without a token (github-token) the pull request gets no comment.' }
  if (isReadOnly(context)) return { skipped: FORK }
  const { repository } = context
  return postComment(client, { repository, pullRequest, headSha, commentKey, mode, sections, log }, pause)
}

/** Where none is wanted or there is nothing to write one on, nothing is to be said of it. */
const NO_COMMENT: PostedComment = { skipped: '' }
const NOTHING = '## ➖ Nothing was reported'

function markdownOf(body: string, notes: readonly string[]): string {
  const rest = notes.length - MAX_PROBLEMS
  const lines = [...notes.slice(0, MAX_PROBLEMS), ...(rest > 0 ? [`And ${rest} more.`] : [])]
  const shown = lines.map((line) => `> ${escapeMarkdown(line, 600)}`)
  return `${[body, ...shown].join('\n\n')}\n`
}
