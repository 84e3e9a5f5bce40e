/** The real Navigator's serialized formats, ONNX first (0.14.0, `configuration`, `Format`). */
export const SERIALIZED_FORMATS = [
  'onnx',
  'torchscript',
  'torch-exportedprogram',
  'tf-savedmodel',
  'trt',
  'tf-trt',
  'torch-trt',
] as const
export type SerializedFormat = (typeof SERIALIZED_FORMATS)[number]

export interface FormatFacts {
  /** A model lies in the folder of its key as `model` with this ending; a folder for the formats of TensorFlow. */
  readonly suffix: string
  /** The real Navigator's `Framework` of a package that holds only this. */
  readonly framework: 'onnx' | 'torch' | 'tensorflow' | 'tensorrt'
  /** `tensor_type` of the metadata: what the model is called with. */
  readonly tensorType: 'numpy' | 'torch' | 'tensorflow'
  readonly runners: Readonly<Record<'cpu' | 'cuda', readonly string[]>>
}

const torch = { framework: 'torch', tensorType: 'torch' } as const
const tensorflow = { framework: 'tensorflow', tensorType: 'tensorflow', suffix: '.savedmodel' } as const
const tensorrt = { framework: 'tensorrt', tensorType: 'numpy', suffix: '.plan' } as const
const pair = (name: string): FormatFacts['runners'] => ({ cpu: [`${name}CPU`], cuda: [`${name}CUDA`] })
const cudaOnly = (...names: string[]): FormatFacts['runners'] => ({ cpu: [], cuda: names })

/** 0.14.0, `utils/format_helpers.py` and the names of its runners. */
const FACTS: Readonly<Record<SerializedFormat, FormatFacts>> = {
  onnx: { framework: 'onnx', tensorType: 'numpy', suffix: '.onnx', runners: pair('Onnx') },
  torchscript: { ...torch, suffix: '.pt', runners: pair('TorchScript') },
  'torch-exportedprogram': { ...torch, suffix: '.pt2', runners: pair('TorchExportedProgram') },
  'tf-savedmodel': { ...tensorflow, runners: pair('TensorFlowSavedModel') },
  trt: { ...tensorrt, runners: cudaOnly('TensorRT', 'TensorRTCUDAGraph') },
  'tf-trt': { ...tensorflow, runners: cudaOnly('TensorFlowTensorRT') },
  'torch-trt': { ...torch, suffix: '.ep', runners: cudaOnly('TorchTensorRT') },
}

export function factsOf(format: SerializedFormat): FormatFacts {
  return FACTS[format]
}

/** Whether only a GPU can run it. */
export function needsGpu(format: SerializedFormat): boolean {
  return FACTS[format].runners.cpu.length === 0
}

/** Name of a model's file or folder; that of a source model stands for no file. */
export function modelFileName(format: string): string {
  return isSerializedFormat(format) ? `model${FACTS[format].suffix}` : '----'
}

const SOURCE_FORMATS = new Set(['python', 'torch', 'tensorflow', 'jax'])

/** Whether a model of this format is code that no package holds. */
export function isSourceFormat(format: string): boolean {
  return SOURCE_FORMATS.has(format)
}

/**
 * Whether the real Navigator's `include_source=False` still considers a model of this format (0.14.0): exported programs
 * are left out, as it never saves them.
 */
export function isDeployableFormat(format: string): boolean {
  return isSerializedFormat(format) && format !== 'torch-exportedprogram'
}

/** Formats whose models every package of a framework keeps, whatever became of them (0.14.0, `package/builder.py`). */
const BASE_FORMATS: ReadonlyMap<string, readonly string[]> = new Map([
  ['torch', ['torchscript', 'onnx']],
  ['tensorflow', ['tf-savedmodel']],
  ['jax', ['tf-savedmodel']],
  ['onnx', ['onnx']],
  ['tensorrt', ['trt']],
])

export function isBaseFormat(format: string, framework: string): boolean {
  return BASE_FORMATS.get(framework)?.includes(format) === true
}

function isSerializedFormat(format: string): format is SerializedFormat {
  return Object.hasOwn(FACTS, format)
}
