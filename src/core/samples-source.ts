import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError } from './errors.js'
import { findNonFinite } from './measurement/correctness.js'
import { expandBatch, type NavPackage, sampleEntries } from './nav-package/nav-package.js'
import { problemsOfShapes } from './plan/input-shapes.js'
import { mulberry32, problemsOfRanges, randomRequest } from './plan/random-samples.js'
import { checkSample, resolveShapes, splitAlongAxis } from './plan/samples.js'
import type { RunOptions, SampleOptions, SampleSource } from './request.js'
import { LARGEST_NPZ, readNpz } from './tensors/npz.js'
import type { NamedTensors, TensorData, TensorSpec } from './tensors/tensor.js'

/** Requests to check and measure with; full rank, as the model takes them. */
export interface Samples {
  readonly origin: 'user' | 'package' | 'random'
  /** At most `SAMPLE_COUNT`, at least one. */
  readonly correctness: readonly [NamedTensors, ...NamedTensors[]]
  /** Where those of `correctness` come from, in the same order: a file of the user's, an entry of the package. */
  readonly names: readonly string[]
  /** The request whose batches are timed. */
  readonly profiling: NamedTensors
  /** Outputs the package stored for `correctness`, in the same order; null where it stored none. */
  readonly expected: readonly NamedTensors[] | null
  /** What is odd about the user's samples. */
  readonly notes: readonly string[]
}

/** The real Navigator's `sample_count`: more requests than these are not used for correctness. */
const SAMPLE_COUNT = 100
const RANDOM_SAMPLE_COUNT = 5

/** What a request says of the samples. */
export type SampleRequest = SampleOptions & Pick<RunOptions, 'seed'>

/**
 * The user's samples, else the package's, else seeded random ones (`plan/samples.ts` has the rules). Given shapes and
 * ranges are checked in any case; no more than `most` samples of the user's are used. Throws `samples-invalid` with every
 * problem.
 */
export async function loadSamples(
  request: SampleRequest,
  inputs: readonly TensorSpec[],
  navPackage: NavPackage | null,
  most = SAMPLE_COUNT,
): Promise<Samples> {
  requireFitting(request, inputs)
  const given = await givenSamples(request, inputs, navPackage, most)
  if (given !== null) {
    const unused =
      request.inputShapes.size === 0 ? [] : ['The given input shapes were not used: the samples have theirs.']
    return { ...given, notes: [...given.notes, ...unused] }
  }
  const shapes = resolveShapes(inputs, request.inputShapes)
  const random = mulberry32(request.seed)
  const draw = (): NamedTensors => randomRequest(inputs, shapes, request.inputRanges, random)
  const rest = Array.from({ length: RANDOM_SAMPLE_COUNT - 1 }, draw)
  const first = draw()
  const correctness = [first, ...rest] as const
  const names = correctness.map((_, index) => `random ${index}`)
  return { origin: 'random', correctness, names, profiling: first, expected: null, notes: [] }
}

function requireFitting({ inputShapes, inputRanges }: SampleRequest, inputs: readonly TensorSpec[]): void {
  const problems = [...problemsOfShapes(inputs, inputShapes), ...problemsOfRanges(inputs, inputRanges)]
  if (problems.length === 0) return
  throw new NavigatorError('samples-invalid', 'What was given about the inputs does not fit the model.', { problems })
}

async function givenSamples(
  request: SampleRequest,
  inputs: readonly TensorSpec[],
  navPackage: NavPackage | null,
  most: number,
): Promise<Samples | null> {
  if (request.samples !== null) return userSamples(request.samples, inputs, most)
  return navPackage === null ? null : packageSamples(navPackage, inputs)
}

/**
 * The user's samples, held to `inputs`, or where nothing is known of those to the names, types and axes of the first
 * sample. Throws `samples-invalid` with every problem.
 */
export async function userSamples(
  source: SampleSource,
  inputs: readonly TensorSpec[] | null,
  most = SAMPLE_COUNT,
): Promise<Samples> {
  const isFolder = (await stat(source.path)).isDirectory()
  const files = isFolder ? await npzFilesIn(source.path, most) : [source.path]
  const requests: NamedTensors[] = []
  const names: string[] = []
  const problems: string[] = []
  const notes: string[] = []
  const budget = new SampleBudget()
  let known = inputs
  for (const file of files) {
    const label = path.basename(file)
    try {
      const tensors = await budget.read(await readFile(file))
      const split = source.axis === null ? [tensors] : splitAlongAxis(tensors, source.axis)
      for (const [index, request] of split.slice(0, most).entries()) {
        known ??= anySizeOf(request)
        names.push(source.axis === null ? label : `${label}[${index}]`)
        problems.push(...checkSample(request, known, label))
        notes.push(...notesOn(request, label))
        requests.push(request)
      }
    } catch (error) {
      problems.push(...problemsOfFile(error, label))
    }
  }
  if (files.length === 0) problems.push('no .npz file found: expected one file per request')
  const [first, ...rest] = requests.slice(0, most)
  if (problems.length > 0 || first === undefined) {
    throw new NavigatorError('samples-invalid', `The samples in ${source.path} cannot be used.`, {
      problems: [...new Set(problems)].slice(0, 20),
    })
  }
  const correctness = [first, ...rest] as const
  const profiling = largest(correctness)
  return { origin: 'user', correctness, names, profiling, expected: null, notes: [...new Set(notes)] }
}

