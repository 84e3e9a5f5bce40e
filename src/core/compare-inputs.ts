import { firstItem } from './batch-trial.js'
import { batchAxesOf, type Side } from './compare-sides.js'
import { checkSample } from './plan/samples.js'
import { loadSamples, type SampleRequest, type Samples } from './samples-source.js'
import type { NamedTensors, TensorSpec } from './tensors/tensor.js'

/** What both sides are fed with, one item each. */
export interface CompareInputs {
  readonly profiling: NamedTensors
  /** To compare their answers. */
  readonly correctness: readonly NamedTensors[]
  readonly origin: Samples['origin']
  readonly notes: readonly string[]
}

/** What the sides are fed with, or why nothing can be fed to both, one sentence each. */
export type InputsOrProblems =
  | { readonly inputs: CompareInputs; readonly problems: null }
  | { readonly inputs: null; readonly problems: readonly string[] }

/**
 * The user's samples, else the base's own, else the head's, else random ones; they must fit both models. Throws
 * `samples-invalid` for samples of the user's that do not fit the base, and for sizes that nothing tells.
 */
export async function chooseInputs(
  sides: { readonly base: Side; readonly head: Side },
  specs: { readonly base: readonly TensorSpec[]; readonly head: readonly TensorSpec[] },
  request: SampleRequest,
): Promise<InputsOrProblems> {
  const problems = specProblems(specs.base, specs.head)
  if (problems.length > 0) return { inputs: null, problems }
  const own = await loadSamples(request, specs.base, sides.base.navPackage)
  const samples = own.origin === 'random' ? await loadSamples(request, specs.base, sides.head.navPackage) : own
  const misfits = [samples.profiling, ...samples.correctness].flatMap((one) => checkSample(one, specs.head, 'the head'))
  if (misfits.length > 0) return { inputs: null, problems: [...new Set(misfits)].slice(0, 10) }
  const axes = batchAxesOf(sides.base)
  const inputs = {
    profiling: firstItem(samples.profiling, axes),
    correctness: samples.correctness.map((one) => firstItem(one, axes)),
    origin: samples.origin,
    notes: samples.notes,
  }
  return { inputs, problems: null }
}

/** How the inputs of two models differ in what no sample could bridge. */
function specProblems(base: readonly TensorSpec[], head: readonly TensorSpec[]): string[] {
  const inHead = new Map(head.map((spec) => [spec.name, spec]))
  const inBase = new Set(base.map(({ name }) => name))
  const changed = base.flatMap((spec) => {
    const other = inHead.get(spec.name)
    const name = JSON.stringify(spec.name)
    if (other === undefined) return [`the head has no input ${name}`]
    if (other.dtype !== spec.dtype) return [`input ${name} is ${spec.dtype} in the base and ${other.dtype} in the head`]
    if (other.shape.length === spec.shape.length) return []
    return [`input ${name} has ${spec.shape.length} axes in the base and ${other.shape.length} in the head`]
  })
  const added = head
    .filter(({ name }) => !inBase.has(name))
    .map(({ name }) => `the base has no input ${JSON.stringify(name)}`)
  return [...changed, ...added]
}
