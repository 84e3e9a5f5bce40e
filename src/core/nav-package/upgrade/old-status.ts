import { z } from 'zod'

import type { Shape } from '../shape.js'
import { isTree, listOf, type Tree, treeOf } from './tree.js'

/** Rows of figures of one status; each becomes five times as long. One of 2022 has some hundred. */
export const MOST_OLD_ROWS = 10_000

const list = z.custom<unknown[]>(Array.isArray, { error: 'expected a list' })
const map = z.custom<Tree>(isTree, { error: 'expected a map' })

const RESULT: Shape = {
  schema: z.object({ runtime: z.string(), tolerance: list.nullish(), performance: list.nullish() }),
  fields: {
    performance: { schema: z.unknown(), entries: { schema: z.object({ batch_size: z.number().int().nullish() }) } },
  },
}

const MODEL: Shape = {
  schema: z.object({ format: z.string(), path: z.string().nullable(), runtime_results: list }),
  fields: { runtime_results: { schema: z.unknown(), entries: RESULT } },
}

const TENSORS: Shape = { schema: z.unknown(), entries: { schema: z.object({ name: z.string() }) } }

const EXPORT_CONFIG: Shape = {
  schema: z.object({ framework: z.string(), timestamp: z.string(), trt_dynamic_axes: map.nullish() }),
  fields: { trt_dynamic_axes: { schema: z.unknown(), entries: { schema: map.nullable(), entries: { schema: list } } } },
}

/**
 * What the formats 0.1.0 to 0.1.4 (Navigator 0.3, 2022) are checked for before they are upgraded, so that problems carry
 * the names that the file has. What else the real Navigator asks for is filled in.
 */
export const OLD_STATUS: Shape = {
  schema: z.object({ export_config: map, model_status: list, input_metadata: list, output_metadata: list }),
  fields: {
    export_config: EXPORT_CONFIG,
    model_status: { schema: z.unknown(), entries: MODEL },
    input_metadata: TENSORS,
    output_metadata: TENSORS,
  },
}

export function countOldRows(status: Tree): number {
  const results = listOf(status['model_status']).flatMap((model) => listOf(treeOf(model)['runtime_results']))
  return results.reduce<number>((sum, result) => sum + listOf(treeOf(result)['performance']).length, 0)
}

export function isOldShape(status: Tree): boolean {
  return 'export_config' in status || 'model_status' in status
}

/** A file of the oldest format does not say its version; with `optimization_profile` it is of the one after it. */
export function oldVersion(status: Tree): string {
  return 'optimization_profile' in treeOf(status['export_config']) ? '0.1.1' : '0.1.0'
}

/** The key that the real Navigator gives a model of an old status, the name of its folder; null without a file. */
export function oldModelKey(model: Tree): string | null {
  const { path } = model
  if (typeof path !== 'string' || path === '') return null
  return (
    path
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .at(-2) ?? ''
  )
}

/** The names of runners of today by format and execution provider of 2022; null for one that has none. */
const RUNNERS: ReadonlyMap<string, string | null> = new Map([
  ['onnx CPUExecutionProvider', 'OnnxCPU'],
  ['onnx CUDAExecutionProvider', 'OnnxCUDA'],
  ['onnx TensorrtExecutionProvider', 'OnnxTensorRT'],
  ['trt TensorrtExecutionProvider', 'TensorRT'],
  ['trt TrtexecExecutionProvider', null],
  ['tf-trt TensorFlowExecutionProvider', 'TensorFlowTensorRT'],
  ['tf-savedmodel TensorFlowExecutionProvider', 'TensorFlowSavedModel'],
  ['torch-trt PyTorchExecutionProvider', 'TorchTensorRT'],
  ['torchscript PyTorchExecutionProvider', 'TorchScriptCUDA'],
])

/** The runner of a row of `runtime_results`; null where there is none today, or none is known. */
export function oldRunner(format: unknown, runtime: unknown): string | null {
  return RUNNERS.get(`${String(format)} ${String(runtime)}`) ?? null
}

/** What an old status says that has no place in the new shape, and stays in `model_status` only. */
export function leftBehind(status: Tree): string[] {
  return listOf(status['model_status']).flatMap((one) => {
    const model = treeOf(one)
    const format = String(model['format'])
    if (oldModelKey(model) === null) return [`a ${format} model without a file`]
    return listOf(model['runtime_results']).flatMap((row) => {
      const { runtime } = treeOf(row)
      const name = `${format} ${String(runtime)}`
      return RUNNERS.has(name) ? [] : [`the figures of ${String(runtime)} for ${format}`]
    })
  })
}
