import path from 'node:path'

import type { Outcome } from './measurement/outcome.js'
import type { NavPackage } from './nav-package/nav-package.js'
import { modelEntryPath } from './record.js'
import type { Reference } from './reference.js'
import { REPRODUCTION_SCRIPT } from './reproduction-script.js'
import type { OptimizeRequest } from './request.js'
import type { Run } from './run.js'
import type { SubjectModel } from './subject.js'

/** No script of the real Navigator is called so: its own are `reproduce_profiling-…` and the like (0.14.0). */
const NAME = 'reproduce_navpkg'
const OWN_ENTRY = /(?:^|\/)reproduce_navpkg\.(?:py|sh)(?:\/|$)/i

/** Whether an entry of a package stands where a script of ours goes; one of an earlier run says nothing of this one. */
export function isReproductionEntry(name: string): boolean {
  return OWN_ENTRY.test(name)
}

/**
 * Scripts by entry name that run a model again outside of this tool: beside every ONNX model that this run has something
 * to say of, and for a winner that is no model as given under `navpkg/models/<id>/`.
 */
export function reproductionEntries(run: RunPart, reference: ReferencePart): Map<string, string> {
  return new Map(
    subjectsOf(run).flatMap(({ folder, model, candidateId }): [string, string][] => [
      [path.posix.join(folder, `${NAME}.py`), REPRODUCTION_SCRIPT],
      [path.posix.join(folder, `${NAME}.sh`), shellScript(argumentsOf(model, candidateId, run, reference))],
    ]),
  )
}

/** What of a run its scripts depend on. */
export interface RunPart {
  readonly command: Run['command']
  readonly request: Pick<OptimizeRequest, 'inputRanges'>
  readonly subject: {
    readonly models: readonly Pick<SubjectModel, 'key'>[]
    readonly navPackage: NavPackage | null
  }
  readonly outcomes: readonly Pick<Outcome, 'status' | 'candidate'>[]
  readonly selection: { readonly best: { readonly candidateId: string } } | null
}

type ReferencePart = Pick<Reference, 'inputs' | 'outputs' | 'profiling'>

interface Subject {
  readonly folder: string
  /** The model's file, from `folder`. */
  readonly model: string
  /** In the record; null when nothing was measured. */
  readonly candidateId: string | null
}

function subjectsOf(run: RunPart): Subject[] {
  if (run.command === 'build') {
    return run.subject.models.map(({ key }) => ({ ...fileOf(modelEntryPath(run, key)), candidateId: null }))
  }
  const measured = run.outcomes.filter(({ status }) => status === 'measured').map(({ candidate }) => candidate)
  const asGiven = measured.filter(({ parentId }) => parentId === null)
  const winner = measured.find(({ id, parentId }) => parentId !== null && id === run.selection?.best.candidateId)
  const subjects = asGiven.map(({ id, modelKey }) => ({ ...fileOf(modelEntryPath(run, modelKey)), candidateId: id }))
  if (winner === undefined) return subjects
  const folder = `navpkg/models/${winner.id}`
  const isOwnFile = winner.recipe.kind !== 'as-given'
  const model = isOwnFile ? 'model.onnx' : path.posix.relative(folder, modelEntryPath(run, winner.modelKey))
  return [...subjects, { folder, model, candidateId: winner.id }]
}

function fileOf(entry: string): { folder: string; model: string } {
  return { folder: path.posix.dirname(entry), model: path.posix.basename(entry) }
}

function argumentsOf(model: string, candidateId: string | null, run: RunPart, reference: ReferencePart): string[] {
  const axisText = (axis: number | null): string => (axis === null ? '' : `:${axis}`)
  return [
    `--model=${model}`,
    ...(candidateId === null ? [] : [`--candidate=${candidateId}`]),
    ...reference.inputs.map(({ name, batchAxis }) => {
      const shape = reference.profiling.get(name)?.shape ?? []
      return `--input=${name}=${shape.join('x')}${axisText(batchAxis)}`
    }),
    ...reference.outputs.flatMap(({ name, batchAxis }) =>
      batchAxis === null ? [] : [`--output-axis=${name}=${batchAxis}`],
    ),
    ...[...run.request.inputRanges].map(([name, [low, high]]) => `--input-range=${name}=${low}:${high}`),
  ]
}

/** Nothing of a name is seen by the shell: it stands between single quotes. No argument can hold a NUL. */
function shellScript(given: readonly string[]): string {
  const quoted = given
    .filter((argument) => !argument.includes('\0'))
    .map((argument) => `  '${argument.replaceAll("'", String.raw`'\''`)}' \\`)
  return [
    '#!/bin/sh',
    '# Runs this model again: checks its outputs and measures it as navpkg did, with Python, onnxruntime and numpy alone.',
    '# PYTHON names another interpreter than python3; arguments of your own go last, --help lists them.',
    'set -eu',
    'cd -- "$(dirname -- "$0")"',
    `exec "\${PYTHON:-python3}" ${NAME}.py \\`,
    ...quoted,
    '  "$@"',
    '',
  ].join('\n')
}
