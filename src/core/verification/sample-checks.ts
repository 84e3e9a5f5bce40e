import { type NavPackage, sampleEntries } from '../nav-package/nav-package.js'
import type { Status } from '../nav-package/status.js'
import type { NamedTensors } from '../tensors/tensor.js'
import { type Check, failed, note, ok, warning } from './check.js'

const SETS = ['profiling', 'correctness', 'conversion'] as const

/** A folder of samples, and what the tensors in it should be. */
export interface SampleFolder {
  readonly name: string
  readonly entries: readonly string[]
  readonly metadata: Status['input_metadata']['metadata']
}

/** The folders of samples that are in the package. `profiler` is a copy that the real Navigator leaves (1.8). */
export function sampleFolders(navPackage: NavPackage): SampleFolder[] {
  const { input_metadata: input, output_metadata: output } = navPackage.status
  const folders = [...SETS, 'profiler' as const].flatMap((set) => [
    { name: `model_input/${set}`, entries: sampleEntries(navPackage, 'input', set), ...input },
    { name: `model_output/${set}`, entries: sampleEntries(navPackage, 'output', set), ...output },
  ])
  return folders.filter(({ entries }) => entries.length > 0)
}

/** Whether each input has its output: the sets are read side by side. */
export function countChecks(navPackage: NavPackage): Check[] {
  const counts = SETS.map((set) => {
    const [inputs, outputs] = (['input', 'output'] as const).map((side) => sampleEntries(navPackage, side, set).length)
    return { set, inputs: inputs ?? 0, outputs: outputs ?? 0 }
  })
  if (counts.every(({ inputs, outputs }) => inputs + outputs === 0)) {
    return [note('samples', 'the package was saved without them')]
  }
  if (counts.every(({ outputs }) => outputs === 0)) {
    return [note('samples', 'there are inputs alone, as in a package whose model was not run')]
  }
  return counts
    .filter(({ inputs, outputs }) => inputs !== outputs)
    .map(({ set, inputs, outputs }) =>
      failed(`samples of ${set}`, `there are ${inputs} of inputs and ${outputs} of outputs`),
    )
}

/**
 * What is odd about one sample for the tensors that status.yaml names; empty when it fits. Samples are stored without
 * the axis `batchDim` where the package batches.
 */
export function oddities(sample: NamedTensors, metadata: SampleFolder['metadata'], batchDim: number | null): string[] {
  const known = new Set(metadata.map(({ name }) => name))
  const found = metadata.flatMap(({ name, shape, dtype }) => {
    const tensor = sample.get(name)
    if (tensor === undefined) return [`${quoted(name)} of status.yaml is not in it; it holds ${listed(sample.keys())}`]
    const stored = shape.filter((_, axis) => axis !== batchDim)
    const fits =
      stored.length === tensor.shape.length && stored.every((size, axis) => size === -1 || size === tensor.shape[axis])
    return [
      ...(sameDtype(dtype, tensor.dtype) ? [] : [`${quoted(name)} is ${tensor.dtype}; status.yaml says ${dtype}`]),
      ...(fits
        ? []
        : [`${quoted(name)} has shape [${tensor.shape.join(', ')}]; status.yaml says [${stored.join(', ')}]`]),
    ]
  })
  const extra = [...sample.keys()].filter((name) => !known.has(name))
  // One that is missing says what there is instead.
  if (extra.length === 0 || metadata.some(({ name }) => !sample.has(name))) return found
  return [...found, `${listed(extra)} is not named in status.yaml`]
}

/** One check for the whole folder, or one for each kind of problem with how many files have it. */
export function folderChecks(
  { name, entries }: SampleFolder,
  unreadable: ReadonlyMap<string, readonly string[]>,
  odd: ReadonlyMap<string, readonly string[]>,
): Check[] {
  const where = (files: readonly string[]): string => {
    if (files.length === 1) return (files[0] ?? '').slice(name.length + 1)
    return files.length === entries.length ? `all ${files.length} files` : `${files.length} files`
  }
  const checks = [
    ...[...unreadable].map(([problem, files]) => failed(name, `${where(files)} cannot be read: ${problem}`)),
    ...[...odd].map(([problem, files]) => warning(name, `${where(files)}: ${problem}`)),
  ]
  if (checks.length > 0) return checks
  return [ok(name, entries.length === 1 ? '1 sample fits status.yaml' : `${entries.length} samples fit status.yaml`)]
}

/** The real Navigator stores bfloat16 as float32, and names text by its width. */
function sameDtype(named: string, stored: string): boolean {
  if (named === 'torch.bfloat16') return stored === 'float32'
  return named === stored || (/^[<>|]?[US]\d*$/.test(named) && stored === 'string')
}

const quoted = (name: string): string => JSON.stringify(name)
const listed = (names: Iterable<string>): string => {
  const all = [...names]
  const more = all.length > 5 ? ` and ${all.length - 5} more` : ''
  return `${all.slice(0, 5).map(quoted).join(', ') || 'nothing'}${more}`
}
