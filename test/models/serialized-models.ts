import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { makeZip } from '../nav-package/make-zip.js'

/** Writes a model at a path; nothing but names and first bytes are as the framework writes them. */
type Write = (file: string) => void

const bytes =
  (content: string): Write =>
  (file) => {
    writeFileSync(file, Buffer.from(content, 'latin1'))
  }

/** An archive with these names. */
const zip =
  (...names: string[]): Write =>
  (file) => {
    writeFileSync(file, makeZip(names.map((name) => ({ name, content: name }))))
  }

/** A folder with these files. */
const folder =
  (...names: string[]): Write =>
  (root) => {
    for (const name of names) {
      const file = path.join(root, name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, name)
    }
  }

/** As torch 2.13 and TensorFlow 2 lay them out. */
export const serializedModels = {
  'script.pt': zip('m/data.pkl', 'm/code/__torch__.py', 'm/constants.pkl', 'm/version', 'm/data/0'),
  'trace.pt': zip('m/data.pkl', 'm/code/__torch__.py', 'm/constants.pkl', 'm/traced_inputs.pkl', 'm/version'),
  'program.pt2': zip('m/archive_format', 'm/archive_version', 'm/models/model.json', 'm/data/weights/weight_0'),
  'old-program.pt2': zip('serialized_exported_program.json', 'serialized_state_dict.pt', 'version'),
  'program.ep': zip('m/archive_format', 'm/archive_version', 'm/models/model.json'),
  'engine.plan': bytes('ftrt\0\0\0\0\x01\0\0\0 and the rest'),
  'newer.engine': bytes('ptrt\0\0\0\0\x01\0\0\0 and the rest'),
  saved_model: folder('saved_model.pb', 'variables/variables.index', 'variables/variables.data-00000-of-00001'),
} satisfies Record<string, Write>

/** What is no model that a package can hold. */
export const unusableModels = {
  'state.pt': zip('state/data.pkl', 'state/version', 'state/data/0'),
  'legacy.pth': bytes('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'),
  'model.safetensors': bytes('\x40\0\0\0\0\0\0\0{"w":{"dtype":"F32"'),
  'model.h5': bytes('\x89HDF\r\n\x1a\n'),
  'model.keras': zip('metadata.json', 'config.json', 'model.weights.h5'),
  'model.tflite': bytes('\x1c\0\0\0TFL3\x14\0 \0'),
  'model.ort': bytes('\x30\0\0\0ORTM\0\0\0\0'),
  'model.gguf': bytes('GGUF\x03\0\0\0'),
  'model.xml': bytes('<?xml version="1.0"?><net name="m">'),
  'aoti.pt2': zip('m/archive_format', 'm/data/aotinductor/model/m.so'),
  'samples.npz': zip('x.npy'),
  'cut.pt': bytes('PK\x03\x04 and no more'),
  'other.zip': zip('readme.txt'),
  'odd.engine': bytes('an engine with a header of its own'),
  'saved_model.pb': bytes('\x08\x01\x12\0'),
  'package.nav': zip('status.yaml'),
  'a-folder': folder('config.json', 'model.safetensors'),
} satisfies Record<string, Write>
