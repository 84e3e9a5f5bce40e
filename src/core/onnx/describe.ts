import { NavigatorError } from '../errors.js'
import type { Dimension, TensorSpec } from '../tensors/tensor.js'
import { dtypeOfElementType, elementTypeName } from './element-type.js'
import { externalDataOf } from './external-data.js'
import type {
  GraphProto,
  ModelProto,
  TensorShapeProto,
  TypeProto,
  TypeProto_Tensor,
  ValueInfoProto,
} from './generated/onnx_pb.js'
import { nodesOf } from './graph-walk.js'

export { checkExternalData } from './external-data.js'

/** What can be said of a model without running it. */
export interface ModelDescription {
  /** What a request carries: inputs with an initializer are left out. `batchAxis` is null. */
  readonly inputs: readonly TensorSpec[]
  /** `batchAxis` is null. The shape of those in `unrankedOutputs` is [] and says nothing. */
  readonly outputs: readonly TensorSpec[]
  /** Names of outputs of which the model does not even say how many axes they have. */
  readonly unrankedOutputs: readonly string[]
  /** Version of ONNX's own operators; 0 for a model that imports only other sets, such as `ai.onnx.ml`. */
  readonly opset: number
  readonly irVersion: number
  /** Locations of external weights as the model spells them, unchecked ({@link checkExternalData}). Sorted. */
  readonly externalData: readonly string[]
  /** Name and version of the tool that wrote the file; '' when it does not say. */
  readonly producer: string
}

/** The newest that ONNX Runtime 1.30 loads; a test holds them to the runtime. */
export const NEWEST_OPSET = 26
export const NEWEST_IR_VERSION = 13

/** Domains whose operators ONNX defines or every build of ONNX Runtime carries. */
const BUILT_IN_DOMAINS: ReadonlySet<string> = new Set([
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview',
  'ai.onnx.preview.training',
  'com.microsoft',
  'com.microsoft.nchwc',
  'com.microsoft.experimental',
  'com.ms.internal.nhwc',
])

/**
 * Reads what a model declares. Negative dimensions and empty symbolic names, which some exporters write, count as unknown.
 * Throws `model-unsupported` with every input and output that a request or an answer cannot carry, every custom operator
 * and versions that are too new, and `not-onnx` for a model without graph or without operator sets.
 */
export function describeModel(model: ModelProto): ModelDescription {
  if (model.graph === undefined) throw new NavigatorError('not-onnx', 'The model holds no graph.')
  const opset = opsetOf(model)
  const inputs = requestInputs(model.graph)
  const problems = [
    ...inputs.flatMap((value) => problemsOfValue('input', value)),
    ...model.graph.output.flatMap((value) => problemsOfValue('output', value)),
    ...(model.graph.output.length === 0 ? ['the model has no outputs'] : []),
    ...problemsOfVersions(opset, Number(model.irVersion)),
    ...customOperators(model).map(
      (name) => `${name} is a custom operator; those need a library that is not part of ONNX`,
    ),
  ]
  if (problems.length > 0) {
    throw new NavigatorError('model-unsupported', 'The model cannot be run here. Mend this and export it again.', {
      problems,
    })
  }
  return {
    inputs: inputs.map(specOf),
    outputs: model.graph.output.map(specOf),
    unrankedOutputs: model.graph.output.filter((value) => tensorOf(value)?.shape === undefined).map(({ name }) => name),
    opset,
    irVersion: Number(model.irVersion),
    externalData: externalDataOf(model),
    producer: [model.producerName, model.producerVersion].filter((part) => part !== '').join(' '),
  }
}

function opsetOf(model: ModelProto): number {
  if (model.opsetImport.length === 0) {
    throw new NavigatorError(
      'not-onnx',
      'The model names no operator set (opset_import): it was cut off, or written before ONNX 1.0. Export it again.',
    )
  }
  const own = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  if (own === undefined) return 0
  if (own.version < 1n) {
    throw new NavigatorError('not-onnx', `The model names opset ${String(own.version)}; opsets begin at 1.`)
  }
  return Number(own.version)
}

