import { encodeModel } from '../../src/core/onnx/model-file.js'
import type { TestModel } from './make-models.js'
import { ElementType, floats, model, node, value } from './onnx-builder.js'

const WIDTH = 128

/**
 * Products in a row: three times the layers take about three times as long. Each reflects, so that numbers stay as large
 * as they are through any number of layers: those that fade away become so small that processors take much longer for
 * them, and then nothing.
 */
export function stack(layers: number, metadata = ''): TestModel {
  const names = Array.from({ length: layers }, (_, layer) => (layer === layers - 1 ? 'y' : `h${layer}`))
  const weights = Array.from({ length: WIDTH * WIDTH }, (_, index) => (index % (WIDTH + 1) === 0 ? 1 : 0) - 2 / WIDTH)
  const proto = model({
    name: `stack${metadata}`,
    input: [value('x', ElementType.FLOAT, [32, WIDTH])],
    output: [value('y', ElementType.FLOAT, [32, WIDTH])],
    initializer: names.map((name) => floats(`w-${name}`, [WIDTH, WIDTH], weights)),
    node: names.map((name, layer) => node('MatMul', [names[layer - 1] ?? 'x', `w-${name}`], [name])),
  })
  return { bytes: encodeModel(proto), files: new Map() }
}
