import type { Run } from './run.js'

/** Shares of the time budget after which no further candidate, and no further generation, is started. */
export const SCREEN_SHARE = 0.6
export const SETTLE_SHARE = 0.85

/** The reason of what was left out for lack of time. */
export const NO_TIME_LEFT = 'time budget'

/** True once `share` of the run's time budget is used. */
export function outOfTime(run: Run, share: number): () => boolean {
  return () => Date.now() - run.startedAt.getTime() > run.request.timeBudgetMs * share
}
