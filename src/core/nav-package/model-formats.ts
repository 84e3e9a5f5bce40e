/** The file of a model of each format below the folder of its key (0.14.0, `utils/format_helpers.py`). */
const MODEL_FILES = new Map([
  ['torchscript', 'model.pt'],
  ['torch-exportedprogram', 'model.pt2'],
  ['onnx', 'model.onnx'],
  ['tf-savedmodel', 'model.savedmodel'],
  ['tf-trt', 'model.savedmodel'],
  ['torch-trt', 'model.ep'],
  ['trt', 'model.plan'],
])

const SOURCE_FORMATS = new Set(['python', 'torch', 'tensorflow', 'jax'])

/** Formats that strategies choose from where source models are left out; exported programs are neither. */
const SERIALIZED_FORMATS = new Set(['torchscript', 'tf-savedmodel', 'tf-trt', 'torch-trt', 'onnx', 'trt'])

/** Whether a model of this format is code that no package holds. */
export function isSourceFormat(format: string): boolean {
  return SOURCE_FORMATS.has(format)
}

/** Whether the real Navigator's `include_source=False` still considers a model of this format (0.14.0). */
export function isSerializedFormat(format: string): boolean {
  return SERIALIZED_FORMATS.has(format)
}

/** Name of a model's file or folder; that of a source model stands for no file. */
export function modelFileName(format: string): string {
  return MODEL_FILES.get(format) ?? '----'
}
