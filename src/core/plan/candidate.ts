/**
 * Every format with a runner for it, under the real Navigator's names (status.yaml); `OnnxWebGPU` is ours. Those that no
 * backend carries out yet can be asked for and are skipped with a reason.
 */
export const WAYS_TO_RUN = [
  { format: 'onnx', runner: 'OnnxCPU' },
  { format: 'onnx', runner: 'OnnxCUDA' },
  { format: 'onnx', runner: 'OnnxTensorRT' },
  { format: 'onnx', runner: 'OnnxWebGPU' },
  { format: 'torchscript-script', runner: 'TorchScriptCPU' },
  { format: 'torchscript-script', runner: 'TorchScriptCUDA' },
  { format: 'torchscript-trace', runner: 'TorchScriptCPU' },
  { format: 'torchscript-trace', runner: 'TorchScriptCUDA' },
  { format: 'torch-exportedprogram', runner: 'TorchExportedProgramCPU' },
  { format: 'torch-exportedprogram', runner: 'TorchExportedProgramCUDA' },
  { format: 'tf-savedmodel', runner: 'TensorFlowSavedModelCPU' },
  { format: 'tf-savedmodel', runner: 'TensorFlowSavedModelCUDA' },
  { format: 'trt-fp32', runner: 'TensorRT' },
  { format: 'trt-fp32', runner: 'TensorRTCUDAGraph' },
  { format: 'trt-fp16', runner: 'TensorRT' },
  { format: 'trt-fp16', runner: 'TensorRTCUDAGraph' },
  { format: 'torch-trt-fp32', runner: 'TorchTensorRT' },
  { format: 'torch-trt-fp16', runner: 'TorchTensorRT' },
  { format: 'tf-trt-fp32', runner: 'TensorFlowTensorRT' },
  { format: 'tf-trt-fp16', runner: 'TensorFlowTensorRT' },
  { format: 'jax', runner: 'JAX' },
] as const

export type Format = (typeof WAYS_TO_RUN)[number]['format']
export type Runner = (typeof WAYS_TO_RUN)[number]['runner']
export const FORMATS: readonly Format[] = [...new Set(WAYS_TO_RUN.map(({ format }) => format))]
export const RUNNERS: readonly Runner[] = [...new Set(WAYS_TO_RUN.map(({ runner }) => runner))]

/** The strategies of the real Navigator that choose a runtime. */
export const STRATEGIES = [
  'max-throughput-and-min-latency',
  'min-latency',
  'max-throughput',
  'max-throughput-with-latency-budget',
] as const
export type Strategy = (typeof STRATEGIES)[number]

export const GRAPH_LEVELS = ['disabled', 'basic', 'extended', 'all'] as const
export type GraphLevel = (typeof GRAPH_LEVELS)[number]

/** ONNX Runtime session options worth varying. Every field is always passed: defaults are spelled out, never implied. */
export interface SessionSettings {
  readonly graphLevel: GraphLevel
  /** Threads inside one operator; ONNX Runtime's own default would ignore CPU affinity. */
  readonly intraOpThreads: number
  /** Whether idle threads spin for work (`session.intra_op.allow_spinning`). */
  readonly spinning: boolean
  readonly memoryArena: boolean
}

/** How the candidate's model file comes to be. */
export type Recipe = { readonly kind: 'as-given' } | { readonly kind: 'graph-optimized'; readonly level: 'extended' }

/**
 * One way to serve the model: a file, a runner and its settings.
 * `id` is free, unique in a run and safe as a file name (`[a-z0-9.-]+`).
 * `key` is the row of status.yaml that this candidate's figures fill, or null: only a model as given at default
 * session options fills one. `modelKey` names the row whose file the candidate starts from.
 */
export interface Candidate {
  readonly id: string
  readonly parentId: string | null
  readonly key: string | null
  readonly modelKey: string
  readonly format: Format
  readonly runner: Runner
  readonly recipe: Recipe
  readonly settings: SessionSettings
}
