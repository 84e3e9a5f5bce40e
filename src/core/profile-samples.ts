import { NavigatorError } from './errors.js'
import { findNonFinite } from './measurement/correctness.js'
import type { NavPackage } from './nav-package/nav-package.js'
import { loadSamples, type SampleRequest, type Samples } from './samples-source.js'
import type { NamedTensors, TensorSpec } from './tensors/tensor.js'

/** One request of the data set, as it was given. */
export interface ProfileSample {
  /** Its place in the data set, from 0. */
  readonly id: number
  readonly name: string
  readonly request: NamedTensors
}

/** What a profile measures with. */
export interface DataSet {
  readonly origin: Samples['origin']
  readonly samples: readonly [ProfileSample, ...ProfileSample[]]
  /** The one that `optimize` would take. */
  readonly profilingId: number
  readonly notes: readonly string[]
}

/** All are held in memory, and each is measured by itself. */
const MOST_SAMPLES = 10_000

/**
 * The data set: all samples of the user's, else the package's profiling sample, which is number 0 to the real Navigator
 * as well, and behind it its other ones, else one random sample. Throws `samples-invalid` with every problem; NaN and
 * infinity in the user's samples are one, as the real Navigator refuses them (0.14.0, `core/dataloader.py`).
 */
export async function loadDataSet(
  request: SampleRequest,
  inputs: readonly TensorSpec[],
  navPackage: NavPackage,
): Promise<DataSet> {
  const samples = await loadSamples(request, inputs, navPackage, MOST_SAMPLES)
  const { origin, notes } = samples
  switch (origin) {
    case 'user': {
      requireFinite(samples)
      const all = numbered(samples.correctness.map((one, index) => [samples.names[index] ?? '', one]))
      const profilingId = samples.correctness.indexOf(samples.profiling)
      const more = all.length === MOST_SAMPLES ? [`Only the first ${MOST_SAMPLES} samples were used.`] : []
      return { origin, samples: all, profilingId, notes: [...notes, ...more] }
    }
    case 'package': {
      const others = samples.correctness
        .map((one, index) => [samples.names[index] ?? '', one] as const)
        .filter(([, one]) => !isSame(one, samples.profiling))
      const all = numbered([['model_input/profiling/0.npz', samples.profiling], ...others])
      return { origin, samples: all, profilingId: 0, notes }
    }
    case 'random':
      return { origin, samples: numbered([['random', samples.profiling]]), profilingId: 0, notes }
  }
}

function numbered(samples: readonly (readonly [name: string, request: NamedTensors])[]): DataSet['samples'] {
  const [first, ...rest] = samples.map(([name, request], id): ProfileSample => ({ id, name, request }))
  if (first === undefined) throw new Error('a data set without samples')
  return [first, ...rest]
}

function requireFinite({ correctness, names }: Samples): void {
  const problems = correctness.flatMap((one, index) => {
    const inputs = findNonFinite(one).map((name) => JSON.stringify(name))
    return inputs.length === 0 ? [] : [`${names[index] ?? ''}: NaN or infinity in ${inputs.join(', ')}`]
  })
  if (problems.length === 0) return
  throw new NavigatorError(
    'samples-invalid',
    'Samples hold NaN or infinity, of which no figure says anything. Save them again without, or leave them away.',
    { problems: problems.slice(0, 20) },
  )
}

function isSame(one: NamedTensors, other: NamedTensors): boolean {
  return [...one].every(([name, { shape, data }]) => {
    const same = other.get(name)
    return same !== undefined && same.shape.join() === shape.join() && isSameData(data, same.data)
  })
}

function isSameData(one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean {
  for (let index = 0; index < one.length; index++) if (!Object.is(one[index], other[index])) return false
  return true
}
