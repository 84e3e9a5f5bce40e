import { create } from '@bufbuild/protobuf'

import {
  type GraphProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from '../../src/core/onnx/generated/onnx_pb.js'
import { encodeModel, type ModelProto } from '../../src/core/onnx/model-file.js'
import {
  bool,
  ElementType,
  floats,
  graph,
  graphAttribute,
  int,
  int32,
  int64s,
  model,
  node,
  tensorAttribute,
  value,
} from './onnx-builder.js'

/** A model file and the files that must lie beside it, by relative path. */
export interface TestModel {
  readonly bytes: Uint8Array
  readonly files: ReadonlyMap<string, Uint8Array>
}

const { FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, BOOL, STRING } =
  ElementType

/** Models that ONNX Runtime loads and runs at any batch size where `batch` is an axis. */
export const goodModels = {
  mlp: () => file(mlp()),
  'float16-input': () =>
    file(
      model({
        input: [value('x', FLOAT16, ['batch', 8])],
        output: [value('y', FLOAT, ['batch', 4])],
        initializer: [floats('w', [8, 4])],
        node: [node('Cast', ['x'], ['x32'], [int('to', FLOAT)]), node('MatMul', ['x32', 'w'], ['y'])],
      }),
    ),
  'bool-output': () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4])],
        output: [value('y', BOOL, ['batch', 4])],
        initializer: [floats('half', [], [0.5])],
        node: [node('Greater', ['x', 'half'], ['y'])],
      }),
    ),
  'int64-input': () =>
    file(
      model({
        input: [value('ids', INT64, ['batch', 6])],
        output: [value('embedded', FLOAT, ['batch', 6, 8])],
        initializer: [floats('table', [32, 8])],
        node: [node('Gather', ['table', 'ids'], ['embedded'])],
      }),
    ),
  'no-batch-axis': () =>
    file(
      model({
        input: [value('x', FLOAT, [3, 5])],
        output: [value('y', FLOAT, [3, 2])],
        initializer: [floats('w', [5, 2])],
        node: [node('MatMul', ['x', 'w'], ['y'])],
      }),
    ),
  'output-without-batch-axis': () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4])],
        output: [value('y', FLOAT, ['batch', 4]), value('sum', FLOAT, [4])],
        initializer: [int64s('first', [1], [0n])],
        node: [node('Relu', ['x'], ['y']), node('ReduceSum', ['x', 'first'], ['sum'], [int('keepdims', 0)])],
      }),
    ),
  nondeterministic: () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4])],
        output: [value('y', FLOAT, ['batch', 4])],
        node: [node('RandomNormalLike', ['x'], ['noise']), node('Add', ['x', 'noise'], ['y'])],
      }),
    ),
  'external-weights': () => externalWeights('weights/mlp.bin'),
  'odd-names': () => file(named(['input one', 'scope/b:0'], ['sum of: a/b', 'product/of it:0'])),
  'non-ascii-names': () => file(named(['größe', '入力/二'], ['Größe der Wörter/é:0', '出力'])),
  'quoted-names': () => file(named(["it's", 'the "other"'], ["'y'", '"z"'])),
  'mixed-dtypes': () =>
    file(
      model({
        input: [value('counts', INT32, ['batch', 3]), value('weights', DOUBLE, ['batch', 3])],
        output: [value('products', DOUBLE, ['batch', 3]), value('small', INT8, ['batch', 3])],
        node: [
          node('Cast', ['counts'], ['wide'], [int('to', DOUBLE)]),
          node('Mul', ['wide', 'weights'], ['products']),
          node('Cast', ['counts'], ['small'], [int('to', INT8)]),
        ],
      }),
    ),
  'every-dtype': () => file(everyDtype()),
  'scalar-input': () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4]), value('scale', INT64, [])],
        output: [value('y', FLOAT, ['batch', 4])],
        node: [node('Cast', ['scale'], ['scale32'], [int('to', FLOAT)]), node('Mul', ['x', 'scale32'], ['y'])],
      }),
    ),
  'batch-on-axis-1': () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4]), value('state', FLOAT, [2, 'batch', 4])],
        output: [value('y', FLOAT, ['batch', 4]), value('next', FLOAT, [2, 'batch', 4])],
        initializer: [int64s('first', [1], [0n])],
        node: [
          node('ReduceSum', ['state', 'first'], ['y0'], [int('keepdims', 0)]),
          node('Add', ['x', 'y0'], ['y']),
          node('Add', ['state', 'x'], ['next']),
        ],
      }),
    ),
  /** Names that a runner would obey, were they printed at the start of a line. ONNX Runtime warns of unused ones. */
  'workflow-command-names': () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4])],
        output: [value('y', FLOAT, ['batch', 4])],
        initializer: [
          floats('::error::x', [4]),
          floats('::error::unused', [4]),
          floats('\n::set-output name=outcome::hijacked', [4]),
          floats('\r##[error]hijacked', [4]),
        ],
        node: [node('Add', ['x', '::error::x'], ['y'])],
      }),
    ),
  /** `if` on a constant-free condition; both branches add weights of their own. */
  'weights-in-branches': () => file(weightsInBranches()),
} satisfies Record<string, () => TestModel>

