import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

import { brokenFiles, goodModels, type TestModel, unsupportedModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { makeZip } from '../nav-package/make-zip.js'
import { refusalOf } from '../support/navpkg.js'

type Prepare = (folder: string) => string[]

const EXPORTER = 'Give a file written by an ONNX exporter, such as torch.onnx.export.'
const MEND = 'DIR/m.onnx: The model cannot be run here. Mend this and export it again.'
const WEIGHTS =
  "DIR/m.onnx: Its external weights cannot be used. They must lie in the model's own folder, whole and readable."

/** A model file `m.onnx` with these bytes. */
const bytes =
  (content: Uint8Array | string): Prepare =>
  (folder) => {
    const file = path.join(folder, 'm.onnx')
    writeFileSync(file, content)
    return [file]
  }

const model =
  (one: TestModel): Prepare =>
  (folder) => [writeModel(one, folder, 'm')]

/** The model with external weights, and what lies where its weights should. */
const weights =
  (place: (folder: string, weights: string, content: Uint8Array) => void): Prepare =>
  (folder) => {
    const { bytes, files } = goodModels['external-weights']()
    const [[location, content] = ['', new Uint8Array()]] = files
    mkdirSync(path.join(folder, path.dirname(location)))
    place(folder, path.join(folder, location), content)
    return [writeModel({ bytes, files: new Map() }, folder, 'm')]
  }

test.concurrent.each<[string, Prepare, string[]]>([
  [
    'that is missing',
    (folder) => [path.join(folder, 'gone.onnx')],
    ['An option cannot be used.', 'model: "DIR/gone.onnx" does not exist (looked for DIR/gone.onnx)'],
  ],
  [
    'below a file',
    (folder) => [path.join(folder, 'old.nav', 'm.onnx')],
    ['An option cannot be used.', 'model: "DIR/old.nav/m.onnx" does not exist (looked for DIR/old.nav/m.onnx)'],
  ],
  ['that is a folder', (folder) => [folder], ['An option cannot be used.', 'model: "DIR" is not a file']],
  ['that is a device', () => ['/dev/zero'], ['An option cannot be used.', 'model: "/dev/zero" is not a file']],
  ['of text', bytes(brokenFiles.text()), [`DIR/m.onnx: The file is not an ONNX model, or it was cut off. ${EXPORTER}`]],
  ['without content', bytes(''), [`DIR/m.onnx: The file is empty. ${EXPORTER}`]],
  [
    'that is a git LFS pointer',
    bytes(brokenFiles['git-lfs-pointer']()),
    [
      'DIR/m.onnx: The file is a git LFS pointer, not the model itself. Fetch it with `git lfs pull`, or in a workflow with `lfs: true` on actions/checkout.',
    ],
  ],
  [
    'that is a picture',
    bytes(Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')),
    [`DIR/m.onnx: The file is not an ONNX model but a PNG image. ${EXPORTER}`],
  ],
  [
    'that is a zip',
    bytes(makeZip([{ name: 'a', content: 'b' }])),
    [
      'DIR/m.onnx: The archive has no status.yaml, so it is not a Navigator Package. Give one written by nav.package.save or navpkg, or an ONNX file.',
    ],
  ],
  [
    'that is a PyTorch checkpoint',
    bytes(makeZip([{ name: 'model/data.pkl', content: 'b' }])),
    ['DIR/m.onnx: This is a PyTorch checkpoint, not a Navigator Package. Export the model with torch.onnx.export.'],
  ],
  [
    'that was cut off',
    bytes(brokenFiles.truncated()),
    [`DIR/m.onnx: The file is not an ONNX model, or it was cut off. ${EXPORTER}`],
  ],
  [
    'of a future opset',
    model(unsupportedModels['future-opset']()),
    [MEND, 'opset 99; this runtime supports opsets up to 26'],
  ],
  [
    'with custom operators',
    model(unsupportedModels['custom-domain']()),
    [MEND, 'com.example.ops:Frobnicate is a custom operator; those need a library that is not part of ONNX'],
  ],
  [
    'with a bfloat16 input',
    model(unsupportedModels['bfloat16-input']()),
    [
      MEND,
      'input "x" is a tensor of bfloat16; float16 to float64, integers of 8 to 64 bits, bool and string can be carried',
    ],
  ],
  [
    'with a sequence output',
    model(unsupportedModels['sequence-output']()),
    [MEND, 'output "y" is seq(tensor(float)); only dense tensors can be carried'],
  ],
  [
    'whose weights are missing',
    weights(() => undefined),
    [WEIGHTS, '"weights/mlp.bin": not found (looked for DIR/weights/mlp.bin)'],
  ],
  [
    'whose weights are too short',
    weights((_, file, content) => {
      writeFileSync(file, content.subarray(1))
    }),
    [WEIGHTS, '"weights/mlp.bin": has 2703 bytes, but the model asks for 2704 bytes; fetch or save it again'],
  ],
  [
    'whose weights are a folder',
    weights((_, file) => {
      mkdirSync(file)
    }),
    [WEIGHTS, '"weights/mlp.bin": is not a file'],
  ],
  [
    'whose weights are a link that leads outside',
    weights((_, file) => {
      symlinkSync('/dev/null', file)
    }),
    [WEIGHTS, '"weights/mlp.bin": leads outside the folder of the model, to /dev/null'],
  ],
  [
    'that names weights outside its folder',
    (folder) => {
      mkdirSync(path.join(folder, 'sub'))
      return [writeModel(unsupportedModels['weights-outside-folder'](), path.join(folder, 'sub'), 'm')]
    },
    [
      'DIR/sub/m.onnx: The model keeps weights in files that it may not name. Each location must be a relative path with forward slashes to a file in the folder of the model; save the model again with its weights beside it.',
      '"../mlp.bin" climbs out of the folder of the model',
    ],
  ],
  [
    'whose weights are where the package should go',
    (folder) => {
      const file = writeModel(goodModels['external-weights'](), folder, 'm')
      return [file, '--output', path.join(folder, 'weights', 'mlp.bin')]
    },
    ['DIR/weights/mlp.bin holds weights of the model; name another file to write.'],
  ],
])('a model %s is refused', async (_, prepare, [message, ...problems]) => {
  expect(await refusalOf(prepare)).toEqual({
    code: 2,
    lines: [`Error: ${message ?? ''}`, ...problems.map((problem) => `  ${problem}`)],
  })
})
