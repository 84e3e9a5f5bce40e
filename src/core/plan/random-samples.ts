import { NavigatorError } from '../errors.js'
import { float16FromNumber } from '../tensors/float16.js'
import type { Dtype, NamedTensors, Tensor, TensorData, TensorSpec } from '../tensors/tensor.js'

/** Inclusive bounds by input name (`--input-range`). */
export type InputRanges = ReadonlyMap<string, readonly [low: number, high: number]>

/**
 * One request of random tensors, full rank: floats uniform in [0, 1), integers 0 or 1, booleans, strings `a`; within
 * the bounds of `ranges` where given. `shapes` has each input's shape; `random` gives numbers in [0, 1), such as
 * {@link mulberry32}. Throws `samples-invalid` with every range that does not fit an input.
 */
export function randomRequest(
  inputs: readonly TensorSpec[],
  shapes: ReadonlyMap<string, readonly number[]>,
  ranges: InputRanges,
  random: () => number,
): NamedTensors {
  const problems = problemsOfRanges(inputs, ranges)
  if (problems.length > 0) {
    throw new NavigatorError('samples-invalid', 'The given input ranges do not fit the model.', { problems })
  }
  return new Map(
    inputs.map((input) => {
      const shape = shapes.get(input.name)
      if (shape === undefined) throw new Error(`no shape for input ${input.name}`)
      return [input.name, randomTensor(input, shape, ranges.get(input.name) ?? null, random)]
    }),
  )
}

/** Tommy Ettinger's 32-bit generator: numbers in [0, 1), the same ones for the same seed everywhere. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Range = readonly [low: number, high: number]

/** Smallest and largest value that can be asked for; 64-bit integers are held to what a number holds exactly. */
const LIMITS: Readonly<Record<Dtype, Range | null>> = {
  float16: [-65504, 65504],
  float32: [-3.4028234663852886e38, 3.4028234663852886e38],
  float64: [-Number.MAX_VALUE, Number.MAX_VALUE],
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  bool: [0, 1],
  string: null,
}

/** What is wrong with given ranges for a model with these inputs, one line each. */
export function problemsOfRanges(inputs: readonly TensorSpec[], ranges: InputRanges): string[] {
  return [...ranges].flatMap(([name, [low, high]]) => {
    const label = `--input-range ${name}=${low}:${high}`
    const input = inputs.find((candidate) => candidate.name === name)
    if (input === undefined) {
      const names = inputs.map((candidate) => JSON.stringify(candidate.name)).join(', ') || 'none'
      return [`${label}: the model has no input of that name; its inputs are ${names}`]
    }
    const problem = problemOfRange(input.dtype, low, high)
    return problem === null ? [] : [`${label}: ${problem}`]
  })
}

function problemOfRange(dtype: Dtype, low: number, high: number): string | null {
  const limits = LIMITS[dtype]
  if (limits === null) return 'strings have no range'
  if (!(low <= high)) return 'the first bound must not be above the second'
  if (low < limits[0] || high > limits[1]) return `${dtype} goes from ${limits[0]} to ${limits[1]}`
  const isWhole = Number.isInteger(low) && Number.isInteger(high)
  return isWhole || dtype.startsWith('float') ? null : `bounds for ${dtype} must be whole numbers`
}

/** More elements than this in one input are a mistake in its shape rather than a request. */
const MAX_ELEMENTS = 2 ** 29

function randomTensor(spec: TensorSpec, shape: readonly number[], range: Range | null, random: () => number): Tensor {
  const length = shape.reduce((product, size) => product * size, 1)
  if (length > MAX_ELEMENTS) {
    throw new NavigatorError(
      'samples-invalid',
      `Input ${JSON.stringify(spec.name)} would have ${length} elements in shape ${shape.join('x')}; ` +
        `at most ${MAX_ELEMENTS} are made up. Give a smaller --input-shape.`,
    )
  }
  return { dtype: spec.dtype, shape: [...shape], data: randomData(spec.dtype, length, range, random) }
}

function randomData(dtype: Dtype, length: number, range: Range | null, random: () => number): TensorData {
  const [low, high] = range ?? [0, 1]
  // Written so that the widest range of float64 does not overflow, and that a constant is exactly that.
  const real = (): number => {
    const share = random()
    return low === high ? low : low * (1 - share) + high * share
  }
  const whole = (): number => low + Math.min(high - low, Math.floor(random() * (high - low + 1)))
  const wholeBig = (): bigint => BigInt(whole())
  switch (dtype) {
    case 'float16':
      return filled(new Uint16Array(length), () => float16FromNumber(real()))
    case 'float32':
      return filled(new Float32Array(length), real)
    case 'float64':
      return filled(new Float64Array(length), real)
    case 'int8':
      return filled(new Int8Array(length), whole)
    case 'int16':
      return filled(new Int16Array(length), whole)
    case 'int32':
      return filled(new Int32Array(length), whole)
    case 'int64':
      return filled(new BigInt64Array(length), wholeBig)
    case 'uint8':
    case 'bool':
      return filled(new Uint8Array(length), whole)
    case 'uint16':
      return filled(new Uint16Array(length), whole)
    case 'uint32':
      return filled(new Uint32Array(length), whole)
    case 'uint64':
      return filled(new BigUint64Array(length), wholeBig)
    case 'string':
      return new Array<string>(length).fill('a')
  }
}

function filled<Element, Target extends { readonly length: number; [index: number]: Element }>(
  target: Target,
  next: () => Element,
): Target {
  for (let index = 0; index < target.length; index += 1) target[index] = next()
  return target
}
