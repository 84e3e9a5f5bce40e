import { type TensorProto, TensorProto_DataType } from './generated/onnx_pb.js'

const { INT16, UINT16, FLOAT16, BFLOAT16, INT32 } = TensorProto_DataType
const TWO_BYTES: ReadonlySet<number> = new Set([INT16, UINT16, FLOAT16, BFLOAT16])
const SEPARATOR = '\0'

/**
 * A tensor's elements as bytes, the same ones however the file spells them (raw or typed fields of onnx.proto, which
 * are little endian). Empty for one whose elements lie in another file.
 */
export function tensorContent(tensor: TensorProto): Uint8Array {
  if (tensor.rawData.length > 0) return tensor.rawData
  if (tensor.floatData.length > 0) return bytesOf(Float32Array.from(tensor.floatData))
  if (tensor.doubleData.length > 0) return bytesOf(Float64Array.from(tensor.doubleData))
  if (tensor.int64Data.length > 0) return bytesOf(BigInt64Array.from(tensor.int64Data))
  if (tensor.uint64Data.length > 0) return unsignedBytes(tensor)
  if (tensor.int32Data.length > 0) return int32Bytes(tensor)
  const texts = tensor.stringData.flatMap((text) => [text, new TextEncoder().encode(SEPARATOR)])
  return new Uint8Array(Buffer.concat(texts))
}

/** `int32_data` carries every type of up to 32 bits that has no field of its own. */
function int32Bytes({ dataType, int32Data }: TensorProto): Uint8Array {
  if (dataType === INT32) return bytesOf(Int32Array.from(int32Data))
  return TWO_BYTES.has(dataType) ? bytesOf(Uint16Array.from(int32Data)) : Uint8Array.from(int32Data)
}

function unsignedBytes({ dataType, uint64Data }: TensorProto): Uint8Array {
  if (dataType === TensorProto_DataType.UINT64) return bytesOf(BigUint64Array.from(uint64Data))
  return bytesOf(Uint32Array.from(uint64Data, Number))
}

function bytesOf(array: { buffer: ArrayBuffer }): Uint8Array {
  return new Uint8Array(array.buffer)
}
