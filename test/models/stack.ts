import { encodeModel } from '../../src/core/onnx/model-file.js'
import type { TestModel } from './make-models.js'
import { ElementType, floats, model, node, value } from './onnx-builder.js'

const WIDTH = 128

/** Products in a row: three times the layers take about three times as long. */
export function stack(layers: number, metadata = ''): TestModel {
  const names = Array.from({ length: layers }, (_, layer) => (layer === layers - 1 ? 'y' : `h${layer}`))
  const weights = Array.from({ length: WIDTH * WIDTH }, (_, index) => Math.sqrt(2 / WIDTH) * Math.sin(index + 1))
  const proto = model({
    name: `stack${metadata}`,
    input: [value('x', ElementType.FLOAT, [32, WIDTH])],
    output: [value('y', ElementType.FLOAT, [32, WIDTH])],
    initializer: names.map((name) => floats(`w-${name}`, [WIDTH, WIDTH], weights)),
    node: names.map((name, layer) => node('MatMul', [names[layer - 1] ?? 'x', `w-${name}`], [name])),
  })
  return { bytes: encodeModel(proto), files: new Map() }
}
