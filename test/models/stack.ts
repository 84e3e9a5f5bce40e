import { encodeModel } from '../../src/core/onnx/model-file.js'
import type { TestModel } from './make-models.js'
import { ElementType, floats, model, node, value } from './onnx-builder.js'

/**
 * Products in a row: three times the layers take about three times as long. Each reflects, so that numbers stay as large
 * as they are through any number of layers: those that fade away become so small that processors take much longer for
 * them, and then nothing. A request is `rows` (or a size by that name) of `width` numbers.
 */
export function stack(
  layers: number,
  metadata = '',
  { rows, width }: { readonly rows: number | string; readonly width: number } = { rows: 32, width: 128 },
): TestModel {
  const names = Array.from({ length: layers }, (_, layer) => (layer === layers - 1 ? 'y' : `h${layer}`))
  const weights = Array.from({ length: width * width }, (_, index) => (index % (width + 1) === 0 ? 1 : 0) - 2 / width)
  const proto = model({
    name: `stack${metadata}`,
    input: [value('x', ElementType.FLOAT, [rows, width])],
    output: [value('y', ElementType.FLOAT, [rows, width])],
    initializer: names.map((name) => floats(`w-${name}`, [width, width], weights)),
    node: names.map((name, layer) => node('MatMul', [names[layer - 1] ?? 'x', `w-${name}`], [name])),
  })
  return { bytes: encodeModel(proto), files: new Map() }
}
