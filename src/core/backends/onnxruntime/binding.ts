import { Tensor as OrtTensor } from 'onnxruntime-common'

import type { SessionSettings } from '../../plan/candidate.js'
import { DTYPES, type Dtype, type NamedTensors, type Tensor, type TensorSpec } from '../../tensors/tensor.js'

/**
 * The native binding of onnxruntime-node 1.30.0, called directly: its JavaScript wrapper adds a `setImmediate` to every
 * run. The shapes below are those of `js/node/lib/binding.ts` and `src/inference_session_wrap.cc` upstream.
 */
export interface NativeBinding {
  readonly InferenceSession: new () => NativeSession
  initOrtOnce(logLevel: number, tensorClass: unknown, isMainThread: boolean): void
}

export interface NativeSession {
  loadModel(path: string, options: Record<string, unknown>): void
  readonly inputMetadata: readonly NativeMetadata[]
  readonly outputMetadata: readonly NativeMetadata[]
  run(
    feeds: Record<string, unknown>,
    fetches: Record<string, null>,
    options: Record<string, never>,
  ): Record<string, NativeTensor>
  dispose(): void
}

interface NativeMetadata {
  readonly name: string
  readonly isTensor: boolean
  readonly type: number
  readonly symbolicDimensions: readonly string[]
  readonly shape: readonly number[]
}

interface NativeTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: Tensor['data']
}

/**
 * Loads the native library into this process. Call once, before anything else touches it: on Node 24 the binding
 * refuses float16 data while `globalThis.Float16Array` exists.
 */
export function loadBinding(bindingPath: string): NativeBinding {
  Reflect.deleteProperty(globalThis, 'Float16Array')
  const nativeModule: { exports: Partial<NativeBinding> } = { exports: {} }
  process.dlopen(nativeModule, bindingPath)
  const { exports } = nativeModule
  if (exports.InferenceSession === undefined || exports.initOrtOnce === undefined) {
    throw new Error(`${bindingPath} is not the onnxruntime-node binding`)
  }
  const errorsOnly = 3
  exports.initOrtOnce(errorsOnly, OrtTensor, true)
  return exports as NativeBinding
}

/** Session options as the binding takes them. It ignores names it does not know, so only these are ever passed. */
export function sessionOptions(settings: SessionSettings, optimizedPath: string | null): Record<string, unknown> {
  return {
    executionProviders: ['cpu'],
    graphOptimizationLevel: settings.graphLevel,
    intraOpNumThreads: settings.intraOpThreads,
    interOpNumThreads: 1,
    enableCpuMemArena: settings.memoryArena,
    extra: { session: { intra_op: { allow_spinning: settings.spinning ? '1' : '0' } } },
    ...(optimizedPath === null ? {} : { optimizedModelFilePath: optimizedPath }),
  }
}

/** ONNX TensorProto.DataType numbers, as far as the binding carries them. */
const DTYPE_OF_ONNX = new Map<number, Dtype>([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [8, 'string'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
])

export function specsOf(metadata: readonly NativeMetadata[]): TensorSpec[] {
  return metadata.map(({ name, isTensor, type, shape, symbolicDimensions }) => {
    const dtype = isTensor ? DTYPE_OF_ONNX.get(type) : undefined
    if (dtype === undefined) throw new Error(`${name} is not a tensor of a type this runtime's binding can carry`)
    const dimensions = shape.map((size, axis) => (size >= 0 ? size : symbolicDimensions[axis] || null))
    return { name, dtype, shape: dimensions, batchAxis: null }
  })
}

/** An object without a prototype, so that an input may be called `__proto__`. */
export function feedsOf(request: NamedTensors): Record<string, unknown> {
  const feeds = emptyRecord<unknown>()
  for (const [name, { dtype, shape, data }] of request)
    feeds[name] = { type: dtype, dims: shape, data, location: 'cpu' }
  return feeds
}

export function fetchesOf(outputs: readonly TensorSpec[]): Record<string, null> {
  const fetches = emptyRecord<null>()
  for (const { name } of outputs) fetches[name] = null
  return fetches
}

export function tensorsOf(outputs: Record<string, NativeTensor>): Map<string, Tensor> {
  return new Map(
    Object.entries(outputs).map(([name, { type, dims, data }]) => {
      const dtype = DTYPES.find((known) => known === type)
      if (dtype === undefined) throw new Error(`output ${name} has the type ${type}, which cannot be carried`)
      return [name, { dtype, shape: [...dims], data }]
    }),
  )
}

function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}
