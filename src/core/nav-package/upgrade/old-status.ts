import { z } from 'zod'

import { listOf, type Tree, treeOf } from './tree.js'

/**
 * What the formats 0.1.0 to 0.1.4 (Navigator 0.3, 2022) are checked for before they are upgraded, so that problems carry
 * the names that the file has. What else the real Navigator asks for is filled in.
 */
const result = z.looseObject({
  runtime: z.string(),
  tolerance: z.array(z.unknown()).nullish(),
  performance: z.array(z.looseObject({ batch_size: z.number().int().nullish() })).nullish(),
})

export const oldStatusSchema = z.looseObject({
  export_config: z.looseObject({
    framework: z.string(),
    timestamp: z.string(),
    trt_dynamic_axes: z.record(z.string(), z.record(z.string(), z.array(z.number())).nullable()).nullish(),
  }),
  model_status: z.array(
    z.looseObject({ format: z.string(), path: z.string().nullable(), runtime_results: z.array(result) }),
  ),
  input_metadata: z.array(z.looseObject({ name: z.string() })),
  output_metadata: z.array(z.looseObject({ name: z.string() })),
})

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
