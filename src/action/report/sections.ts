import { sectionLimit } from '../../core/report/comment-body.js'
import { type CommentSection, sectionOf } from '../../core/report/comment-section.js'
import { artifactUrl, runUrl } from '../github/addresses.js'
import type { GithubContext } from '../github/context.js'
import type { CollectedRecord } from './collect.js'
import type { Origin } from './origin.js'

/** The parts of summary and comment, one of each record. Every link in them is made here; none is a stranger's. */
export function sectionsOf(
  records: readonly CollectedRecord[],
  { run, isFork, headSha }: Origin,
  context: GithubContext | null,
): CommentSection[] {
  const runId = run?.id ?? context?.runId ?? 0
  return records.map(({ record, artifactId }) =>
    sectionOf(record, {
      ...linksOf(context, runId, artifactId),
      ...(isFork ? { origin: 'fork' } : {}),
      limit: sectionLimit(records.length),
      run: { headSha, runId },
    }),
  )
}

function linksOf(
  context: GithubContext | null,
  runId: number,
  artifactId: number | null,
): { runUrl?: string; recordUrl?: string } {
  if (context === null) return {}
  const ofRun = { runUrl: runUrl(context, runId) }
  return artifactId === null ? ofRun : { ...ofRun, recordUrl: artifactUrl(context, runId, artifactId) }
}
