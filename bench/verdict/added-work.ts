import { create } from '@bufbuild/protobuf'

import { describeModel } from '../../src/core/onnx/describe.js'
import { StringStringEntryProtoSchema } from '../../src/core/onnx/generated/onnx_pb.js'
import { decodeModel, encodeModel } from '../../src/core/onnx/model-file.js'
import { floats, node, tensorAttribute } from '../../test/models/onnx-builder.js'

type NodeProto = ReturnType<typeof node>

/** The same graph under another hash: what an A/A comparison measures, since equal files are `identical` unmeasured. */
export function relabelled(model: Uint8Array, label: string): Uint8Array {
  const proto = decodeModel(model)
  proto.metadataProps.push(create(StringStringEntryProtoSchema, { key: 'label', value: label }))
  return encodeModel(proto)
}

/**
 * The same model with more to do: its first output goes through an adapter `width` wide, two matrix products, whose
 * result is added to it. The second matrix is zero, so the output's values stay; ONNX Runtime can leave nothing out,
 * since zero times a float that it does not know may be NaN. Takes models whose first output is made by a node of the
 * main graph and has a last axis of known size. Three nodes, so that little work can be added to a small model.
 */
export function slowed(model: Uint8Array, width: number): Uint8Array {
  const proto = decodeModel(model)
  const { graph } = proto
  const output = describeModel(proto).outputs[0]
  const size = output?.shape.at(-1)
  const maker = graph.node.findIndex((one) => output !== undefined && one.output.includes(output.name))
  const made = graph.node[maker]
  if (output === undefined || typeof size !== 'number' || made === undefined) {
    throw new Error('no node makes an output whose last axis has a known size')
  }
  made.output = made.output.map((name) => (name === output.name ? BEFORE : name))
  graph.node.splice(maker + 1, 0, ...adapter(size, width, output.name))
  return encodeModel(proto)
}

const BEFORE = 'added-work/before'

/** Constants are nodes, which every IR version may have. */
function adapter(size: number, width: number, output: string): NodeProto[] {
  const constant = (name: string, dims: readonly number[], values?: readonly number[]): NodeProto =>
    node('Constant', [], [name], [tensorAttribute('value', floats('', dims, values))])
  return [
    constant('added-work/into', [size, width]),
    constant('added-work/out-of', [width, size], new Array<number>(width * size).fill(0)),
    node('MatMul', [BEFORE, 'added-work/into'], ['added-work/wide']),
    node('MatMul', ['added-work/wide', 'added-work/out-of'], ['added-work/nothing']),
    node('Add', [BEFORE, 'added-work/nothing'], [output]),
  ]
}
