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

export type SerializedFormat = SerializedModel['format']

interface FormatFacts {
  readonly suffix: string
  /** The real Navigator's `Framework` of a package that holds only this. */
  readonly framework: 'onnx' | 'torch' | 'tensorflow' | 'tensorrt'
  /** `tensor_type` of the metadata: what the model is called with. */
  readonly tensorType: 'numpy' | 'torch' | 'tensorflow'
  readonly runners: Readonly<Record<'cpu' | 'cuda', readonly string[]>>
}

const torch = { framework: 'torch', tensorType: 'torch' } as const
const tensorflow = { framework: 'tensorflow', tensorType: 'tensorflow', suffix: '.savedmodel' } as const
const pair = (name: string): FormatFacts['runners'] => ({ cpu: [`${name}CPU`], cuda: [`${name}CUDA`] })
const cudaOnly = (...names: string[]): FormatFacts['runners'] => ({ cpu: [], cuda: names })

/** By format: 0.14.0, `utils/format_helpers.py` and the names of its runners. */
const FACTS: Readonly<Record<SerializedFormat, FormatFacts>> = {
  onnx: { framework: 'onnx', tensorType: 'numpy', suffix: '.onnx', runners: pair('Onnx') },
  torchscript: { ...torch, suffix: '.pt', runners: pair('TorchScript') },
  'torch-exportedprogram': { ...torch, suffix: '.pt2', runners: pair('TorchExportedProgram') },
  'tf-savedmodel': { ...tensorflow, runners: pair('TensorFlowSavedModel') },
  trt: {
    framework: 'tensorrt',
    tensorType: 'numpy',
    suffix: '.plan',
    runners: cudaOnly('TensorRT', 'TensorRTCUDAGraph'),
  },
  'tf-trt': { ...tensorflow, runners: cudaOnly('TensorFlowTensorRT') },
  'torch-trt': { ...torch, suffix: '.ep', runners: cudaOnly('TorchTensorRT') },
}

/** Every format, ONNX first. */
export const SERIALIZED_FORMATS: readonly SerializedFormat[] = [
  'onnx',
  'torchscript',
  'torch-exportedprogram',
  'tf-savedmodel',
  'trt',
  'tf-trt',
  'torch-trt',
]

export function factsOf(format: SerializedFormat): FormatFacts {
  return FACTS[format]
}

/** Whether only a GPU can run it. */
export function needsGpu(format: SerializedFormat): boolean {
  return FACTS[format].runners.cpu.length === 0
}

/** The row of status.yaml for a model without a parent, as the real Navigator recomputes it (`model-keys.ts`). */
export function keyOf(model: SerializedModel): string {
  if (model.format === 'torchscript') return `${model.format}-${model.jitType}`
  return 'precision' in model ? `${model.format}-${model.precision}` : model.format
}

/** Where it lies in the package; a folder for the formats of TensorFlow. */
export function pathOf(model: SerializedModel): string {
  return `${keyOf(model)}/model${FACTS[model.format].suffix}`
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
