import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import * as core from '@actions/core'

import type { Environment } from '../core/environment.js'
import { NavigatorError, type RunOutcome } from '../core/errors.js'
import type { Option } from '../core/option-reader.js'
import { neutralise } from '../core/platform/neutralise.js'
import { escapeMarkdown, plainText } from '../core/report/escape.js'
import { uploadArtifacts } from './artifact.js'
import type { GithubInputs } from './inputs.js'
import { actionLog } from './log.js'
import { leaveAll, markDone } from './post-state.js'
import { createProgressLog, type ProgressLog } from './progress-log.js'
import { writeSummary } from './report.js'

/** What tells a step of one action from that of another. */
export interface StepKind {
  /** What a workflow may give it. */
  readonly options: readonly Option[]
  /** Sets every output: those that are not known to an empty text. */
  readonly setOutputs: (known: ReadonlyMap<string, string>) => void
}

/** Says where a step's record goes, and gives the engine's environment for it. */
export type Begin = (recordPath: string, inputs: GithubInputs) => Promise<Environment>

/**
 * One step: `work` reads the inputs, begins, runs the engine and gives what is left to do with the result. The one catch
 * is here. Ends the process.
 */
export async function runStep(kind: StepKind, work: (begin: Begin) => Promise<() => Promise<void>>): Promise<void> {
  const progress = createProgressLog()
  let recordPath: string | null = null
  const signal = abortedBySignals(kind, () => recordPath)
  const begin: Begin = async (file, inputs) => {
    recordPath = file
    // What an earlier step left there is not this run's.
    await rm(file, { force: true })
    leaveAll(file, inputs)
    return environmentOf(inputs, file, signal, progress)
  }
  try {
    const publish = await work(begin)
    progress.close()
    await publish()
  } catch (error) {
    progress.close()
    await explain(kind, error, recordPath)
  }
  // Children are gone by now; an open handle of a library must not keep the runner waiting.
  process.exit()
}

/** How the run of a step ended, of whatever kind its record is. */
interface Ended {
  readonly outcome: RunOutcome
  readonly outcomeReason: string | null
}

/** Uploads the files of a run that is over; gives the artifacts by file. */
export async function uploadFiles(
  files: readonly string[],
  inputs: GithubInputs,
  { outcome }: Ended,
): ReturnType<typeof uploadArtifacts> {
  // A cancelled step has seconds left: `post` has time to upload.
  if (!inputs.upload || outcome === 'interrupted') return new Map()
  const uploaded = await uploadArtifacts(files, inputs)
  markDone('upload')
  return uploaded
}

/** Writes the job summary, and says in the log how the run ended; everything but `done` fails the step. */
export async function conclude(summary: string, headline: string, { outcome, outcomeReason }: Ended): Promise<void> {
  await writeSummary(summary)
  markDone('summary')
  const text = [headline, ...(outcomeReason === null ? [] : [plainText(outcomeReason)])].join('\n')
  if (outcome === 'done') core.info(text)
  else core.setFailed(text)
}

/**
 * GitHub cancels a step with SIGINT, SIGTERM 7.5 s later and SIGKILL 2.5 s after that. The first ends the run and keeps
 * what was measured; where that takes too long, the second ends this process.
 */
function abortedBySignals(kind: StepKind, recordPath: () => string | null): AbortSignal {
  const interrupt = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupt.signal.aborted) {
        const late = new NavigatorError('interrupted', 'The run did not end in the time it had after it was cancelled.')
        void explain(kind, late, recordPath()).finally(() => process.exit())
        return
      }
      core.info('The run was cancelled; keeping what was measured.')
      interrupt.abort()
    })
  }
  return interrupt.signal
}

/** The engine's environment in a step; `dist/worker` and `dist/runtime` lie beside this file's folder. */
function environmentOf(
  inputs: GithubInputs,
  recordPath: string,
  signal: AbortSignal,
  progress: ProgressLog,
): Environment {
  const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
  const temporaryDir = process.env['RUNNER_TEMP'] ?? '/tmp'
  return {
    workerPath: path.join(dist, 'worker', 'index.js'),
    runtimeArchiveDir: path.join(dist, 'runtime'),
    runtimeDir: inputs.runtimeDir,
    toolCacheDir: process.env['RUNNER_TOOL_CACHE'] ?? path.join(temporaryDir, 'tools'),
    temporaryDir,
    recordPath,
    log: actionLog,
    onProgress: (event) => {
      progress.show(event)
    },
    signal,
  }
}

/** Annotations and summaries have their limits; a list of inputs can be as long as anyone likes. */
const MAX_PROBLEMS = 50

function shortened(problems: readonly string[]): string[] {
  const rest = problems.length - MAX_PROBLEMS
  return [...problems.slice(0, MAX_PROBLEMS), ...(rest > 0 ? [`and ${rest} more`] : [])]
}

/** Messages of the engine name flags; a workflow has inputs of the same names. */
function inputNames(text: string, options: readonly Option[]): string {
  const names = new Set(options.map(({ name }) => name))
  return text.replace(/--([a-z]+(?:-[a-z]+)*)/g, (flag, name: string) => (names.has(name) ? name : flag))
}

/** Fails the step and says why, in the log, the outputs and the summary. `recordPath` is where its record may be. */
export async function explain(kind: StepKind, error: unknown, recordPath: string | null): Promise<void> {
  const navigatorError = error instanceof NavigatorError ? error : null
  const lines =
    navigatorError === null
      ? [
          neutralise(
            `This is a bug of the action: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          ),
        ]
      : [navigatorError.message, ...shortened(navigatorError.problems)].map((line) =>
          plainText(inputNames(line, kind.options), 2000),
        )
  core.setFailed(lines.join('\n'))
  const kept = recordPath !== null && existsSync(recordPath) ? recordPath : ''
  const outcome = navigatorError?.outcome ?? 'machine-failed'
  kind.setOutputs(
    new Map([
      ['outcome', outcome],
      ['verdict', 'none'],
      ['record-path', kept],
    ]),
  )
  const [first = '', ...rest] = lines.map((line) => escapeMarkdown(line, 2000))
  await writeSummary([`## ❌ ${first}`, ...rest.map((line) => `- ${line}`), ''].join('\n'))
  markDone('summary')
}
