import path from 'node:path'

import { parseBaseline } from './baseline-input.js'
import { ON_INCONCLUSIVE, readTolerances, RECORDED, TOLERANCE } from './comparison-options.js'
import { FAILURES, type FailureKind } from './comparison/gate.js'
import { type ObjectiveLimit, type ObjectiveName, OBJECTIVES } from './comparison/objectives.js'
import { type OptionContext, requireReadable } from './option-files.js'
import { type Option, option, type OptionReader } from './option-reader.js'
import { isOneOf } from './platform/disk.js'
import type { BaselineInput, GateRequest, OptimizeRequest } from './request.js'

/** What the result of `optimize` is held to. */
export const GATE_OPTIONS: readonly Option[] = [
  option(
    'baseline',
    'auto|none|PATH|artifact:NAME|release:TAG/ASSET',
    'Package to compare with, measured side by side on this machine. Default: auto in a workflow (what the base of the pull request, or the commit before, was measured as), none elsewhere.',
  ),
  TOLERANCE,
  option('min-throughput', 'N', 'Objective: least items per second of the winner at the batch size it won with.'),
  option('max-size-mb', 'N', 'Objective: largest size of the model file that wins, in megabytes (10^6 bytes).'),
  option(
    'fail-on',
    'NAME,…|none',
    'What fails: slower for a winner that is slower than the baseline, objective for one that misses an objective.',
    'slower,objective',
  ),
  ON_INCONCLUSIVE,
  option(
    'compare-time-budget',
    '2m',
    'How long comparing with the baseline may take; it ends as soon as the verdict is sure.',
    '2m',
  ),
  RECORDED,
]

/**
 * Reads what a run is held to from a reader that knows at least the options of `optimize`. Problems stay in the reader. A
 * workflow may look for its baseline on GitHub; a command line has files alone.
 */
export async function readGate(
  reader: OptionReader,
  request: OptimizeRequest,
  context: OptionContext,
): Promise<GateRequest> {
  const onInconclusive = reader.choice('on-inconclusive', ['warn', 'fail'])
  const { samples, inputShapes, inputRanges, memoryLimitBytes, requestTimeoutMs, loadTimeoutMs } = request
  const { workspace, exclusive, waitForQuietMs, seed } = request
  const baseline = readBaseline(reader, context)
  if (baseline.kind === 'file') await checkFile(reader, baseline.path, request, context)
  return {
    baseline,
    objectives: readObjectives(reader),
    failOn: readFailOn(reader),
    onInconclusive,
    failOnPush: false,
    isDefaultBranchPush: false,
    comparison: {
      tolerances: readTolerances(reader),
      recorded: reader.choice('recorded', ['true', 'false']) === 'true',
      onInconclusive,
      timeBudgetMs: reader.duration('compare-time-budget') ?? 120_000,
      ...{ samples, inputShapes, inputRanges, memoryLimitBytes, requestTimeoutMs, loadTimeoutMs },
      ...{ workspace, exclusive, waitForQuietMs, seed },
    },
  }
}

/** An accuracy budget has a default, which chooses the winner; only one that is given is an objective. */
function readObjectives(reader: OptionReader): ObjectiveLimit[] {
  const given = (name: ObjectiveName): ObjectiveLimit[] => {
    const limit = reader.has(name) ? reader.number(name) : null
    return limit === null ? [] : [{ name, limit }]
  }
  return OBJECTIVES.flatMap(given)
}

function readFailOn(reader: OptionReader): FailureKind[] {
  const given = reader.list('fail-on') ?? []
  if (given.join() === 'none') return []
  const known = FAILURES.filter((one) => given.includes(one))
  const unknown = given.filter((one) => !known.some((kind) => kind === one))
  if (unknown.length > 0 || known.length === 0) {
    reader.problem('fail-on', `is neither none nor a list of ${FAILURES.join(' and ')}`)
  }
  return known
}

/** A workflow looks for its baseline by itself; a terminal has files alone. */
function readBaseline(reader: OptionReader, { cwd, style }: OptionContext): BaselineInput {
  const parsed = parseBaseline(reader.text('baseline') ?? (style === 'input' ? 'auto' : 'none'))
  if ('problem' in parsed) {
    reader.problem('baseline', parsed.problem)
    return { kind: 'none' }
  }
  const { input } = parsed
  if (input.kind === 'file') return { kind: 'file', path: path.resolve(cwd, input.path) }
  if (style === 'flag' && input.kind !== 'none') {
    reader.problem('baseline', 'is looked for on GitHub, in a workflow only; name a package (.nav), or none')
  }
  return input
}

/** In a workflow a baseline may be missing: the first run has nothing to compare with yet. */
async function checkFile(
  reader: OptionReader,
  file: string,
  { output }: OptimizeRequest,
  { style, destinations = [] }: OptionContext,
): Promise<void> {
  if (style === 'flag') await requireReadable(reader, 'baseline', file, 'file')
  const results = [output, ...destinations.map((one) => one.path)]
  if (results.includes(file) || (await isOneOf(file, results))) {
    reader.problem('baseline', 'is where a result of this run goes; name another file for one of them')
  }
}
