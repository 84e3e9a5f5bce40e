import type { Dtype } from '../tensors/tensor.js'
import { TensorProto_DataType } from './generated/onnx_pb.js'

/** ONNX's element types (TensorProto.DataType of onnx.proto) that ONNX Runtime's Node.js binding carries. */
const DTYPE_OF_ELEMENT_TYPE: ReadonlyMap<number, Dtype> = new Map<number, Dtype>([
  [TensorProto_DataType.FLOAT, 'float32'],
  [TensorProto_DataType.UINT8, 'uint8'],
  [TensorProto_DataType.INT8, 'int8'],
  [TensorProto_DataType.UINT16, 'uint16'],
  [TensorProto_DataType.INT16, 'int16'],
  [TensorProto_DataType.INT32, 'int32'],
  [TensorProto_DataType.INT64, 'int64'],
  [TensorProto_DataType.STRING, 'string'],
  [TensorProto_DataType.BOOL, 'bool'],
  [TensorProto_DataType.FLOAT16, 'float16'],
  [TensorProto_DataType.DOUBLE, 'float64'],
  [TensorProto_DataType.UINT32, 'uint32'],
  [TensorProto_DataType.UINT64, 'uint64'],
])

/** null for a type that requests and answers cannot have here (bfloat16, float8, complex, 4-bit …). */
export function dtypeOfElementType(elementType: number): Dtype | null {
  return DTYPE_OF_ELEMENT_TYPE.get(elementType) ?? null
}

/** ONNX's own name in lower case, such as `bfloat16`; the number for a type newer than the schema. */
export function elementTypeName(elementType: number): string {
  const known = Object.entries(TensorProto_DataType).find(([, value]) => value === elementType)
  return known === undefined ? `element type ${elementType}` : known[0].toLowerCase()
}