/** Models that load and then do harm when they are run. */
export const harmfulModels = {
  /** One item takes 4 GiB, written as it is allocated, so that memory in use grows until something stops it. */
  'huge-allocation': () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4])],
        output: [value('y', FLOAT, [1, 1])],
        initializer: [int64s('factors', [2], [16384n, 16384n])],
        node: [
          node('Shape', ['x'], ['shape']),
          node('Mul', ['shape', 'factors'], ['large']),
          node('ConstantOfShape', ['large'], ['ones'], [tensorAttribute('value', floats('one', [1], [1]))]),
          node('ReduceSum', ['ones'], ['y']),
        ],
      }),
    ),
  /** 64 MiB for each item of the batch, so that a larger batch is too much where a smaller one is not. */
  'memory-grows-with-batch': () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4])],
        output: [value('y', FLOAT, ['batch', 4])],
        initializer: [int64s('factors', [2], [4096n, 1024n]), floats('nothing', [], [0])],
        node: [
          node('Shape', ['x'], ['shape']),
          node('Mul', ['shape', 'factors'], ['large']),
          node('ConstantOfShape', ['large'], ['ones'], [tensorAttribute('value', floats('one', [1], [1]))]),
          node('ReduceSum', ['ones'], ['sum']),
          node('Mul', ['sum', 'nothing'], ['zero']),
          node('Add', ['x', 'zero'], ['y']),
        ],
      }),
    ),
  /** A `Loop` with the most iterations a 64-bit number allows. */
  hang: () => file(endlessLoop()),
  /** The smallest int32 modulo -1: ONNX Runtime looks for a zero only, and x86 raises SIGFPE at the overflow. */
  crash: () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4])],
        output: [value('y', FLOAT, ['batch', 4])],
        initializer: [int32('zero', 0), int32('smallest', -(2 ** 31)), int32('minus_one', -1)],
        node: [
          node('Cast', ['x'], ['whole'], [int('to', INT32)]),
          node('Mul', ['whole', 'zero'], ['zeros']),
          node('Add', ['zeros', 'smallest'], ['dividend']),
          node('Mod', ['dividend', 'minus_one'], ['rest']),
          node('Cast', ['rest'], ['y'], [int('to', FLOAT)]),
        ],
      }),
    ),
  /** Fails, and ONNX Runtime's message has the node's name in it, which a runner would obey at the start of a line. */
  'workflow-command-in-error': () => {
    const reshape = node('Reshape', ['x', 'impossible'], ['y'])
    reshape.name = '\n::error::hijacked\n::set-output name=outcome::hijacked\r##[error]hijacked'
    return file(
      model({
        input: [value('x', FLOAT, ['batch', 4])],
        output: [value('y', FLOAT, ['batch', 4])],
        initializer: [int64s('impossible', [2], [-1n, 3n])],
        node: [reshape],
      }),
    )
  },
} satisfies Record<string, () => TestModel>

/** Well-formed files that cannot be run here; ours or ONNX Runtime's error names why. */
export const unsupportedModels = {
  'sequence-output': () =>
    file(
      model({
        input: [value('x', FLOAT, ['batch', 4])],
        output: [sequenceValue('y')],
        node: [node('SequenceConstruct', ['x', 'x'], ['y'])],
      }),
    ),
  'bfloat16-input': () =>
    file(
      model({
        input: [value('x', BFLOAT16, ['batch', 4])],
        output: [value('y', FLOAT, ['batch', 4])],
        node: [node('Cast', ['x'], ['y'], [int('to', FLOAT)])],
      }),
    ),
  'custom-domain': () =>
    file(
      model(
        {
          input: [value('x', FLOAT, ['batch', 4])],
          output: [value('y', FLOAT, ['batch', 4])],
          node: [node('Frobnicate', ['x'], ['y'], [], 'com.example.ops')],
        },
        [
          ['', 17],
          ['com.example.ops', 1],
        ],
      ),
    ),
  'future-opset': () => file(mlp([['', 99]])),
  'weights-outside-folder': () => externalWeights('../mlp.bin'),
} satisfies Record<string, () => TestModel>

