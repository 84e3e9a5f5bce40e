import { readFileSync } from 'node:fs'

import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { checkExternalData, describeModel, type ModelDescription } from '../../src/core/onnx/describe.js'
import { externalDataNeeds } from '../../src/core/onnx/external-data.js'
import {
  FunctionProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from '../../src/core/onnx/generated/onnx_pb.js'
import { decodeModel, type ModelProto } from '../../src/core/onnx/model-file.js'
import { goodModels, type TestModel, unsupportedModels } from '../models/make-models.js'
import {
  ElementType,
  floats,
  graph,
  graphAttribute,
  model,
  node,
  tensorAttribute,
  value,
} from '../models/onnx-builder.js'

const { FLOAT } = ElementType
const CARRIED = '; float16 to float64, integers of 8 to 64 bits, bool and string can be carried'

test('a model is described by its inputs, outputs, opset and producer', () => {
  expect(describe(goodModels['batch-on-axis-1']())).toEqual({
    inputs: [
      { name: 'x', dtype: 'float32', shape: ['batch', 4], batchAxis: null },
      { name: 'state', dtype: 'float32', shape: [2, 'batch', 4], batchAxis: null },
    ],
    outputs: [
      { name: 'y', dtype: 'float32', shape: ['batch', 4], batchAxis: null },
      { name: 'next', dtype: 'float32', shape: [2, 'batch', 4], batchAxis: null },
    ],
    unrankedOutputs: [],
    opset: 17,
    irVersion: 8,
    externalData: [],
    producer: 'navigator-package-action tests',
  })
})

test('Silero VAD keeps its nameless dynamic axes and its scalar input', () => {
  const bytes = readFileSync('node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx')
  expect(describeModel(decodeModel(bytes)).inputs).toEqual([
    { name: 'input', dtype: 'float32', shape: [null, null], batchAxis: null },
    { name: 'state', dtype: 'float32', shape: [2, null, 128], batchAxis: null },
    { name: 'sr', dtype: 'int64', shape: [], batchAxis: null },
  ])
})

test('every dtype that can be carried is read', () => {
  const { inputs } = describe(goodModels['every-dtype']())
  expect(inputs.map(({ dtype }) => dtype).join(' ')).toBe(
    'float32 float16 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool string',
  )
})

test('inputs that have an initializer are no part of a request', () => {
  const proto = identity()
  proto.graph?.input.push(value('w', FLOAT, [4]))
  proto.graph?.initializer.push(floats('w', [4]))
  expect(describeModel(proto).inputs.map(({ name }) => name)).toEqual(['x'])
})

test('negative sizes and empty symbols count as unknown', () => {
  const proto = model({ input: [value('x', FLOAT, [-1, '', null, 'n', 0])], output: [value('y', FLOAT, null)] })
  const { inputs, outputs, unrankedOutputs } = describeModel(proto)
  expect([inputs[0]?.shape, outputs[0]?.shape, unrankedOutputs]).toEqual([[null, null, null, 'n', 0], [], ['y']])
})

test('all inputs and outputs that cannot be carried are named at once with their types', () => {
  const element = value('', FLOAT, ['n'])
  const type = element.type ?? {}
  const proto = model({
    input: [
      value('b', ElementType.BFLOAT16, ['n']),
      value('c', ElementType.COMPLEX64, ['n']),
      value('f8', ElementType.FLOAT8E4M3FN, ['n']),
      value('i4', ElementType.INT4, ['n']),
      value('new', 99, ['n']),
      value('rankless', FLOAT, null),
      { name: 'untyped' },
    ],
    output: [
      { name: 'seq', type: { value: { case: 'sequenceType', value: { elemType: type } } } },
      { name: 'opt', type: { value: { case: 'optionalType', value: { elemType: type } } } },
      { name: 'map', type: { value: { case: 'mapType', value: { keyType: ElementType.INT64, valueType: type } } } },
      { name: 'sparse', type: { value: { case: 'sparseTensorType', value: { elemType: FLOAT } } } },
    ],
  })
  expect(problemsOf(() => describeModel(proto))).toEqual([
    'model-unsupported',
    'input "b" is a tensor of bfloat16' + CARRIED,
    'input "c" is a tensor of complex64' + CARRIED,
    'input "f8" is a tensor of float8e4m3fn' + CARRIED,
    'input "i4" is a tensor of int4' + CARRIED,
    'input "new" is a tensor of element type 99' + CARRIED,
    'input "rankless" has no shape; declare its axes',
    'input "untyped" is of no type; only dense tensors can be carried',
    'output "seq" is seq(tensor(float)); only dense tensors can be carried',
    'output "opt" is optional(tensor(float)); only dense tensors can be carried',
    'output "map" is map(int64,tensor(float)); only dense tensors can be carried',
    'output "sparse" is sparse_tensor(float); only dense tensors can be carried',
  ])
})

test.each([
  ['sequence-output', 'output "y" is seq(tensor(float)); only dense tensors can be carried'],
  ['bfloat16-input', 'input "x" is a tensor of bfloat16' + CARRIED],
  ['future-opset', 'opset 99; this runtime supports opsets up to 26'],
] as const)('%s is refused with its reason', (name, problem) => {
  expect(problemsOf(() => describe(unsupportedModels[name]()))).toEqual(['model-unsupported', problem])
})

test('a model whose IR is newer than the runtime is refused with what the runtime supports', () => {
  const proto = identity()
  proto.irVersion = 99n
  expect(problemsOf(() => describeModel(proto))).toEqual([
    'model-unsupported',
    'IR version 99; this runtime supports IR versions up to 13',
  ])
})

test('a model without operator sets is no ONNX model', () => {
  const proto = identity()
  proto.opsetImport = []
  expect(problemsOf(() => describeModel(proto))).toEqual(['not-onnx'])
})

test('a model of machine-learning operators alone has opset 0', () => {
  const proto = identity()
  proto.opsetImport = model({}, [['ai.onnx.ml', 3]]).opsetImport
  expect(describeModel(proto).opset).toBe(0)
})

test('custom operators are named, those of functions in the model and of ONNX Runtime are not', () => {
  const proto = identity([
    node('A', ['x'], ['a'], [], 'com.example'),
    node('Own', ['a'], ['b'], [], 'own'),
    node('Gelu', ['b'], ['y'], [], 'com.microsoft'),
  ])
  proto.functions = [{ ...emptyFunction(), domain: 'own', name: 'Own', node: [node('B', [], [], [], 'inner')] }]
  const why = 'is a custom operator; those need a library that is not part of ONNX'
  expect(problemsOf(() => describeModel(proto))).toEqual([
    'model-unsupported',
    `com.example:A ${why}`,
    `inner:B ${why}`,
  ])
})

test('external weights are found in initializers, attributes and branches, each file once', () => {
  const branch = graph({ initializer: [external('in branch')], node: [constant(external('in constant of branch'))] })
  const proto = identity([
    constant(external('in constant')),
    node('If', ['x'], ['y'], [graphAttribute('then_branch', branch)]),
  ])
  proto.graph?.initializer.push(external('top'), external('top'), external(null))
  proto.functions = [{ ...emptyFunction(), node: [constant(external('in function'))] }]
  expect(describeModel(proto).externalData).toEqual([
    '',
    'in branch',
    'in constant',
    'in constant of branch',
    'in function',
    'top',
  ])
})

test('the file of external weights must reach to the end of its last tensor', () => {
  const at = (offset: string, length: string): ReturnType<typeof external> => {
    const tensor = external('w')
    const { externalData } = create(TensorProtoSchema, {
      externalData: [
        { key: 'offset', value: offset },
        { key: 'length', value: length },
      ],
    })
    return { ...tensor, externalData: [...tensor.externalData, ...externalData] }
  }
  const proto = identity()
  proto.graph?.initializer.push(at('8', '16'), at('0', '8'), external('whole'))
  expect(externalDataNeeds(proto)).toEqual(
    new Map([
      ['w', 24],
      ['whole', 0],
    ]),
  )
  proto.graph?.initializer.push(at('-1', '8'))
  expect(externalDataNeeds(proto).get('w')).toBe(Infinity)
})

test('locations inside the folder pass', () => {
  expect(() => {
    checkExternalData(['model.onnx.data', 'weights/a..b.bin', './w', 'größe 1'])
  }).not.toThrow()
})

test('locations outside the folder are refused all at once', () => {
  const bad = ['', '/etc/passwd', '../w', 'a/../../w', 'a\\b', 'C:w', 'w\0', '*/_ORT_MEM_ADDR_/*', 'fine.bin']
  expect(
    problemsOf(() => {
      checkExternalData(bad)
    }),
  ).toEqual([
    'external-data',
    '"" is no file name',
    '"/etc/passwd" is an absolute path',
    '"../w" climbs out of the folder of the model',
    '"a/../../w" climbs out of the folder of the model',
    '"a\\\\b" has a backslash',
    '"C:w" is an absolute path',
    '"w\\u0000" has a NUL character',
    '"*/_ORT_MEM_ADDR_/*" is an address in memory',
  ])
})

function describe({ bytes }: TestModel): ModelDescription {
  return describeModel(decodeModel(bytes))
}

function identity(nodes = [node('Identity', ['x'], ['y'])]): ModelProto {
  return model({ input: [value('x', FLOAT, ['n', 4])], output: [value('y', FLOAT, ['n', 4])], node: nodes })
}

function emptyFunction(): ModelProto['functions'][number] {
  return create(FunctionProtoSchema, {})
}

function constant(tensor: ReturnType<typeof floats>): ReturnType<typeof node> {
  return node('Constant', [], ['c'], [tensorAttribute('value', tensor)])
}

function external(location: string | null): ReturnType<typeof floats> {
  return create(TensorProtoSchema, {
    name: 'w',
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: location === null ? [] : [{ key: 'location', value: location }],
  })
}

/** The error's code and then its problems. */
function problemsOf(action: () => unknown): string[] {
  try {
    action()
  } catch (error) {
    if (error instanceof NavigatorError) return [error.code, ...error.problems]
    throw error
  }
  return []
}
