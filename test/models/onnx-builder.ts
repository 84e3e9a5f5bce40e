import { create, type MessageInitShape } from '@bufbuild/protobuf'

import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../../src/core/onnx/generated/onnx_pb.js'

/** What tests need of ONNX's own helper module: a model in a few lines. */
export { TensorProto_DataType as ElementType } from '../../src/core/onnx/generated/onnx_pb.js'

/** A number is a fixed size, a string a symbol, null an axis of which nothing is said. */
export type Dims = readonly (number | string | null)[]

/** `dims` null declares a value of unknown rank. */
export function value(name: string, elemType: number, dims: Dims | null): ValueInfoProto {
  const shape = dims === null ? {} : { shape: { dim: dims.map(dimension) } }
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: { elemType, ...shape } } } })
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attribute: readonly AttributeProto[] = [],
  domain = '',
): NodeProto {
  return create(NodeProtoSchema, { opType, domain, input: [...input], output: [...output], attribute: [...attribute] })
}

export function int(name: string, i: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(i) })
}

export function ints(name: string, values: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) })
}

export function tensorAttribute(name: string, t: TensorProto): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.TENSOR, t })
}

export function graphAttribute(name: string, g: GraphProto): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g })
}

/** A float32 tensor; without `values` they run smoothly between -1 and 1. */
export function floats(name: string, dims: readonly number[], values?: readonly number[]): TensorProto {
  const length = dims.reduce((product, size) => product * size, 1)
  const data = Float32Array.from({ length }, (_, index) => values?.[index] ?? Math.sin(index + 1))
  return create(TensorProtoSchema, {
    name,
    dataType: TensorProto_DataType.FLOAT,
    dims: dims.map(BigInt),
    rawData: new Uint8Array(data.buffer),
  })
}

export function int64s(name: string, dims: readonly number[], values: readonly bigint[]): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: TensorProto_DataType.INT64,
    dims: dims.map(BigInt),
    int64Data: [...values],
  })
}

export function int32(name: string, number: number): TensorProto {
  return create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT32, int32Data: [number] })
}

export function bool(name: string, truth: boolean): TensorProto {
  return create(TensorProtoSchema, { name, dataType: TensorProto_DataType.BOOL, int32Data: [truth ? 1 : 0] })
}

export function graph(init: Omit<MessageInitShape<typeof GraphProtoSchema>, '$typeName'>): GraphProto {
  return create(GraphProtoSchema, { name: 'graph', ...init })
}

/** IR version 8 and opset 17: what exporters of 2023 write and every later ONNX Runtime reads. */
export function model(
  init: Omit<MessageInitShape<typeof GraphProtoSchema>, '$typeName'>,
  opsets: readonly (readonly [domain: string, version: number])[] = [['', 17]],
): ModelProto {
  return create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'navigator-package-action tests',
    opsetImport: opsets.map(([domain, version]) => ({ domain, version: BigInt(version) })),
    graph: graph(init),
  })
}

function dimension(size: number | string | null): {
  value?: { case: 'dimValue'; value: bigint } | { case: 'dimParam'; value: string }
} {
  if (size === null) return {}
  return typeof size === 'number'
    ? { value: { case: 'dimValue', value: BigInt(size) } }
    : { value: { case: 'dimParam', value: size } }
}
