import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from './generated/onnx_pb.js'

/** Every node of the model: of its graph, of graphs inside nodes (`If`, `Loop`, `Scan`), of functions, of training. */
export function* nodesOf(model: ModelProto): Generator<NodeProto> {
  for (const graph of topGraphs(model)) yield* withInnerNodes(graph.node)
  for (const definition of model.functions) yield* withInnerNodes(definition.node)
}

/** Every tensor stored in the model: initializers and attributes (`Constant`), at any depth. */
export function* tensorsOf(model: ModelProto): Generator<TensorProto> {
  for (const graph of topGraphs(model)) yield* tensorsOfGraph(graph)
  for (const definition of model.functions) yield* tensorsOfAttributes(definition.attributeProto)
  for (const node of nodesOf(model)) {
    yield* tensorsOfAttributes(node.attribute)
    for (const graph of node.attribute.flatMap(graphsOfAttribute)) yield* tensorsOfGraph(graph)
  }
}

/**
 * Every tensor stored in the model with a name for it: initializers have one, the value of an attribute goes by the
 * first output of its node. Names may occur more than once.
 */
export function* namedTensorsOf(model: ModelProto): Generator<readonly [name: string, tensor: TensorProto]> {
  for (const graph of graphsOf(model)) for (const tensor of tensorsOfGraph(graph)) yield [tensor.name, tensor]
  for (const { name, attributeProto } of model.functions) {
    for (const tensor of tensorsOfAttributes(attributeProto)) yield [name, tensor]
  }
  for (const { output, opType, attribute } of nodesOf(model)) {
    for (const tensor of tensorsOfAttributes(attribute)) yield [output[0] ?? opType, tensor]
  }
}

/** Every graph of the model: its own, those inside nodes, and those of training. */
export function* graphsOf(model: ModelProto): Generator<GraphProto> {
  yield* topGraphs(model)
  for (const node of nodesOf(model)) yield* node.attribute.flatMap(graphsOfAttribute)
}

function topGraphs(model: ModelProto): GraphProto[] {
  const training = model.trainingInfo.flatMap((info) => [info.initialization, info.algorithm])
  return [model.graph, ...training].filter(isPresent)
}

function* withInnerNodes(nodes: readonly NodeProto[]): Generator<NodeProto> {
  for (const node of nodes) {
    yield node
    for (const graph of node.attribute.flatMap(graphsOfAttribute)) yield* withInnerNodes(graph.node)
  }
}

function graphsOfAttribute(attribute: AttributeProto): GraphProto[] {
  return [attribute.g, ...attribute.graphs].filter(isPresent)
}

function* tensorsOfGraph(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer
  for (const sparse of graph.sparseInitializer) yield* [sparse.values, sparse.indices].filter(isPresent)
}

function* tensorsOfAttributes(attributes: readonly AttributeProto[]): Generator<TensorProto> {
  for (const { t, tensors, sparseTensor, sparseTensors } of attributes) {
    yield* [t, ...tensors].filter(isPresent)
    const sparse = [sparseTensor, ...sparseTensors].filter(isPresent)
    yield* sparse.flatMap(({ values, indices }) => [values, indices]).filter(isPresent)
  }
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined
}