function problemsOfVersions(opset: number, irVersion: number): string[] {
  const problems: string[] = []
  if (opset > NEWEST_OPSET) problems.push(`opset ${opset}; this runtime supports opsets up to ${NEWEST_OPSET}`)
  if (irVersion > NEWEST_IR_VERSION) {
    problems.push(`IR version ${irVersion}; this runtime supports IR versions up to ${NEWEST_IR_VERSION}`)
  }
  return problems
}

/** Before IR version 4 initializers had to be listed as inputs too; they are defaults nobody has to pass. */
function requestInputs(graph: GraphProto): ValueInfoProto[] {
  const initializers = new Set([
    ...graph.initializer.map(({ name }) => name),
    ...graph.sparseInitializer.map(({ values }) => values?.name ?? ''),
  ])
  return graph.input.filter(({ name }) => !initializers.has(name))
}

const CARRIED = 'float16 to float64, integers of 8 to 64 bits, bool and string can be carried'

function problemsOfValue(role: 'input' | 'output', value: ValueInfoProto): string[] {
  const label = `${role} ${JSON.stringify(value.name)}`
  const tensor = tensorOf(value)
  if (tensor === null) return [`${label} is ${typeName(value.type)}; only dense tensors can be carried`]
  if (dtypeOfElementType(tensor.elemType) === null)
    return [`${label} is a tensor of ${elementTypeName(tensor.elemType)}; ${CARRIED}`]
  if (role === 'input' && tensor.shape === undefined) return [`${label} has no shape; declare its axes`]
  return []
}

function specOf(value: ValueInfoProto): TensorSpec {
  const tensor = tensorOf(value)
  const dtype = dtypeOfElementType(tensor?.elemType ?? 0)
  if (dtype === null) throw new Error(`unchecked value ${value.name}`)
  return { name: value.name, dtype, shape: tensor?.shape?.dim.map(dimensionOf) ?? [], batchAxis: null }
}

/** A fixed size, a symbol, or null where the model says neither. */
export function dimensionOf({ value }: TensorShapeProto['dim'][number]): Dimension {
  switch (value.case) {
    case 'dimValue':
      return value.value < 0n ? null : Number(value.value)
    case 'dimParam':
      return value.value === '' ? null : value.value
    case undefined:
      return null
  }
}

function tensorOf(value: ValueInfoProto): TypeProto_Tensor | null {
  const type = value.type?.value
  return type?.case === 'tensorType' ? type.value : null
}

/** ONNX's notation, such as `seq(tensor(float))`. */
export function typeName(type: TypeProto | undefined): string {
  const value = type?.value
  switch (value?.case) {
    case undefined:
      return 'of no type'
    case 'tensorType':
      return `tensor(${elementTypeName(value.value.elemType)})`
    case 'sparseTensorType':
      return `sparse_tensor(${elementTypeName(value.value.elemType)})`
    case 'sequenceType':
      return `seq(${typeName(value.value.elemType)})`
    case 'optionalType':
      return `optional(${typeName(value.value.elemType)})`
    case 'mapType':
      return `map(${elementTypeName(value.value.keyType)},${typeName(value.value.valueType)})`
    case 'opaqueType':
      return `opaque(${value.value.domain},${value.value.name})`
  }
}

/** Operators that are neither ONNX's, nor ONNX Runtime's, nor functions in the model, as `domain:name`. Sorted. */
function customOperators(model: ModelProto): string[] {
  const own = new Set(model.functions.map(({ domain, name }) => `${domain}:${name}`))
  const custom = new Set<string>()
  for (const { domain, opType } of nodesOf(model)) {
    const name = `${domain}:${opType}`
    if (!BUILT_IN_DOMAINS.has(domain) && !own.has(name)) custom.add(name)
  }
  return [...custom].sort()
}
