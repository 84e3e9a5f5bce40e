import { encodeModel } from '../../src/core/onnx/model-file.js'
import type { TestModel } from './make-models.js'
import { ElementType, floats, model, node, value } from './onnx-builder.js'

/** A model that multiplies its input by a number: models of one package that agree or do not. */
export function scaled(factor: number): TestModel {
  const proto = model({
    input: [value('x', ElementType.FLOAT, ['batch', 4])],
    output: [value('y', ElementType.FLOAT, ['batch', 4])],
    initializer: [floats('factor', [], [factor])],
    node: [node('Mul', ['x', 'factor'], ['y'])],
  })
  return { bytes: encodeModel(proto), files: new Map() }
}
