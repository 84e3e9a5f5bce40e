import { createHash } from 'node:crypto'

import { clearField, type DescField, type Message, toBinary } from '@bufbuild/protobuf'

import type { Dimension } from '../tensors/tensor.js'
import { dimensionOf, typeName } from './describe.js'
import { dtypeOfElementType, elementTypeName } from './element-type.js'
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.js'
import { graphsOf, namedTensorsOf, nodesOf, tensorsOf } from './graph-walk.js'
import { type DecodedModel, decodeModel } from './model-file.js'
import { tensorContent } from './tensor-content.js'

/** A stored tensor. */
export interface Weight {
  /** NumPy's name, or ONNX's where NumPy has none. */
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: number
  /** SHA-256 of its elements; '' for those in another file, which only the caller can read. */
  readonly sha256: string
  /** Where its elements lie when they are in another file, as the model spells it, unchecked; `length` null: to its end. */
  readonly external: { readonly location: string; readonly offset: number; readonly length: number | null } | null
}

/** What tells one ONNX model from another, for people. */
export interface GraphSummary {
  readonly irVersion: number
  readonly producer: string
  /** Version by domain; ONNX's own domain is `ai.onnx`. */
  readonly opsets: ReadonlyMap<string, number>
  /** Types such as `float32 [batch, 3]` by name. */
  readonly inputs: ReadonlyMap<string, string>
  readonly outputs: ReadonlyMap<string, string>
  /** How often each operator is used, at any depth; those of other domains as `domain:name`. */
  readonly operators: ReadonlyMap<string, number>
  readonly weights: ReadonlyMap<string, Weight>
  /** Of all that decides what the model computes, except the elements of its weights and names nobody refers to. */
  readonly structureSha256: string
}

/** Sums an ONNX file up. Throws `not-onnx` or `git-lfs-pointer` as {@link decodeModel} does. */
export function summarizeModel(bytes: Uint8Array): GraphSummary {
  const model = decodeModel(bytes)
  const { graph, opsetImport, producerName, producerVersion } = model
  const weights = new Map<string, Weight>()
  const seen = new Map<string, number>()
  for (const [name, tensor] of namedTensorsOf(model)) {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    weights.set(count === 1 ? name : `${name} (${count})`, weightOf(tensor))
  }
  const operators = new Map<string, number>()
  for (const { domain, opType } of nodesOf(model)) {
    const name = domain === '' || domain === 'ai.onnx' ? opType : `${domain}:${opType}`
    operators.set(name, (operators.get(name) ?? 0) + 1)
  }
  return {
    irVersion: Number(model.irVersion),
    producer: [producerName, producerVersion].filter((part) => part !== '').join(' '),
    opsets: new Map(opsetImport.map(({ domain, version }) => [domain === '' ? 'ai.onnx' : domain, Number(version)])),
    inputs: new Map(graph.input.map((value) => [value.name, valueText(value)])),
    outputs: new Map(graph.output.map((value) => [value.name, valueText(value)])),
    operators,
    weights,
    structureSha256: sha256(structureOf(model)),
  }
}

function weightOf(tensor: TensorProto): Weight {
  const dtype = dtypeOfElementType(tensor.dataType) ?? elementTypeName(tensor.dataType)
  const shape = tensor.dims.map(Number)
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    const fields = new Map(tensor.externalData.map(({ key, value }) => [key, value]))
    const length = fields.get('length')
    const external = {
      location: fields.get('location') ?? '',
      offset: Number(fields.get('offset') ?? 0),
      length: length === undefined ? null : Number(length),
    }
    return { dtype, shape, bytes: external.length ?? 0, sha256: '', external }
  }
  const content = tensorContent(tensor)
  return { dtype, shape, bytes: content.length, sha256: sha256(content), external: null }
}

function valueText(value: ValueInfoProto): string {
  const type = value.type?.value
  if (type?.case !== 'tensorType') return typeName(value.type)
  const dtype = dtypeOfElementType(type.value.elemType) ?? elementTypeName(type.value.elemType)
  const shown = (size: Dimension): string => (size === null ? '?' : String(size))
  return `${dtype} ${type.value.shape === undefined ? 'of any shape' : `[${type.value.shape.dim.map(dimensionOf).map(shown).join(', ')}]`}`
}

/** The bytes of the model without weights, remarks, origin and inferred shapes. The model is of no use afterwards. */
function structureOf(model: DecodedModel): Uint8Array {
  const { field: m } = ModelProtoSchema
  const { field: g } = GraphProtoSchema
  const { field: n } = NodeProtoSchema
  const { field: t } = TensorProtoSchema
  const { field: v } = ValueInfoProtoSchema
  const origin = [
    m.irVersion,
    m.producerName,
    m.producerVersion,
    m.domain,
    m.modelVersion,
    m.docString,
    m.metadataProps,
  ]
  clear(model, origin)
  const elements = [t.rawData, t.floatData, t.doubleData, t.int32Data, t.int64Data, t.uint64Data, t.stringData]
  for (const tensor of tensorsOf(model)) clear(tensor, [...elements, t.externalData, t.dataLocation, t.docString])
  for (const node of nodesOf(model)) clear(node, [n.name, n.docString, n.metadataProps])
  for (const graph of graphsOf(model)) {
    clear(graph, [g.name, g.docString, g.valueInfo, g.metadataProps])
    for (const value of [...graph.input, ...graph.output]) clear(value, [v.docString, v.metadataProps])
  }
  return toBinary(ModelProtoSchema, model)
}

function clear(message: Message, fields: readonly DescField[]): void {
  for (const field of fields) clearField(message, field)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
