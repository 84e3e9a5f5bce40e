import { type PackageEntry, sampleFileName, type SampleSet, squeezeBatch } from './nav-package/nav-package.js'
import { writeNpz } from './tensors/npz.js'
import type { NamedTensors } from './tensors/tensor.js'

/** Samples of one set as a package stores them: one file each, without the batch axis where there is one. */
export async function storedSamples(
  side: 'input' | 'output',
  set: SampleSet,
  samples: readonly NamedTensors[],
  batchDim: 0 | null,
): Promise<[name: string, PackageEntry][]> {
  const stored: [string, PackageEntry][] = []
  for (const [index, sample] of samples.entries()) {
    const single =
      batchDim === null ? sample : new Map([...sample].map(([name, one]) => [name, squeezeBatch(one, batchDim)]))
    const file = `model_${side}/${set}/${sampleFileName(index, samples.length)}`
    stored.push([file, { kind: 'memory', content: await writeNpz(single) }])
  }
  return stored
}

/** status.yaml's `dataloader_trt_profile`: smallest, median and largest size of every axis; scalars have no entry. */
export function shapeRanges(
  requests: readonly NamedTensors[],
  names: readonly string[],
): Map<string, { min: number[]; opt: number[]; max: number[] }> {
  const ranges = new Map<string, { min: number[]; opt: number[]; max: number[] }>()
  for (const name of names) {
    const shapes = requests.map((request) => request.get(name)?.shape ?? [])
    const sizes = (shapes[0] ?? []).map((_, axis) => shapes.map((shape) => shape[axis] ?? 0).sort((a, b) => a - b))
    if (sizes.length === 0) continue
    const at = (pick: (sorted: number[]) => number | undefined): number[] => sizes.map((sorted) => pick(sorted) ?? 0)
    ranges.set(name, {
      min: at((sorted) => sorted[0]),
      opt: at((sorted) => sorted[Math.floor(sorted.length / 2)]),
      max: at((sorted) => sorted.at(-1)),
    })
  }
  return ranges
}
