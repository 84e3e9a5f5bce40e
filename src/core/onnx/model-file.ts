import { fromBinary, toBinary } from '@bufbuild/protobuf'

import { NavigatorError, refuseGitLfsPointer } from '../errors.js'
import { type GraphProto, type ModelProto, ModelProtoSchema } from './generated/onnx_pb.js'

export type { ModelProto } from './generated/onnx_pb.js'

/** A model that has a graph: all that {@link decodeModel} returns. */
export type DecodedModel = ModelProto & { readonly graph: GraphProto }

/**
 * Reads an ONNX file. Unknown fields are kept, so that {@link encodeModel} gives the same bytes back. Tensors' raw data
 * are views of `bytes`, not copies.
 * Throws `git-lfs-pointer` for the text file that git leaves where a large file was not fetched, `not-onnx` for all else
 * that is no complete ONNX model.
 */
export function decodeModel(bytes: Uint8Array): DecodedModel {
  if (bytes.length === 0) throw notOnnx('The file is empty.')
  refuseGitLfsPointer(bytes, 'The file', 'model')
  const kind = otherFormat(bytes)
  if (kind !== null) throw notOnnx(`The file is not an ONNX model but ${kind}.`)
  const model = parse(bytes)
  const { graph } = model
  if (graph === undefined) {
    throw notOnnx('The file is not a complete ONNX model: it holds no graph.')
  }
  return Object.assign(model, { graph })
}

/** The bytes of an ONNX file; the same ones for a model that {@link decodeModel} read and nobody changed. */
export function encodeModel(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model)
}

/** First bytes of files that are often mistaken for ONNX; none can begin an ONNX model. */
const OTHER_FORMATS: readonly [offset: number, magic: string, kind: string][] = [
  [0, 'PK\x03\x04', 'a zip archive (a PyTorch checkpoint or a Navigator Package are such)'],
  [4, 'ORTM', "in ONNX Runtime's own ORT format"],
  [4, 'TFL3', 'a TensorFlow Lite model'],
  [0, '\x89HDF', 'an HDF5 file (Keras)'],
  [0, '\x89PNG', 'a PNG image'],
  [0, '\x1f\x8b', 'a gzip archive; unpack it first'],
  [0, '\x93NUMPY', 'a NumPy array'],
  [0, '<!DOCTYPE', 'a web page'],
  [0, '<html', 'a web page'],
]

function otherFormat(bytes: Uint8Array): string | null {
  return OTHER_FORMATS.find(([offset, magic]) => startsWith(bytes.subarray(offset), magic))?.[2] ?? null
}

/** `text` is one character per byte. */
function startsWith(bytes: Uint8Array, text: string): boolean {
  return bytes.length >= text.length && Array.from(text).every((char, index) => bytes[index] === char.charCodeAt(0))
}

function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    throw notOnnx('The file is not an ONNX model, or it was cut off.', cause)
  }
}

function notOnnx(what: string, cause?: unknown): NavigatorError {
  return new NavigatorError('not-onnx', `${what} Give a file written by an ONNX exporter, such as torch.onnx.export.`, {
    cause,
  })
}
