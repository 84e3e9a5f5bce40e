/** The element types this project can carry; the names are NumPy's, as in status.yaml. `string` is NumPy's `<U` and `S`. */
export const DTYPES = [
  'float16',
  'float32',
  'float64',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
] as const

export type Dtype = (typeof DTYPES)[number]

/** float16 holds its bits in a Uint16Array, bool holds 0 and 1 in a Uint8Array. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly string[]

/** A dense array in C order; `shape` is [] for a scalar. */
export interface Tensor {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly data: TensorData
}

/**
 * One request or one answer: tensors by the model's own names. A Map, because a stranger's model may call an input
 * `__proto__`.
 */
export type NamedTensors = ReadonlyMap<string, Tensor>

/** A fixed size, a symbolic name such as `batch`, or null when the model does not say. */
export type Dimension = number | string | null

/** What a model declares of one input or output. `batchAxis` is null until one was found and proven. */
export interface TensorSpec {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly Dimension[]
  readonly batchAxis: number | null
}
