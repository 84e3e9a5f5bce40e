import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import * as core from '@actions/core'

import type { Environment } from '../core/environment.js'
import { NavigatorError } from '../core/errors.js'
import { optimize } from '../core/optimize.js'
import { artifactName, OPTIMIZE_OPTIONS } from '../core/options.js'
import { neutralise } from '../core/platform/neutralise.js'
import { escapeMarkdown, plainText } from '../core/report/escape.js'
import { renderSummary } from '../core/report/markdown.js'
import { outputsOf } from '../core/report/outputs.js'
import type { RunRecord } from '../core/report/run-record.js'
import { headline } from '../core/report/headline.js'
import type { OptimizeRequest } from '../core/request.js'
import { uploadArtifacts } from './artifact.js'
import { type GithubInputs, readInputs } from './inputs.js'
import { leaveAll, markDone } from './post-state.js'
import { createProgressLog, type ProgressLog } from './progress-log.js'
import { setOutputs, writeSummary } from './report.js'

/** The main step: inputs → optimize → artifacts, outputs, annotations and summary. The one catch is here. */
export async function runMain(): Promise<void> {
  const progress = createProgressLog()
  let recordPath: string | null = null
  const signal = abortedBySignals(() => recordPath)
  try {
    const { request, inputs } = await readInputs(process.env)
    recordPath = path.join(path.dirname(request.output), recordName(request))
    // What an earlier step left there is not this run's.
    await rm(recordPath, { force: true })
    leaveAll(recordPath, inputs)
    const { record } = await optimize(request, environmentOf(inputs, recordPath, signal, progress))
    progress.close()
    await publish(record, recordPath, inputs)
  } catch (error) {
    progress.close()
    await explain(error, recordPath)
  }
  // Children are gone by now; an open handle of a library must not keep the runner waiting.
  process.exit()
}

/**
 * GitHub cancels a step with SIGINT, SIGTERM 7.5 s later and SIGKILL 2.5 s after that. The first ends the run and keeps
 * what was measured; where that takes too long, the second ends this process.
 */
function abortedBySignals(recordPath: () => string | null): AbortSignal {
  const interrupt = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupt.signal.aborted) {
        const late = new NavigatorError('interrupted', 'The run did not end in the time it had after it was cancelled.')
        void explain(late, recordPath()).finally(() => process.exit())
        return
      }
      core.info('The run was cancelled; keeping what was measured.')
      interrupt.abort()
    })
  }
  return interrupt.signal
}

function recordName({ name, target }: OptimizeRequest): string {
  return `${artifactName(name, target).replace(/^navpkg-/, 'navpkg-record-')}.json`
}

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
    log: {
      debug: (text) => {
        core.debug(text)
      },
      info: (text) => {
        core.info(plainText(text, 2000))
      },
      warn: (text) => {
        core.warning(plainText(text, 2000))
      },
    },
    onProgress: (event) => {
      progress.show(event)
    },
    signal,
  }
}

async function publish(record: RunRecord, recordPath: string, inputs: GithubInputs): Promise<void> {
  const kept = existsSync(recordPath) ? [recordPath] : []
  const files = [...(record.package === null ? [] : [record.package.path]), ...kept]
  // A cancelled step has seconds left: `post` has time to upload.
  const uploadNow = inputs.upload && record.outcome !== 'interrupted'
  const uploaded = uploadNow ? await uploadArtifacts(files, inputs) : new Map<string, never>()
  if (uploadNow) markDone('upload')
  const artifact = uploaded.get(record.package?.path ?? '')
  setOutputs(
    new Map([
      ...outputsOf(record),
      ['record-path', kept[0] ?? ''],
      ['artifact-id', artifact?.id ?? ''],
      ['artifact-url', artifact?.url ?? ''],
      ['artifact-digest', record.package?.sha256 ?? ''],
    ]),
  )
  await writeSummary(renderSummary(record, artifact === undefined ? {} : { packageUrl: artifact.url }))
  markDone('summary')
  const lines = [headline(record), ...(record.outcomeReason === null ? [] : [plainText(record.outcomeReason)])]
  if (record.outcome === 'done') core.info(lines.join('\n'))
  else core.setFailed(lines.join('\n'))
}

/** Annotations and summaries have their limits; a list of inputs can be as long as anyone likes. */
const MAX_PROBLEMS = 50

function shortened(problems: readonly string[]): string[] {
  const rest = problems.length - MAX_PROBLEMS
  return [...problems.slice(0, MAX_PROBLEMS), ...(rest > 0 ? [`and ${rest} more`] : [])]
}

/** Messages of the engine name flags; a workflow has inputs of the same names. */
function inputNames(text: string): string {
  const names = new Set(OPTIMIZE_OPTIONS.map(({ name }) => name))
  return text.replace(/--([a-z]+(?:-[a-z]+)*)/g, (flag, name: string) => (names.has(name) ? name : flag))
}

async function explain(error: unknown, recordPath: string | null): Promise<void> {
  const navigatorError = error instanceof NavigatorError ? error : null
  const lines =
    navigatorError === null
      ? [
          neutralise(
            `This is a bug of the action: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          ),
        ]
      : [navigatorError.message, ...shortened(navigatorError.problems)].map((line) => plainText(inputNames(line), 2000))
  core.setFailed(lines.join('\n'))
  const kept = recordPath !== null && existsSync(recordPath) ? recordPath : ''
  const outcome = navigatorError?.outcome ?? 'machine-failed'
  setOutputs(
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
