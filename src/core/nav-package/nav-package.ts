import type { Tensor } from '../tensors/tensor.js'
import { allocateLike, copyInto } from '../tensors/repeat.js'
import type { Status } from './status.js'
import type { Spellings } from './status-yaml.js'

/** A file on disk that belongs to a package. */
export interface PackageFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** What is stored under a name; the names of folders end in `/`, and only those that the archive itself lists are here. */
export type PackageEntry =
  | { readonly kind: 'disk'; readonly file: PackageFile }
  | { readonly kind: 'memory'; readonly content: Uint8Array }
  | { readonly kind: 'folder' }

/** A package as a handle: its status in memory, its files by entry name. status.yaml itself is no entry. */
export interface NavPackage {
  readonly status: Status
  readonly spellings: Spellings
  readonly entries: ReadonlyMap<string, PackageEntry>
  readonly warnings: readonly string[]
}

/** What is in a package, read without unpacking it. */
export interface PackageSummary {
  readonly status: Status
  readonly spellings: Spellings
  readonly warnings: readonly string[]
  /** Of status.yaml as it is stored. */
  readonly statusSha256: string
  /** Unpacked bytes by entry name, 0 for folders; status.yaml itself is no entry. */
  readonly sizes: ReadonlyMap<string, number>
  /** The bytes of the entries that were asked for, where they are there and small enough. */
  readonly contents: ReadonlyMap<string, Uint8Array>
}

/** Bytes of what is stored; 0 for a folder. */
export function entryBytes(entry: PackageEntry): number {
  switch (entry.kind) {
    case 'disk':
      return entry.file.bytes
    case 'memory':
      return entry.content.length
    case 'folder':
      return 0
  }
}

/** The sizes of a handle's entries as a {@link PackageSummary} has them. */
export function entrySizes({ entries }: Pick<NavPackage, 'entries'>): Map<string, number> {
  return new Map([...entries].map(([name, entry]) => [name, entryBytes(entry)]))
}

/** `profiler` is a copy of `profiling` inputs that the real Navigator leaves behind. */
export type SampleSet = 'profiling' | 'correctness' | 'conversion' | 'profiler'

/** Entry names of one sample set in the real Navigator's order: by the number before the first dot. */
export function sampleEntries(
  navPackage: { readonly entries: ReadonlyMap<string, unknown> },
  side: 'input' | 'output',
  set: SampleSet,
): string[] {
  const folder = `model_${side}/${set}/`
  const numberOf = (name: string): number => Number.parseInt(name.slice(folder.length), 10)
  return [...navPackage.entries.keys()]
    .filter((name) => name.startsWith(folder) && name.endsWith('.npz'))
    .sort((a, b) => numberOf(a) - numberOf(b))
}

/** A sample's file name: zero-padded to the digits of the count (navigator-package 1.8: 1 → `0.npz`, 10 → `00.npz`). */
export function sampleFileName(index: number, count: number): string {
  return `${String(index).padStart(Math.floor(Math.log10(count)) + 1, '0')}.npz`
}

/** The first item along the batch axis, without that axis: how samples are stored. */
export function squeezeBatch(tensor: Tensor, axis: number): Tensor {
  const size = tensor.shape[axis] ?? 1
  const inner = tensor.shape.slice(axis + 1).reduce((product, one) => product * one, 1)
  const outer = tensor.shape.slice(0, axis).reduce((product, one) => product * one, 1)
  const data = allocateLike(tensor.data, outer * inner)
  for (let row = 0; row < outer; row++) copyInto(data, row * inner, tensor.data, row * size * inner, inner)
  return { dtype: tensor.dtype, shape: tensor.shape.filter((_, index) => index !== axis), data }
}

/** A batch of one from a stored sample. */
export function expandBatch(tensor: Tensor, axis: number): Tensor {
  return { ...tensor, shape: [...tensor.shape.slice(0, axis), 1, ...tensor.shape.slice(axis)] }
}

export interface OnnxModelEntry {
  readonly key: string
  readonly entry: string
  readonly file: PackageFile
}

/** The ONNX models whose files are in the package, in the order of `models_status`. */
export function onnxModels({ status, entries }: NavPackage): OnnxModelEntry[] {
  return Object.entries(status.models_status).flatMap(([key, model]) => {
    if (model.model_config.format !== 'onnx') return []
    const entry = model.model_config.path ?? `${key}/model.onnx`
    const found = entries.get(entry)
    return found?.kind === 'disk' ? [{ key, entry, file: found.file }] : []
  })
}
