import type { GraphSummary, Weight } from '../onnx/graph-summary.js'
import { textChanges, type ValueChange } from './changes.js'

/** How two ONNX models differ. */
export interface GraphDifference {
  /** What they compute is the same, up to the elements of their weights. */
  readonly isSameGraph: boolean
  /** IR version, producer and operator sets. */
  readonly header: readonly ValueChange[]
  readonly inputs: readonly ValueChange[]
  readonly outputs: readonly ValueChange[]
  readonly operators: readonly CountChange[]
  readonly weights: WeightChanges
}

export interface CountChange {
  readonly name: string
  readonly a: number
  readonly b: number
}

export interface WeightChanges {
  readonly unchanged: number
  readonly added: readonly NamedWeight[]
  readonly removed: readonly NamedWeight[]
  readonly changed: readonly { readonly name: string; readonly a: WeightFacts; readonly b: WeightFacts }[]
  /** Equal content that goes by another name. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[]
}

export type WeightFacts = Pick<Weight, 'dtype' | 'shape' | 'bytes' | 'sha256'>
export interface NamedWeight extends WeightFacts {
  readonly name: string
}

export function graphDifference(a: GraphSummary, b: GraphSummary): GraphDifference {
  return {
    isSameGraph: a.structureSha256 === b.structureSha256,
    header: textChanges(headerOf(a), headerOf(b)),
    inputs: textChanges(a.inputs, b.inputs),
    outputs: textChanges(a.outputs, b.outputs),
    operators: countChanges(a.operators, b.operators),
    weights: weightChanges(a.weights, b.weights),
  }
}

/** Whether the weights are the same, name by name. */
export function hasSameWeights({ added, removed, changed, renamed }: WeightChanges): boolean {
  return added.length + removed.length + changed.length + renamed.length === 0
}

function headerOf({ irVersion, producer, opsets }: GraphSummary): Map<string, string> {
  const versions = [...opsets].map(([domain, version]): [string, string] => [`opset ${domain}`, String(version)])
  return new Map([['IR version', String(irVersion)], ['producer', producer], ...versions])
}

/** The largest change first. */
function countChanges(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): CountChange[] {
  const names = [...new Set([...a.keys(), ...b.keys()])]
  return names
    .map((name) => ({ name, a: a.get(name) ?? 0, b: b.get(name) ?? 0 }))
    .filter((one) => one.a !== one.b)
    .sort((one, other) => Math.abs(other.b - other.a) - Math.abs(one.b - one.a) || (one.name < other.name ? -1 : 1))
}

function weightChanges(a: GraphSummary['weights'], b: GraphSummary['weights']): WeightChanges {
  const removed = new Map([...a].filter(([name]) => !b.has(name)))
  const added = new Map([...b].filter(([name]) => !a.has(name)))
  const renamed = takeRenamed(removed, added)
  const changed: WeightChanges['changed'][number][] = []
  for (const [name, weight] of a) {
    const other = b.get(name)
    if (other !== undefined && !isSameWeight(weight, other)) {
      changed.push({ name, a: factsOf(weight), b: factsOf(other) })
    }
  }
  const named = ([name, weight]: [string, Weight]): NamedWeight => ({ name, ...factsOf(weight) })
  return {
    unchanged: a.size - removed.size - renamed.length - changed.length,
    added: [...added].map(named),
    removed: [...removed].map(named),
    changed,
    renamed,
  }
}

/** Pairs of equal content, taken out of both maps. */
function takeRenamed(removed: Map<string, Weight>, added: Map<string, Weight>): { from: string; to: string }[] {
  const byContent = new Map<string, string[]>()
  for (const [name, weight] of added) {
    const content = contentOf(weight)
    const names = byContent.get(content)
    if (names === undefined) byContent.set(content, [name])
    else names.push(name)
  }
  // Taken from the end, since millions of weights may be equal.
  for (const names of byContent.values()) names.reverse()
  return [...removed].flatMap(([from, weight]) => {
    const to = byContent.get(contentOf(weight))?.pop()
    if (to === undefined) return []
    removed.delete(from)
    added.delete(to)
    return [{ from, to }]
  })
}

function contentOf({ dtype, shape, sha256 }: Weight): string {
  return `${dtype} ${shape.join('x')} ${sha256}`
}

function isSameWeight(a: Weight, b: Weight): boolean {
  return contentOf(a) === contentOf(b)
}

function factsOf({ dtype, shape, bytes, sha256 }: Weight): WeightFacts {
  return { dtype, shape, bytes, sha256 }
}
