import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError } from './errors.js'
import { expandBatch, type NavPackage, sampleEntries } from './nav-package/nav-package.js'
import { mulberry32, randomRequest } from './plan/random-samples.js'
import { checkSample, resolveShapes, splitAlongAxis } from './plan/samples.js'
import type { OptimizeRequest, SampleSource } from './request.js'
import type { Subject } from './subject.js'
import { readNpz } from './tensors/npz.js'
import type { NamedTensors } from './tensors/tensor.js'

/** Requests to check and measure with; full rank, as the model takes them. */
export interface Samples {
  readonly origin: 'user' | 'package' | 'random'
  /** At most `SAMPLE_COUNT`, at least one. */
  readonly correctness: readonly [NamedTensors, ...NamedTensors[]]
  /** The request whose batches are timed. */
  readonly profiling: NamedTensors
  /** Outputs the package stored for `correctness`, in the same order; null where it stored none. */
  readonly expected: readonly NamedTensors[] | null
}

/** The real Navigator's `sample_count`: more requests than these are not used for correctness. */
export const SAMPLE_COUNT = 100
const RANDOM_SAMPLE_COUNT = 5

/** The user's samples, else the package's, else seeded random ones (`plan/samples.ts` has the rules). */
export async function loadSamples(request: OptimizeRequest, subject: Subject): Promise<Samples> {
  if (request.samples !== null) return userSamples(request.samples, subject)
  if (subject.navPackage !== null) {
    const stored = await packageSamples(subject.navPackage, subject)
    if (stored !== null) return stored
  }
  const { inputs } = subject.models[0].description
  const shapes = resolveShapes(inputs, request.inputShapes)
  const random = mulberry32(request.seed)
  const draw = (): NamedTensors => randomRequest(inputs, shapes, request.inputRanges, random)
  const rest = Array.from({ length: RANDOM_SAMPLE_COUNT - 1 }, draw)
  const first = draw()
  return { origin: 'random', correctness: [first, ...rest], profiling: first, expected: null }
}

async function userSamples(source: SampleSource, subject: Subject): Promise<Samples> {
  const isFolder = (await stat(source.path)).isDirectory()
  const files = isFolder ? await npzFilesIn(source.path) : [source.path]
  const requests: NamedTensors[] = []
  const problems: string[] = []
  for (const file of files) {
    const tensors = await readNpz(await readFile(file))
    const split = source.axis === null ? [tensors] : splitAlongAxis(tensors, source.axis)
    for (const request of split.slice(0, SAMPLE_COUNT)) {
      problems.push(...checkSample(request, subject.models[0].description.inputs, path.basename(file)))
    }
    requests.push(...split)
  }
  const [first, ...rest] = requests.slice(0, SAMPLE_COUNT)
  if (problems.length > 0 || first === undefined) {
    throw new NavigatorError('samples-invalid', `The samples in ${source.path} do not fit the model.`, {
      problems:
        problems.length > 0
          ? [...new Set(problems)].slice(0, 20)
          : ['no .npz file found: expected one file per request'],
    })
  }
  return { origin: 'user', correctness: [first, ...rest], profiling: largest([first, ...rest]), expected: null }
}

async function npzFilesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.npz'))
  return names
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .slice(0, SAMPLE_COUNT)
    .map((name) => path.join(folder, name))
}

async function packageSamples(navPackage: NavPackage, subject: Subject): Promise<Samples | null> {
  const batched = navPackage.status.config.batch_dim === 0
  const read = async (side: 'input' | 'output', set: 'profiling' | 'correctness'): Promise<NamedTensors[]> =>
    Promise.all(
      sampleEntries(navPackage, side, set).map(async (entry) => {
        const tensors = await readNpz(await entryBytes(navPackage, entry))
        if (!batched) return tensors
        return new Map([...tensors].map(([name, tensor]) => [name, expandBatch(tensor, 0)]))
      }),
    )
  const inputs = subject.models[0].description.inputs
  const fits = (sample: NamedTensors): boolean => checkSample(sample, inputs, 'sample').length === 0
  const all = (await read('input', 'correctness')).slice(0, SAMPLE_COUNT)
  const [first, ...rest] = all
  if (first === undefined || !all.every(fits)) return null
  const profiling = (await read('input', 'profiling')).find(fits) ?? first
  const expected = await read('output', 'correctness')
  return {
    origin: 'package',
    correctness: [first, ...rest],
    profiling,
    expected: expected.length >= all.length ? expected.slice(0, all.length) : null,
  }
}

async function entryBytes(navPackage: NavPackage, name: string): Promise<Uint8Array> {
  const entry = navPackage.entries.get(name)
  if (entry === undefined) throw new NavigatorError('package-invalid', `${name} is missing from the package.`)
  return entry.kind === 'memory' ? entry.content : readFile(entry.file.path)
}

/** The profiling request is the largest one, as the real Navigator takes the one that reaches the largest shapes. */
function largest(requests: readonly [NamedTensors, ...NamedTensors[]]): NamedTensors {
  const size = (request: NamedTensors): number =>
    [...request.values()].reduce((sum, tensor) => sum + tensor.data.length, 0)
  return requests.reduce((best, request) => (size(request) > size(best) ? request : best), requests[0])
}
