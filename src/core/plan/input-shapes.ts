import { NavigatorError } from '../errors.js'
import type { Dimension, TensorSpec } from '../tensors/tensor.js'

/**
 * The shape of one request, by input. Fixed axes keep their size, dynamic ones take that of `shapes`
 * (`--input-shape`), or of an axis with the same symbol there. Of the rest, axes that look like the batch get the size
 * that `shapes` gives another such axis, else 1. An axis looks like the batch when its symbol is named so or is that of
 * such an axis, or when it is the first axis or the only dynamic one of its input and is not named like a length.
 *
 * Throws `samples-invalid` with every other dynamic axis and the flag to add, or with every given shape that is wrong.
 */
export function resolveShapes(
  inputs: readonly TensorSpec[],
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, number[]> {
  const wrong = problemsOfShapes(inputs, shapes)
  if (wrong.length > 0) {
    throw new NavigatorError('samples-invalid', 'The given input shapes do not fit the model.', { problems: wrong })
  }
  const guess = guessFrom(inputs.flatMap((input) => axesOf(input, shapes)))
  const sizes = inputs.map((input) => ({
    input,
    axes: axesOf(input, shapes).map((axis) => ({ axis, size: guess(axis) })),
  }))
  const open = sizes.filter(({ axes }) => axes.some(({ size }) => size === null))
  if (open.length > 0) {
    throw new NavigatorError(
      'samples-invalid',
      'The model leaves sizes open that cannot be guessed. Give samples, or the shape of one request with ' +
        '--input-shape, with numbers in place of the names in capitals.',
      { problems: open.map(({ input, axes }) => describeOpen(input, axes)) },
    )
  }
  return new Map(sizes.map(({ input, axes }) => [input.name, axes.flatMap(({ size }) => size ?? [])]))
}

interface Axis {
  readonly index: number
  readonly dimension: Dimension
  /** From `--input-shape`. */
  readonly given: number | null
  readonly isOnlyDynamic: boolean
}

interface SizedAxis {
  readonly axis: Axis
  readonly size: number | null
}

const BATCH_NAME = /batch|^(n|b|bs)$/i
const LENGTH_NAME = /seq|len|time|frame|token|height|width|^[hwtls]$/i

function axesOf({ name, shape }: TensorSpec, shapes: ReadonlyMap<string, readonly number[]>): Axis[] {
  const isOnlyDynamic = shape.filter((dimension) => typeof dimension !== 'number').length === 1
  return shape.map((dimension, index) => ({
    index,
    dimension,
    given: shapes.get(name)?.[index] ?? null,
    isOnlyDynamic,
  }))
}

/** The size of an axis, or null where nothing tells it. */
function guessFrom(axes: readonly Axis[]): (axis: Axis) => number | null {
  const batchSymbols = new Set(axes.filter(looksLikeBatch).flatMap(symbolOf))
  const isBatch = (axis: Axis): boolean => looksLikeBatch(axis) || symbolOf(axis).some((name) => batchSymbols.has(name))
  const known = new Map(axes.flatMap((axis) => symbolOf(axis).flatMap((name) => pairs(name, axis.given))))
  const batchSize = axes.filter(isBatch).find(({ given }) => given !== null)?.given ?? 1
  return (axis) => {
    if (typeof axis.dimension === 'number') return axis.dimension
    const bySymbol = symbolOf(axis).flatMap((name) => known.get(name) ?? [])[0]
    return axis.given ?? bySymbol ?? (isBatch(axis) ? batchSize : null)
  }
}

function pairs(name: string, size: number | null): [string, number][] {
  return size === null ? [] : [[name, size]]
}

function symbolOf({ dimension }: Axis): string[] {
  return typeof dimension === 'string' ? [dimension] : []
}

function looksLikeBatch({ dimension, index, isOnlyDynamic }: Axis): boolean {
  if (typeof dimension === 'number') return false
  if (dimension !== null && BATCH_NAME.test(dimension)) return true
  if (dimension !== null && LENGTH_NAME.test(dimension)) return false
  return index === 0 || isOnlyDynamic
}

/** The flag with what is known filled in, such as `--input-shape x=1x3xHEIGHTxAXIS3`. */
function describeOpen(input: TensorSpec, axes: readonly SizedAxis[]): string {
  const open = axes.filter(({ size }) => size === null).map(({ axis }) => axis)
  const names = open.map(
    (axis) =>
      `axis ${axis.index}${symbolOf(axis)
        .map((name) => ` (${name})`)
        .join('')}`,
  )
  const shape = axes.map(({ axis, size }) => size ?? placeholder(axis)).join('x')
  return `input ${JSON.stringify(input.name)}: no size for ${names.join(' and ')}; add --input-shape '${input.name}=${shape}'`
}

/** In capitals, without `x`, which separates sizes. */
function placeholder({ dimension, index }: Axis): string {
  return typeof dimension === 'string' && /^[a-wyz_]+$/i.test(dimension) ? dimension.toUpperCase() : `AXIS${index}`
}

/** What is wrong with given shapes for a model with these inputs, one line each. */
export function problemsOfShapes(
  inputs: readonly TensorSpec[],
  shapes: ReadonlyMap<string, readonly number[]>,
): string[] {
  return [...shapes].flatMap(([name, given]) => {
    const input = inputs.find((candidate) => candidate.name === name)
    const label = `--input-shape ${name}=${given.join('x')}`
    if (input === undefined) {
      const names = inputs.map((candidate) => JSON.stringify(candidate.name)).join(', ') || 'none'
      return [`${label}: the model has no input of that name; its inputs are ${names}`]
    }
    const declared = `[${input.shape.map((dimension) => dimension ?? '?').join(', ')}]`
    if (given.length !== input.shape.length) {
      return [`${label}: ${given.length} axes given, the input has ${input.shape.length}: ${declared}`]
    }
    return given.flatMap((size, axis) => {
      if (!Number.isSafeInteger(size) || size < 1)
        return [`${label}: axis ${axis} must be a whole number of at least 1`]
      const fixed = input.shape[axis]
      return typeof fixed !== 'number' || fixed === size
        ? []
        : [`${label}: axis ${axis} of the input is fixed: ${declared}`]
    })
  })
}
