import type { SerializedFormat } from '../nav-package/model-formats.js'
import type { JitType } from '../nav-package/serialized-model.js'

/** What can be said of a file or folder without loading it. */
export type ModelFacts =
  | {
      readonly kind: 'file'
      readonly name: string
      /** Its first bytes, {@link HEAD_BYTES} or fewer. */
      readonly head: Uint8Array
      /** Names in the archive; null for a file that is no zip. */
      readonly archive: readonly string[] | null
    }
  | {
      readonly kind: 'folder'
      readonly name: string
      /** Names directly in it. */ readonly children: readonly string[]
    }

export const HEAD_BYTES = 64

export type Recognised =
  | { readonly kind: 'model'; readonly format: SerializedFormat; readonly jitType: JitType | null }
  /** `what` it is and what to do about it, to stand after the file's name. */
  | { readonly kind: 'refused'; readonly what: string }
  /** Nothing speaks for or against anything: an ONNX file says itself whether it is one. */
  | { readonly kind: 'unknown' }

/**
 * Tells the format of a model by its content. Nothing is loaded, unpickled or run: what decides are first bytes, the
 * names in an archive and those in a folder; the file's own name only where two formats are the same inside.
 */
export function recognise(facts: ModelFacts): Recognised {
  if (facts.kind === 'folder') return ofFolder(facts.children)
  return facts.archive === null ? ofFile(facts.head, facts.name) : ofArchive(facts.archive, facts.name)
}

const model = (format: SerializedFormat, jitType: JitType | null = null): Recognised => {
  return { kind: 'model', format, jitType }
}
const refused = (what: string): Recognised => ({ kind: 'refused', what })

function ofFolder(children: readonly string[]): Recognised {
  if (children.some((name) => name === 'saved_model.pb' || name === 'saved_model.pbtxt')) return model('tf-savedmodel')
  return refused('is a folder without saved_model.pb; only a TensorFlow SavedModel is a folder')
}

const EXPORT = 'Load it where its code is and export the model: torch.onnx.export, torch.jit.save or torch.export.save'

/** Names: torch 2.13, `torch/csrc/jit/serialization` and `torch/export/pt2_archive/constants.py`; before 2.8 the second of `torch-exportedprogram`. */
function ofArchive(names: readonly string[], fileName: string): Recognised {
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name))
  if (names.includes('status.yaml'))
    return refused('is a Navigator Package already. Give build a model, or optimize the package')
  if (has(/^[^/]+\/models\/[^/]+\.json$/) || has(/^(?:[^/]+\/)?serialized_exported_program\.json$/)) {
    return model(fileName.endsWith('.ep') ? 'torch-trt' : 'torch-exportedprogram')
  }
  if (has(/^[^/]+\/constants\.pkl$/) && has(/^[^/]+\/code\//)) {
    return model('torchscript', has(/^[^/]+\/traced_inputs\.pkl$/) ? 'trace' : 'script')
  }
  if (has(/^[^/]+\/data\/aotinductor\//)) {
    return refused(
      'is an AOTInductor package, native code of one machine. Give the exported program (.pt2) it was made of',
    )
  }
  if (has(/(?:^|\/)data\.pkl$/))
    return refused(`is a PyTorch checkpoint: weights or a pickle, no model of its own. ${EXPORT}`)
  if (names.includes('config.json') && names.includes('model.weights.h5')) return refused(KERAS)
  if (names.length === 0) return refused('is a zip archive that is empty or was cut off. Fetch it again')
  if (names.every((name) => name.endsWith('.npy')))
    return refused('is an archive of NumPy arrays; that is what samples are')
  return refused('is a zip archive that holds no model')
}

const KERAS = 'is a Keras model. Load it and write a SavedModel with model.export(folder), then give that folder'

/** First bytes, one character per byte, at an offset; what the file is, or what to do. */
const BY_HEAD: readonly [offset: number, magic: string, found: Recognised][] = [
  // Both are in use: engines of TensorRT 8 begin with the first.
  [0, 'ftrt', model('trt')],
  [0, 'ptrt', model('trt')],
  [0, '\x89HDF', refused(KERAS)],
  [
    4,
    'TFL3',
    refused('is a TensorFlow Lite model, which no Navigator Package holds. Give the SavedModel it was made of'),
  ],
  [4, 'ORTM', refused("is in ONNX Runtime's own ORT format. Give the ONNX model it was made of")],
  [0, 'GGUF', refused('is a GGUF file of llama.cpp, which no Navigator Package holds. Give the model it was made of')],
  [8, '{"', refused(`holds weights alone (safetensors). ${EXPORT}`)],
  [0, '<?xml', refused('is an XML file, such as a model of OpenVINO. Give the model it was made of')],
]

function ofFile(head: Uint8Array, name: string): Recognised {
  const text = Buffer.from(head).toString('latin1')
  const found = BY_HEAD.find(([offset, magic]) => text.startsWith(magic, offset))
  if (found !== undefined) return found[2]
  if (/^\x80[\x02-\x05]/.test(text))
    return refused(`is a Python pickle, such as an old PyTorch checkpoint, and is never loaded. ${EXPORT}`)
  if (/^saved_model\.pb(?:txt)?$/.test(name)) return refused('is one file of a TensorFlow SavedModel. Give its folder')
  if (/\.(?:plan|engine|trt)$/.test(name)) {
    return refused('does not begin as a TensorRT engine does. Say --format trt if it is one, else build it again')
  }
  return { kind: 'unknown' }
}

/** Formats that are the same inside, so that only the user can tell them apart. */
const ALIKE: Readonly<Partial<Record<SerializedFormat, readonly SerializedFormat[]>>> = {
  'torch-exportedprogram': ['torch-trt'],
  'torch-trt': ['torch-exportedprogram'],
  // Torch-TensorRT saved TorchScript before it saved exported programs.
  torchscript: ['torch-trt'],
  'tf-savedmodel': ['tf-trt'],
}

/** Whether what was recognised leaves room for the format that a user says it is. */
export function mayBe(format: SerializedFormat, found: Recognised, { kind, name }: ModelFacts): boolean {
  if (kind === 'folder') return found.kind === 'model' && (format === found.format || isAlike(found.format, format))
  if (found.kind === 'model') return format === found.format || isAlike(found.format, format)
  // All others are archives or folders, which are never unknown.
  if (format === 'trt') return found.kind === 'unknown' || /\.(?:plan|engine|trt)$/.test(name)
  return format === 'onnx' && found.kind === 'unknown'
}

function isAlike(found: SerializedFormat, format: SerializedFormat): boolean {
  return ALIKE[found]?.includes(format) === true
}