function anySizeOf(request: NamedTensors): TensorSpec[] {
  return [...request].map(([name, { dtype, shape }]) => ({
    name,
    dtype,
    shape: shape.map(() => null),
    batchAxis: null,
  }))
}

/** All samples are held in memory together; a few small files may unpack to very much. */
const MOST_SAMPLE_BYTES = 4 * 2 ** 30

/** What a text takes at most when it is short; files of many empty ones are small. */
const BYTES_OF_TEXT = 256

function bytesInMemory(data: TensorData): number {
  if ('byteLength' in data) return data.byteLength
  return data.reduce((sum, text) => sum + BYTES_OF_TEXT + 2 * text.length, 0)
}

/** Reads npz files until they are too much together. */
class SampleBudget {
  #left = MOST_SAMPLE_BYTES

  async read(bytes: Uint8Array): Promise<NamedTensors> {
    const tensors = await readNpz(bytes, Math.min(LARGEST_NPZ, Math.max(0, this.#left)))
    for (const { data } of tensors.values()) this.#left -= bytesInMemory(data)
    return tensors
  }
}

function problemsOfFile(error: unknown, label: string): string[] {
  if (error instanceof NavigatorError) {
    return error.problems.length === 0
      ? [`${label}: ${error.message}`]
      : error.problems.map((problem) => `${label}: ${problem}`)
  }
  if (error instanceof Error && 'code' in error) return [`${label}: cannot be read (${String(error.code)})`]
  throw error
}

/** NaN and infinity are inputs like any other to some models, and a slip in what was saved for most. */
function notesOn(request: NamedTensors, label: string): string[] {
  const names = findNonFinite(request).map((name) => JSON.stringify(name))
  return names.length === 0 ? [] : [`${label} holds NaN or infinity in ${names.join(', ')}.`]
}

async function npzFilesIn(folder: string, most: number): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.npz'))
  return names
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .slice(0, most)
    .map((name) => path.join(folder, name))
}

async function packageSamples(navPackage: NavPackage, inputs: readonly TensorSpec[]): Promise<Samples | null> {
  const batched = navPackage.status.config.batch_dim === 0
  const budget = new SampleBudget()
  const read = async (side: 'input' | 'output', set: 'profiling' | 'correctness'): Promise<NamedTensors[]> => {
    const requests: NamedTensors[] = []
    for (const entry of sampleEntries(navPackage, side, set).slice(0, SAMPLE_COUNT)) {
      const tensors = await readEntry(navPackage, entry, budget)
      const full = [...tensors].map(([name, tensor]) => [name, batched ? expandBatch(tensor, 0) : tensor] as const)
      requests.push(new Map(full))
    }
    return requests
  }
  const fits = (sample: NamedTensors): boolean => checkSample(sample, inputs, 'sample').length === 0
  const all = await read('input', 'correctness')
  const [first, ...rest] = all
  if (first === undefined || !all.every(fits)) return null
  const profiling = (await read('input', 'profiling')).find(fits) ?? first
  const expected = await read('output', 'correctness')
  return {
    origin: 'package',
    correctness: [first, ...rest],
    names: sampleEntries(navPackage, 'input', 'correctness'),
    profiling,
    expected: expected.length >= all.length ? expected.slice(0, all.length) : null,
    notes: [],
  }
}

async function readEntry(navPackage: NavPackage, entry: string, budget: SampleBudget): Promise<NamedTensors> {
  try {
    return await budget.read(await entryBytes(navPackage, entry))
  } catch (error) {
    const problems = problemsOfFile(error, entry)
    throw new NavigatorError('package-invalid', 'Samples in the package cannot be read.', { cause: error, problems })
  }
}

async function entryBytes(navPackage: NavPackage, name: string): Promise<Uint8Array> {
  const entry = navPackage.entries.get(name)
  if (entry === undefined || entry.kind === 'folder') {
    throw new NavigatorError('package-invalid', `${name} is missing from the package.`)
  }
  return entry.kind === 'memory' ? entry.content : readFile(entry.file.path)
}

/** The profiling request is the largest one, as the real Navigator takes the one that reaches the largest shapes. */
function largest(requests: readonly [NamedTensors, ...NamedTensors[]]): NamedTensors {
  const size = (request: NamedTensors): number =>
    [...request.values()].reduce((sum, tensor) => sum + tensor.data.length, 0)
  return requests.reduce((best, request) => (size(request) > size(best) ? request : best), requests[0])
}
