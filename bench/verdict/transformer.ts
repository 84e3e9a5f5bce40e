import { encodeModel } from '../../src/core/onnx/model-file.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'
import type { TestModel } from '../../test/models/make-models.js'
import { ElementType, floats, int, int64s, ints, model, node, value } from '../../test/models/onnx-builder.js'

type NodeProto = ReturnType<typeof node>
type TensorProto = ReturnType<typeof floats>

const LAYERS = 6
const HIDDEN = 384
const HEADS = 12
const HEAD_SIZE = HIDDEN / HEADS
const FEED_FORWARD = 4 * HIDDEN
const VOCABULARY = 1000
/** Tokens of one request. */
export const SEQUENCE = 128

/**
 * A sentence encoder of MiniLM-L6's size, 10.6 million parameters without embeddings, with random weights: token ids in,
 * the last layer's states out, as exporters write it. Which numbers its weights are makes no difference to its speed.
 */
export function miniTransformer(): TestModel {
  const part = new Part()
  const tokens = part.add('Gather', [part.weights([VOCABULARY, HIDDEN]), 'input_ids'])
  let hidden = part.normalized(part.add('Add', [tokens, part.weights([SEQUENCE, HIDDEN])]))
  for (let layer = 0; layer < LAYERS; layer++) {
    const attended = part.linear(attention(part, hidden), HIDDEN, HIDDEN)
    const normalized = part.normalized(part.add('Add', [hidden, attended]))
    const widened = gelu(part, part.linear(normalized, HIDDEN, FEED_FORWARD))
    const narrowed = part.linear(widened, FEED_FORWARD, HIDDEN)
    hidden = part.normalized(part.add('Add', [normalized, narrowed]))
  }
  part.node.push(node('Identity', [hidden], ['last_hidden_state']))
  const proto = model({
    input: [value('input_ids', ElementType.INT64, ['batch', SEQUENCE])],
    output: [value('last_hidden_state', ElementType.FLOAT, ['batch', SEQUENCE, HIDDEN])],
    initializer: part.initializer,
    node: part.node,
  })
  return { bytes: encodeModel(proto), files: new Map() }
}

/** Self-attention over all heads, without the projection after it. */
function attention(part: Part, hidden: string): string {
  const heads = (order: readonly number[]): string => {
    const split = part.add('Reshape', [
      part.linear(hidden, HIDDEN, HIDDEN),
      part.shape([0, SEQUENCE, HEADS, HEAD_SIZE]),
    ])
    return part.add('Transpose', [split], [ints('perm', order)])
  }
  const [query, key, values] = [heads([0, 2, 1, 3]), heads([0, 2, 3, 1]), heads([0, 2, 1, 3])]
  const scores = part.add('Mul', [part.add('MatMul', [query, key]), part.number(1 / Math.sqrt(HEAD_SIZE))])
  const mixed = part.add('MatMul', [part.add('Softmax', [scores], [int('axis', -1)]), values])
  const joined = part.add('Transpose', [mixed], [ints('perm', [0, 2, 1, 3])])
  return part.add('Reshape', [joined, part.shape([0, SEQUENCE, HIDDEN])])
}

/** x · (1 + erf(x / √2)) / 2, as exporters write it. */
function gelu(part: Part, x: string): string {
  const erf = part.add('Erf', [part.add('Div', [x, part.number(Math.SQRT2)])])
  return part.add('Mul', [part.add('Mul', [x, part.add('Add', [erf, part.number(1)])]), part.number(0.5)])
}

/** The nodes and weights of a graph that grows; every method gives the name of what it added. */
class Part {
  readonly node: NodeProto[] = []
  readonly initializer: TensorProto[] = []
  readonly #random = mulberry32(1)

  add(opType: string, input: readonly string[], attribute: Parameters<typeof node>[3] = []): string {
    const output = `t${this.node.length}`
    this.node.push(node(opType, input, [output], attribute))
    return output
  }

  /** Spread so that what flows through keeps its size. */
  weights(dims: readonly number[]): string {
    const length = dims.reduce((product, size) => product * size, 1)
    const spread = Math.sqrt(12 / HIDDEN)
    return this.#constant((name) =>
      floats(
        name,
        dims,
        Array.from({ length }, () => spread * (this.#random() - 0.5)),
      ),
    )
  }

  number(x: number): string {
    return this.#constant((name) => floats(name, [], [x]))
  }

  shape(dims: readonly number[]): string {
    return this.#constant((name) => int64s(name, [dims.length], dims.map(BigInt)))
  }

  linear(x: string, from: number, to: number): string {
    return this.add('Add', [this.add('MatMul', [x, this.weights([from, to])]), this.weights([to])])
  }

  normalized(x: string): string {
    const ones = this.#constant((name) => floats(name, [HIDDEN], new Array<number>(HIDDEN).fill(1)))
    return this.add('LayerNormalization', [x, ones, this.weights([HIDDEN])])
  }

  #constant(make: (name: string) => TensorProto): string {
    const tensor = make(`w${this.initializer.length}`)
    this.initializer.push(tensor)
    return tensor.name
  }
}
