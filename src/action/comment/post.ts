import { setTimeout } from 'node:timers/promises'

import type { Log } from '../../core/platform/log.js'
import { commentMarker, updatedBody } from '../../core/report/comment-body.js'
import { type CommentMode, type CommentSection, commentWanted } from '../../core/report/comment-section.js'
import type { GithubClient } from '../github/client.js'
import { GithubError } from '../github/error.js'
import { type Comment, create, findOwn, headOf, remove, type Thread, update } from './thread.js'

/** What is to be said on a pull request. */
export interface CommentRequest extends Thread {
  /** The commit that the sections are about. */
  readonly headSha: string
  /** Keeps the comments of several reports on one pull request apart. */
  readonly commentKey: string
  readonly mode: CommentMode
  readonly sections: readonly CommentSection[]
  readonly log: Log
}

/** Where the comment is, or in sentences why there is none. */
export type PostedComment = { readonly url: string } | { readonly skipped: string }

/** What `skipped` says where all went well and no comment is called for. */
export const NOTHING_TO_SAY = 'There is nothing that calls for a comment.'

/** How often the comment is looked at again; each time but the last it may be written. */
const MAX_ROUNDS = 8
/** Writes that may fail before it is given up. */
const MAX_FAILURES = 3

/**
 * Sees to it that the pull request has one comment of this key with these sections: finds ours on all pages, and updates
 * it or makes one. Looks again after writing: another job may have written in the same moment, and a request without an
 * answer may have been done. A newer commit's report is never written over. Never throws for what GitHub answers:
 * `skipped` says why there is no comment.
 */
export async function postComment(
  client: GithubClient,
  request: CommentRequest,
  pause: (round: number) => Promise<void> = jittered,
): Promise<PostedComment> {
  if (request.mode === 'never') return { skipped: 'No comment is wanted.' }
  try {
    return await settle(client, request, pause)
  } catch (error) {
    if (error instanceof GithubError) return { skipped: `The comment was not written. ${error.message}` }
    throw error
  }
}

/** Jobs that met at one comment must not meet again. */
async function jittered(round: number): Promise<void> {
  await setTimeout(1000 * (round + Math.random()))
}

async function settle(
  client: GithubClient,
  request: CommentRequest,
  pause: (round: number) => Promise<void>,
): Promise<PostedComment> {
  let written: { readonly url: string } | null = null
  let made: Comment | null = null
  let failures = 0
  for (let round = 0; ; round++) {
    if (round > 0) await pause(round)
    const newer = await newerHead(client, request)
    if (newer !== null) return written ?? { skipped: newer }
    const found = await findOwn(client, request, commentMarker(request.commentKey))
    // What was just made may not be listed yet.
    const kept: Comment | null = found[0] ?? made
    const body = updatedBody(kept?.body ?? null, request.commentKey, request.sections)
    if (kept !== null && isSameText(kept.body, body)) {
      if (made !== null && made.id !== kept.id) await removeSecond(client, request, made)
      return { url: kept.url }
    }
    if (written === null && !isWanted(request, kept)) return { skipped: NOTHING_TO_SAY }
    if (round === MAX_ROUNDS) return written ?? { skipped: 'Other jobs kept writing the comment at the same time.' }
    try {
      if (kept === null) made = await create(client, request, body)
      else await update(client, request, kept.id, body)
      written = kept ?? made
    } catch (error) {
      if (++failures === MAX_FAILURES || !isOpen(error, kept)) throw error
    }
  }
}

/** Why the report is too late, in a sentence; null when it is not. */
async function newerHead(client: GithubClient, request: CommentRequest): Promise<string | null> {
  const head = await headOf(client, request)
  if (head === request.headSha) return null
  return (
    `Pull request #${request.pullRequest} has moved on to ${head.slice(0, 7)}, ` +
    `so the report of ${request.headSha.slice(0, 7)} is not posted.`
  )
}

function isWanted({ mode, sections }: CommentRequest, kept: Comment | null): boolean {
  return commentWanted(mode, sections, kept?.body ?? null)
}

/** GitHub may keep a text without the white space at its end. */
function isSameText(one: string, other: string): boolean {
  return one.trimEnd() === other.trimEnd()
}

/** Whether a look at the comments can tell what became of a write, or what to write instead. */
function isOpen(error: unknown, kept: Comment | null): boolean {
  if (!(error instanceof GithubError)) return false
  if (error.reason === 'conflict') return true
  // An update the client has tried again by itself; a creation may have been done, and a comment taken away.
  return kept === null ? error.reason === 'network' || error.reason === 'server' : error.reason === 'not-found'
}

/** Two jobs that found no comment have both made one: the older stays, and has everything by now. */
async function removeSecond(client: GithubClient, request: CommentRequest, second: Comment): Promise<void> {
  try {
    await remove(client, request, second.id)
  } catch (error) {
    if (!(error instanceof GithubError)) throw error
    request.log.warn(`The pull request has a second comment of this report, ${second.url}. ${error.message}`)
  }
}
