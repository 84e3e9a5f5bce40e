import path from 'node:path'

import { checkAnswers, SideFailure } from './compare-answers.js'
import { type Duel, duelsOf, isSame } from './compare-duels.js'
import { chooseInputs, type CompareInputs } from './compare-inputs.js'
import { measureDuels } from './compare-measure.js'
import { type CompareRun, conclude, identical, startCompare, withCompareRecord } from './compare-record.js'
import { compareRecorded } from './compare-recorded.js'
import { readSide, servingsOf, type Side, type SideName } from './compare-sides.js'
import type { Environment } from './environment.js'
import { NavigatorError, sentencesOf } from './errors.js'
import { checkFreeDisk } from './platform/disk.js'
import type { CompareRecord } from './report/comparison.js'
import type { CompareRequest } from './request.js'
import { type Tools, withTools } from './run.js'

/**
 * Says whether the head package serves slower than the base, side by side on this machine, or with `recorded` by what
 * their records say. What cannot be compared or decided is a verdict with its reason; so is a model that fails. Throws
 * NavigatorError for packages and samples that cannot be used and machines that cannot do it.
 */
export async function compare(request: CompareRequest, environment: Environment): Promise<CompareRecord> {
  if (request.recorded) return compareRecorded(request, environment)
  return withTools(request, environment, request.exclusive, async (tools) => {
    const { startedAt, watch } = tools
    const run = startCompare(request, { runtimeVersion: tools.backend.version, startedAt, watch })
    return withCompareRecord(run, environment, () => compareLive(run, tools))
  })
}

async function compareLive(run: CompareRun, tools: Tools): Promise<void> {
  tools.environment.onProgress({ kind: 'stage', stage: 'read' })
  const sides = await readSides(run, tools)
  if (sides === null) return
  const prepared = await prepare(run, sides)
  if (prepared === null) return
  const { duels, inputs } = prepared
  if (duels.every(({ base, head }) => isSame(base, head))) {
    identical(run, duels)
    return
  }
  try {
    tools.environment.onProgress({ kind: 'stage', stage: 'answers' })
    const peaks = await checkAnswers(run, { duels, inputs, sides }, tools)
    tools.environment.onProgress({ kind: 'stage', stage: 'compare' })
    await measureDuels(run, { duels, inputs, sides, peaks }, tools)
  } catch (error) {
    if (!(error instanceof SideFailure)) throw error
    conclude(run, { verdict: 'inconclusive', reason: 'model-failed', explanation: error.message })
  }
}

async function readSides(run: CompareRun, tools: Tools): Promise<{ base: Side; head: Side } | null> {
  const missing: string[] = []
  const read = async (name: SideName): Promise<Side | null> => {
    try {
      return await readSide(name, run.request[name], path.join(tools.workspace.dir, name), {
        fingerprint: run.fingerprint,
        checkRoom: (bytes) => checkFreeDisk([{ folder: tools.workspace.dir, bytes }]),
        signal: tools.environment.signal,
      })
    } catch (error) {
      if (!(error instanceof NavigatorError) || error.code !== 'model-unsupported') throw error
      missing.push(sentencesOf(error))
      return null
    }
  }
  const [base, head] = [await read('base'), await read('head')]
  if (base !== null && head !== null) return { base, head }
  conclude(run, { verdict: 'not-comparable', reason: 'no-common-model', explanation: [...new Set(missing)].join(' ') })
  return null
}

async function prepare(
  run: CompareRun,
  sides: { readonly base: Side; readonly head: Side },
): Promise<{ duels: readonly Duel[]; inputs: CompareInputs } | null> {
  const servings = { base: await servingsOf(sides.base), head: await servingsOf(sides.head) }
  const { duels, notes } = duelsOf(sides, servings, run.host.allowedCores)
  const specs = { base: servings.base.plain.description.inputs, head: servings.head.plain.description.inputs }
  const { inputs, problems } = await chooseInputs(sides, specs, run.request)
  if (inputs === null) {
    const explanation = `The two do not take the same inputs: ${problems.join('; ')}.`
    conclude(run, { verdict: 'not-comparable', reason: 'different-inputs', explanation })
    return null
  }
  run.notes.push(
    ...[sides.base, sides.head].flatMap(({ navPackage }) => navPackage.warnings),
    ...notes,
    ...inputs.notes,
  )
  return { duels, inputs }
}
