import { writeFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

import { printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { brokenFiles, goodModels, unsupportedModels } from '../models/make-models.js'
import { makeStatus } from '../nav-package/make-status.js'
import { makeZip, type RawEntry } from '../nav-package/make-zip.js'
import { navpkg, refusalOf } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

const STATUS: RawEntry = { name: 'status.yaml', content: printStatusYaml(makeStatus()) }
const MODEL: RawEntry = { name: 'onnx/model.onnx', content: goodModels.mlp().bytes }
const SAVE_AGAIN = 'Save the package again with nav.package.save.'
const UNSAFE = `The package was refused: some of its entries are not safe to unpack. Save it again with nav.package.save.`

test.concurrent.each<[string, Uint8Array, (string | RegExp)[]]>([
  [
    'that is no zip',
    Buffer.from('any text'),
    [/^DIR\/p\.nav is not a Navigator Package: it is no zip archive, or was cut off\. Fetch it again/],
  ],
  [
    'that git LFS did not fetch',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
    [
      'DIR/p.nav is a git LFS pointer, not the package itself. Fetch it with `git lfs pull`, or in a workflow with `lfs: true` on actions/checkout.',
    ],
  ],
  [
    'that was cut off',
    makeZip([STATUS, MODEL]).subarray(0, -40),
    [/^DIR\/p\.nav is not a Navigator Package: it is no zip archive, or was cut off\. Fetch it again/],
  ],
  [
    'without status.yaml',
    makeZip([MODEL]),
    [
      'DIR/p.nav: The archive has no status.yaml, so it is not a Navigator Package. Give one written by nav.package.save or navpkg, or an ONNX file.',
    ],
  ],
  [
    'whose status.yaml is no YAML',
    makeZip([{ name: 'status.yaml', content: 'a: [1\nb: }' }]),
    [/^DIR\/p\.nav: status\.yaml cannot be read: .* Save the package again with nav\.package\.save\.$/],
  ],
  [
    'whose status.yaml is a list',
    makeZip([{ name: 'status.yaml', content: '- a' }]),
    [`DIR/p.nav: status.yaml is not a map of fields. ${SAVE_AGAIN}`],
  ],
  [
    'whose status.yaml misses fields',
    makeZip([{ name: 'status.yaml', content: 'format_version: 0.3.2\nuuid: 1\nenvironment: {}' }]),
    [
      `DIR/p.nav: status.yaml does not describe a Navigator Package. ${SAVE_AGAIN}`,
      /^ {2}uuid: /,
      /^ {2}config: /,
      /^ {2}models_status: /,
      /^ {2}input_metadata: /,
      /^ {2}output_metadata: /,
      /^ {2}dataloader_trt_profile: /,
      /^ {2}dataloader_max_batch_size: /,
      /^ {2}timestamp: /,
    ],
  ],
  [
    'with entries that leave the folder, all of them named',
    makeZip([
      STATUS,
      { name: '../up' },
      { name: 'a/../../up' },
      { name: '/absolute' },
      { name: 'C:/drive' },
      { name: '..\\back' },
      { name: 'link', content: '/etc', mode: 0o120777 },
    ]),
    [
      `DIR/p.nav: ${UNSAFE}`,
      '  "../up": its name climbs out of the package',
      '  "a/../../up": its name climbs out of the package',
      '  "/absolute": its name is absolute',
      '  "C:/drive": its name is absolute',
      '  "..\\\\back": its name holds a backslash',
      '  "link": it is a link or a device',
    ],
  ],
  [
    'with an entry that is damaged',
    makeZip([STATUS, { ...MODEL, crc: 1 }]),
    [
      "DIR/p.nav: onnx/model.onnx is damaged: its checksum does not match the archive's. Fetch or save the package again.",
    ],
  ],
  [
    'whose model was cut off',
    makeZip([STATUS, { name: 'onnx/model.onnx', content: brokenFiles.truncated() }]),
    [
      'onnx/model.onnx in DIR/p.nav: The file is not an ONNX model, or it was cut off. Give a file written by an ONNX exporter, such as torch.onnx.export.',
    ],
  ],
  [
    'whose only model has custom operators',
    makeZip([STATUS, { name: 'onnx/model.onnx', content: unsupportedModels['custom-domain']().bytes }]),
    [
      'onnx/model.onnx in DIR/p.nav: The model cannot be run here. Mend this and export it again.',
      '  com.example.ops:Frobnicate is a custom operator; those need a library that is not part of ONNX',
    ],
  ],
  [
    'that was saved without its models',
    makeZip([STATUS]),
    [
      'DIR/p.nav lists ONNX models (onnx) but was saved without their files. Only ONNX models run here: export the model to ONNX and give that file, or save the package again with it.',
    ],
  ],
  [
    'of a framework without ONNX models',
    makeZip([{ name: 'status.yaml', content: printStatusYaml(pythonStatus()) }]),
    [
      'DIR/p.nav has no ONNX model (framework none; models: python). Only ONNX models run here: export the model to ONNX and give that file, or save the package again with it.',
    ],
  ],
  [
    'whose samples are damaged',
    makeZip([STATUS, MODEL, { name: 'model_input/correctness/0.npz', content: makeZip([{ name: 'x.npy' }]) }]),
    [
      'Samples in the package cannot be read.',
      '  model_input/correctness/0.npz: "x": The array cannot be read: it does not begin as an .npy file.',
    ],
  ],
])('a package %s is refused', async (_, bytes, expected) => {
  const { code, lines } = await refusalOf((folder) => {
    const file = path.join(folder, 'p.nav')
    writeFileSync(file, bytes)
    return [file]
  })
  const [first = '', ...rest] = lines
  expect({ code, lines: [first.replace(/^Error: /, ''), ...rest] }).toEqual({
    code: 2,
    lines: expected.map((line) => (typeof line === 'string' ? line : (expect.stringMatching(line) as unknown))),
  })
})

test('damaged models of a package are named together, and one that cannot run here is left out beside one that can', async () => {
  const { onnx } = makeStatus().models_status
  if (onnx === undefined) throw new Error('the status of tests has an ONNX model')
  const second = { ...onnx, model_config: { ...onnx.model_config, path: 'second/model.onnx' } }
  const status = { ...STATUS, content: printStatusYaml({ ...makeStatus(), models_status: { onnx, second } }) }
  const model = (name: string, content: Uint8Array): RawEntry => ({ name: `${name}/model.onnx`, content })
  const write = (folder: string, ...models: RawEntry[]): string => {
    const file = path.join(folder, 'p.nav')
    writeFileSync(file, makeZip([status, ...models]))
    return file
  }
  const { truncated, empty } = brokenFiles
  const refusal = await refusalOf((folder) => [write(folder, model('onnx', truncated()), model('second', empty()))])
  expect(refusal).toEqual({
    code: 2,
    lines: [
      'Error: Models in DIR/p.nav cannot be used.',
      expect.stringMatching(
        /^ {2}onnx\/model\.onnx in DIR\/p\.nav: The file is not an ONNX model, or it was cut off\./,
      ),
      expect.stringMatching(/^ {2}second\/model\.onnx in DIR\/p\.nav: The file is empty\./),
    ],
  })
  await using folder = await temporaryFolder()
  const custom = unsupportedModels['custom-domain']().bytes
  const file = write(folder.path, model('onnx', custom), model('second', goodModels.mlp().bytes))
  const output = ['--output', path.join(folder.path, 'x.nav')]
  const { code, stdout } = await navpkg('optimize', file, '--dry-run', '--json', '-', '--exclusive', 'off', ...output)
  const record = JSON.parse(stdout) as { notes: string[]; candidates: { modelKey: string }[] }
  expect(code).toBe(0)
  expect(new Set(record.candidates.map(({ modelKey }) => modelKey))).toEqual(new Set(['second']))
  expect(record.notes).toContain(
    `onnx/model.onnx in ${file}: The model cannot be run here. Mend this and export it again. com.example.ops:Frobnicate is a custom operator; those need a library that is not part of ONNX`,
  )
})

function pythonStatus(): ReturnType<typeof makeStatus> {
  const status = makeStatus()
  const { onnx } = status.models_status
  if (onnx === undefined) throw new Error('the status of tests has an ONNX model')
  const python = { ...onnx, model_config: { ...onnx.model_config, format: 'python', path: null } }
  return { ...status, config: { ...status.config, framework: 'none' }, models_status: { python } }
}
