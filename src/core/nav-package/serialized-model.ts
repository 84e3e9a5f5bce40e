import { modelFileName } from './model-formats.js'
import { parametersOf } from './model-keys.js'
import type { ModelStatus } from './status.js'

/** What a TensorRT engine computes in (0.14.0, `TensorRTPrecision`). */
export const PRECISIONS = ['fp32', 'fp16', 'bf16', 'int8', 'fp8', 'nvfp4'] as const
export type Precision = (typeof PRECISIONS)[number]

export const JIT_TYPES = ['script', 'trace'] as const
export type JitType = (typeof JIT_TYPES)[number]

/** A model file or folder in one of the real Navigator's serialized formats, with what its key depends on. */
export type SerializedModel =
  | { readonly format: 'onnx'; readonly opset: number }
  | { readonly format: 'torchscript'; readonly jitType: JitType }
  | { readonly format: 'torch-exportedprogram' | 'tf-savedmodel' }
  | { readonly format: 'trt' | 'tf-trt' | 'torch-trt'; readonly precision: Precision }

/** The row of status.yaml for a model without a parent, as the real Navigator recomputes it (`model-keys.ts`). */
export function keyOf(model: SerializedModel): string {
  return [model.format, ...parametersOf({ format: model.format, ...ownFields(model) })].join('-')
}

/** Where it lies in the package; a folder for the formats of TensorFlow. */
export function pathOf(model: SerializedModel): string {
  return `${keyOf(model)}/${modelFileName(model.format)}`
}

/**
 * The `model_config` of a model without a parent (0.14.0, `configuration/model/model_config.py`). How it was exported is
 * not known, so such fields have the real Navigator's defaults.
 */
export function modelConfigOf(
  model: SerializedModel,
  customArgs: Record<string, unknown>,
): ModelStatus['model_config'] {
  const key = keyOf(model)
  const paths = { path: pathOf(model), parent_path: null, parent_key: null, log_path: `${key}/format.log` }
  return { format: model.format, key, ...paths, custom_args: customArgs, ...ownFields(model) }
}

function ownFields(model: SerializedModel): Record<string, unknown> {
  // The real Navigator's default, autocast, would compute in another precision than the model was given in.
  const torchRunner = { autocast: false, inference_mode: true, device: null, autocast_dtype: null }
  switch (model.format) {
    case 'onnx':
      return { opset: model.opset, graph_surgeon_optimization: false, device: null, quantized: false }
    case 'torchscript':
      return { jit_type: model.jitType, strict: true, ...torchRunner }
    case 'torch-exportedprogram':
      return torchRunner
    case 'tf-savedmodel':
      return {}
    case 'trt':
      return { precision: model.precision, precision_mode: 'hierarchy', device: null, conversion_fallback: false }
    case 'tf-trt':
      return { precision: model.precision, minimum_segment_size: 3, conversion_fallback: false }
    case 'torch-trt':
      return {
        precision: model.precision,
        precision_mode: 'hierarchy',
        pickle_protocol: 5,
        device: null,
        conversion_fallback: false,
      }
  }
}
