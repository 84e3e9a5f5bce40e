import { rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import * as core from '@actions/core'

import type { Environment, ProgressEvent } from '../core/environment.js'
import { NavigatorError } from '../core/errors.js'
import { optimize } from '../core/optimize.js'
import { artifactName, parseOptimizeOptions } from '../core/options.js'
import { plainText } from '../core/report/escape.js'
import { formatMs, formatThroughput } from '../core/report/format.js'
import { renderSummary } from '../core/report/markdown.js'
import { outputsOf } from '../core/report/outputs.js'
import type { RunRecord } from '../core/report/run-record.js'
import { headline } from '../core/report/table.js'
import type { OptimizeRequest } from '../core/request.js'
import { uploadArtifact } from './artifact.js'
import { engineInputs, type GithubInputs, githubInputs } from './inputs.js'

/** The main step: inputs → optimize → artifacts, outputs, annotations and summary. The one catch is here. */
export async function runMain(): Promise<void> {
  const signal = abortedBySignals()
  try {
    const inputs = githubInputs()
    const request = await readRequest(inputs)
    const recordPath = path.join(path.dirname(request.output), recordName(request))
    // What an earlier step left there is not this run's.
    await rm(recordPath, { force: true })
    core.saveState('record-path', recordPath)
    const { record } = await optimize(request, environmentOf(inputs, recordPath, signal))
    const interrupted = record.outcome === 'interrupted'
    // There is no time left for an upload: `post` does it.
    await publish(record, recordPath, { ...inputs, upload: inputs.upload && !interrupted })
    if (record.outcome !== 'done') core.setFailed(headline(record))
    core.saveState('finished', String(!interrupted))
  } catch (error) {
    core.saveState('finished', 'false')
    explain(error)
  }
  // Children are gone by now; an open handle of a library must not keep the runner waiting.
  process.exit()
}

/**
 * GitHub cancels a step with SIGINT, SIGTERM 7.5 s later and SIGKILL 2.5 s after that. The first ends the run and keeps
 * what was measured; where that takes too long, the second ends this process.
 */
function abortedBySignals(): AbortSignal {
  const interrupt = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupt.signal.aborted) {
        explain(new NavigatorError('interrupted', 'The run did not end in the time it had after it was cancelled.'))
        process.exit()
      }
      core.info('The run was cancelled; keeping what was measured.')
      interrupt.abort()
    })
  }
  return interrupt.signal
}

async function readRequest(inputs: GithubInputs): Promise<OptimizeRequest> {
  const cwd = path.resolve(process.env['GITHUB_WORKSPACE'] ?? '.', inputs.workingDirectory)
  return parseOptimizeOptions(engineInputs(), { cwd, style: 'input' })
}

function recordName({ name, target }: OptimizeRequest): string {
  return `${artifactName(name, target).replace(/^navpkg-/, 'navpkg-record-')}.json`
}

function environmentOf(inputs: GithubInputs, recordPath: string, signal: AbortSignal): Environment {
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
        core.info(text)
      },
      warn: (text) => {
        core.warning(text)
      },
    },
    onProgress: logProgress,
    signal,
  }
}

function logProgress(event: ProgressEvent): void {
  switch (event.kind) {
    case 'candidate-started':
      core.startGroup(`${event.index + 1} of ${event.total}: ${plainText(event.candidate.id)}`)
      return
    case 'batch-measured':
      core.info(
        `batch ${event.batchSize ?? 'none'}: p50 ${formatMs(event.p50Ms)}, ${formatThroughput(event.throughputPerSecond)}`,
      )
      return
    case 'candidate-finished': {
      const { outcome } = event
      if (outcome.status === 'skipped') core.info(`skipped: ${plainText(outcome.reason)}`)
      core.endGroup()
      if (outcome.status === 'failed') {
        core.warning(plainText(outcome.reason), {
          title: `Candidate ${plainText(outcome.candidate.id)} failed (${outcome.failureClass})`,
        })
      }
      return
    }
    case 'settling':
      core.info(
        `Measuring ${event.finalists} against each other: generation ${event.generation} of ${event.generations}`,
      )
      return
    case 'stage':
    case 'planned':
      return
  }
}

async function publish(record: RunRecord, recordPath: string, inputs: GithubInputs): Promise<void> {
  const uploaded = inputs.upload && record.package !== null ? await uploadArtifact(record.package.path, inputs) : null
  if (inputs.upload) await uploadArtifact(recordPath, inputs)
  for (const [name, value] of outputsOf(record)) core.setOutput(name, value)
  core.setOutput('record-path', recordPath)
  core.setOutput('artifact-id', uploaded?.id ?? '')
  core.setOutput('artifact-url', uploaded?.url ?? '')
  core.setOutput('artifact-digest', uploaded === null ? '' : (record.package?.sha256 ?? ''))
  if (process.env['GITHUB_STEP_SUMMARY'] !== undefined) {
    const links = uploaded === null ? {} : { packageUrl: uploaded.url }
    await core.summary.addRaw(renderSummary(record, links)).write()
  }
  core.info(headline(record))
}

function explain(error: unknown): void {
  const navigatorError = error instanceof NavigatorError ? error : null
  const outcome = navigatorError?.outcome ?? 'machine-failed'
  core.setOutput('outcome', outcome)
  core.setOutput('verdict', 'none')
  if (navigatorError === null) {
    core.setFailed(
      `This is a bug of the action: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
    return
  }
  const lines = [navigatorError.message, ...navigatorError.problems].map((line) => plainText(line, 2000))
  core.setFailed(lines.join('\n'))
}
