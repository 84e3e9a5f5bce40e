import * as core from '@actions/core'

import { type ProgressEvent, STAGE_TEXT } from '../core/environment.js'
import { plainText } from '../core/report/escape.js'
import { formatMs, formatRatio, formatThroughput } from '../core/report/format.js'

/** Writes progress to the step's log: a line per stage, a group per candidate, a warning per candidate that failed. */
export interface ProgressLog {
  show(event: ProgressEvent): void
  /** Closes the group of a candidate that the run did not finish. */
  close(): void
}

export function createProgressLog(): ProgressLog {
  let isGroupOpen = false
  const close = (): void => {
    if (isGroupOpen) core.endGroup()
    isGroupOpen = false
  }
  return {
    close,
    show(event) {
      switch (event.kind) {
        case 'stage':
          core.info(STAGE_TEXT[event.stage])
          return
        case 'planned':
          core.info(`Plan: ${event.candidates.map(({ id }) => plainText(id)).join(', ')}`)
          return
        case 'candidate-started':
          close()
          core.startGroup(`${event.index + 1} of ${event.total}: ${plainText(event.candidate.id)}`)
          isGroupOpen = true
          return
        case 'batch-measured':
          core.info(
            `batch ${event.batchSize ?? 'none'}: p50 ${formatMs(event.p50Ms)}, ${formatThroughput(event.throughputPerSecond)}`,
          )
          return
        case 'candidate-finished':
          close()
          showOutcome(event.outcome)
          return
        case 'compared':
          core.info(`Generation ${event.generation}: head ${formatRatio(event.ratio)} the time of base so far`)
          return
        case 'sample-measured':
          // One line for all samples: there may be thousands.
          if (event.sample + 1 === event.samples)
            core.info(`${plainText(event.name)}: batch ${event.batchSize ?? 'none'}, ${event.samples} samples`)
          return
        case 'streams-measured':
          core.info(`${plainText(event.name)}: batch ${event.batchSize ?? 'none'}, ${event.streams} streams`)
          return
        case 'row-profiled':
          if (event.status === 'FAIL') core.warning(plainText(event.text), { title: `${plainText(event.name)} failed` })
          else core.info(`${plainText(event.name)}: ${plainText(event.text)}`)
          return
        case 'settling':
          core.info(`Generation ${event.generation} of ${event.generations}, ${event.finalists} candidates`)
      }
    },
  }
}

function showOutcome(outcome: Extract<ProgressEvent, { kind: 'candidate-finished' }>['outcome']): void {
  const id = plainText(outcome.candidate.id)
  switch (outcome.status) {
    case 'measured': {
      const best = Math.max(...outcome.measurements.map((one) => one.throughputPerSecond))
      core.info(`${id}: ${formatThroughput(best)} at best`)
      return
    }
    case 'failed':
      core.warning(plainText(outcome.reason), { title: `Candidate ${id} failed (${outcome.failureClass})` })
      return
    case 'skipped':
      core.info(`${id}: skipped, ${plainText(outcome.reason)}`)
  }
}
