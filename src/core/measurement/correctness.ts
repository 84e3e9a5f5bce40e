import type { NamedTensors, Tensor } from '../tensors/tensor.js'
import { numbersOf } from './numbers.js'
import type { OutputDifference } from './outcome.js'

export interface OutputPair {
  readonly expected: NamedTensors
  readonly got: NamedTensors
}

/** A class axis is an innermost axis of at least two and at most this many entries. */
const MOST_CLASSES = 100_000

/**
 * How far outputs are from the expected ones, over all pairs; bool counts as 0 and 1, 0/0 as 0. `problem` is a sentence
 * when they cannot be compared: an output is missing, has another shape, or is not finite.
 */
export function compareOutputs(
  pairs: Iterable<OutputPair>,
  outputNames: readonly string[],
): { differences: OutputDifference[]; problem: string | null } {
  const totals = new Map(outputNames.map((name) => [name, newTotals()]))
  for (const { expected, got } of pairs) {
    for (const [name, total] of totals) {
      const problem = addPair(total, name, expected.get(name), got.get(name))
      if (problem !== null) return { differences: [], problem }
    }
  }
  return { differences: [...totals].map(([name, total]) => differenceOf(name, total)), problem: null }
}

/** Within the bound: the relative RMS difference of every output. */
export function judge(differences: readonly OutputDifference[], bound: number): 'OK' | 'FAIL' {
  return differences.every((difference) => difference.relativeRms <= bound) ? 'OK' : 'FAIL'
}

/** A relative RMS difference up to this is taken for rounding: outputs so close are the same for any use. */
export const PRECISE = 1e-3

/** What candidates that keep the model's precision may differ by: ten times the model's own noise, at least 1e-3. */
export function precisionBound(noise: number): number {
  return Math.max(PRECISE, 10 * noise)
}

/** Names of the outputs that hold NaN or infinity. */
export function findNonFinite(outputs: NamedTensors): string[] {
  return [...outputs].flatMap(([name, tensor]) => {
    const numbers = tensor.dtype.startsWith('float') ? numbersOf(tensor) : null
    return numbers?.every(Number.isFinite) === false ? [name] : []
  })
}

interface Totals {
  atol: number
  rtol: number
  squaredDifference: number
  squaredExpected: number
  squaredGot: number
  product: number
  rows: number
  agreeing: number
}

function newTotals(): Totals {
  return { atol: 0, rtol: 0, squaredDifference: 0, squaredExpected: 0, squaredGot: 0, product: 0, rows: 0, agreeing: 0 }
}

function addPair(total: Totals, name: string, expected: Tensor | undefined, got: Tensor | undefined): string | null {
  if (expected === undefined || got === undefined) return `output ${name} is missing`
  if (expected.shape.join() !== got.shape.join()) {
    return `output ${name} has the shape ${shapeText(got)} instead of ${shapeText(expected)}`
  }
  const [wanted, found] = [numbersOf(expected), numbersOf(got)]
  if (wanted === null || found === null) return addStrings(total, expected, got)
  if (got.dtype.startsWith('float') && !found.every(Number.isFinite))
    return `output ${name} is not finite (NaN or infinity)`
  addNumbers(total, wanted, found)
  const classes = expected.shape.at(-1) ?? 0
  if (expected.shape.length >= 2 && classes >= 2 && classes <= MOST_CLASSES) addTopOne(total, wanted, found, classes)
  return null
}

function addStrings(total: Totals, expected: Tensor, got: Tensor): null {
  for (let index = 0; index < expected.data.length; index++) {
    const differs = expected.data[index] === got.data[index] ? 0 : 1
    addNumbers(total, Float64Array.of(1), Float64Array.of(1 - differs))
  }
  return null
}

function addNumbers(total: Totals, expected: Float64Array, got: Float64Array): void {
  for (let index = 0; index < expected.length; index++) {
    const [wanted, found] = [expected[index] ?? 0, got[index] ?? 0]
    const difference = Math.abs(wanted - found)
    total.atol = Math.max(total.atol, difference)
    if (difference > 0) total.rtol = Math.max(total.rtol, difference / Math.abs(wanted))
    total.squaredDifference += difference ** 2
    total.squaredExpected += wanted ** 2
    total.squaredGot += found ** 2
    total.product += wanted * found
  }
}

function addTopOne(total: Totals, expected: Float64Array, got: Float64Array, classes: number): void {
  for (let start = 0; start < expected.length; start += classes) {
    total.rows++
    const end = start + classes
    if (indexOfLargest(expected.subarray(start, end)) === indexOfLargest(got.subarray(start, end))) total.agreeing++
  }
}

function indexOfLargest(values: Float64Array): number {
  let best = 0
  for (let index = 1; index < values.length; index++) if ((values[index] ?? 0) > (values[best] ?? 0)) best = index
  return best
}

function differenceOf(name: string, total: Totals): OutputDifference {
  const { squaredDifference, squaredExpected, squaredGot } = total
  const norms = Math.sqrt(squaredExpected * squaredGot)
  return {
    name,
    atol: total.atol,
    rtol: total.rtol,
    relativeRms: squaredDifference === 0 ? 0 : Math.sqrt(squaredDifference / squaredExpected),
    cosine: norms === 0 ? null : Math.min(1, total.product / norms),
    topOneAgreement: total.rows === 0 ? null : total.agreeing / total.rows,
  }
}

const shapeText = (tensor: Tensor): string => `[${tensor.shape.join(', ')}]`