/** Files that are no models at all. */
export const brokenFiles = {
  empty: () => new Uint8Array(),
  truncated: () => goodModels.mlp().bytes.subarray(0, 300),
  'git-lfs-pointer': () =>
    new TextEncoder().encode(`version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 123456\n`),
  text: () => new TextEncoder().encode('Not a model, just text.\n'),
} satisfies Record<string, () => Uint8Array>

function file(proto: ModelProto, files: ReadonlyMap<string, Uint8Array> = new Map()): TestModel {
  return { bytes: encodeModel(proto), files }
}

/** Sum and product of two inputs, under these names. */
function named(inputs: readonly [string, string], outputs: readonly [string, string]): ModelProto {
  return model({
    input: inputs.map((name) => value(name, FLOAT, ['batch', 4])),
    output: outputs.map((name) => value(name, FLOAT, ['batch', 4])),
    node: [node('Add', [...inputs], [outputs[0]]), node('Mul', [...inputs], [outputs[1]])],
  })
}

function mlp(opsets?: readonly (readonly [string, number])[]): ModelProto {
  return model(
    {
      input: [value('x', FLOAT, ['batch', 16])],
      output: [value('y', FLOAT, ['batch', 4])],
      initializer: [floats('w1', [16, 32]), floats('b1', [32]), floats('w2', [32, 4]), floats('b2', [4])],
      node: [
        node('Gemm', ['x', 'w1', 'b1'], ['h']),
        node('Relu', ['h'], ['a']),
        node('Gemm', ['a', 'w2', 'b2'], ['logits']),
        node('Softmax', ['logits'], ['y'], [int('axis', 1)]),
      ],
    },
    opsets,
  )
}

/** The MLP with its weights in one file at `location`, one after the other. */
function externalWeights(location: string): TestModel {
  const proto = mlp()
  const parts: Uint8Array[] = []
  let offset = 0
  for (const tensor of proto.graph?.initializer ?? []) {
    parts.push(tensor.rawData)
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL
    const where = { location, offset: String(offset), length: String(tensor.rawData.length) }
    tensor.externalData = create(TensorProtoSchema, {
      externalData: Object.entries(where).map(([key, text]) => ({ key, value: text })),
    }).externalData
    offset += tensor.rawData.length
    tensor.rawData = new Uint8Array()
  }
  return file(proto, new Map([[location, Buffer.concat(parts)]]))
}

function everyDtype(): ModelProto {
  const types = { FLOAT, FLOAT16, DOUBLE, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, BOOL, STRING }
  const entries = Object.entries(types)
  return model({
    input: entries.map(([name, type]) => value(`in_${name}`, type, ['batch', 2])),
    output: entries.map(([name, type]) => value(`out_${name}`, type, ['batch', 2])),
    node: entries.map(([name]) => node('Identity', [`in_${name}`], [`out_${name}`])),
  })
}

function weightsInBranches(): ModelProto {
  const branch = (name: string): GraphProto =>
    graph({
      name,
      output: [value(`${name}_y`, FLOAT, ['batch', 4])],
      initializer: [floats(`${name}_w`, [4])],
      node: [node('Add', ['x', `${name}_w`], [`${name}_y`])],
    })
  return model({
    input: [value('x', FLOAT, ['batch', 4]), value('flag', BOOL, [])],
    output: [value('y', FLOAT, ['batch', 4])],
    node: [
      node(
        'If',
        ['flag'],
        ['y'],
        [graphAttribute('then_branch', branch('then')), graphAttribute('else_branch', branch('else'))],
      ),
    ],
  })
}

function endlessLoop(): ModelProto {
  const body = graph({
    name: 'body',
    input: [value('iteration', INT64, []), value('go_on', BOOL, []), value('sum', FLOAT, ['batch', 4])],
    output: [value('still_go_on', BOOL, []), value('next', FLOAT, ['batch', 4])],
    node: [node('Identity', ['go_on'], ['still_go_on']), node('Sin', ['sum'], ['next'])],
  })
  return model({
    input: [value('x', FLOAT, ['batch', 4])],
    output: [value('y', FLOAT, ['batch', 4])],
    initializer: [int64s('trips', [], [2n ** 63n - 1n]), bool('always', true)],
    node: [node('Loop', ['trips', 'always', 'x'], ['y'], [graphAttribute('body', body)])],
  })
}

function sequenceValue(name: string): ReturnType<typeof value> {
  const { type } = value('', FLOAT, ['batch', 4])
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'sequenceType', value: type === undefined ? {} : { elemType: type } } },
  })
}
