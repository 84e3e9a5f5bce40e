import { type Attack, MODEL, packageOf, packageWith, STATUS_TEXT } from './attack.js'
import { makeZip } from '../make-zip.js'

const refused = (name: string, status: string | Uint8Array, says?: RegExp): Attack => ({
  name,
  bytes: packageOf(status),
  expected: 'package-invalid',
  ...(says === undefined ? {} : { says }),
})

/** The good status with more below it. */
const loads = (name: string, more: string): Attack => ({
  name,
  bytes: packageOf(STATUS_TEXT + more),
  expected: 'loads',
})

/** The good status with one part of its text in other words. */
function changed(from: string | RegExp, to: string): string {
  const text = STATUS_TEXT.replace(from, to)
  if (text === STATUS_TEXT) throw new Error(`the status has no ${String(from)}`)
  return text
}

/** Ten lists of ten times the one before. */
function laughs(): string {
  const lines = ['a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]']
  for (let level = 1; level <= 10; level++) {
    lines.push(`a${level}: &a${level} [${new Array<string>(10).fill(`*a${level - 1}`).join(', ')}]`)
  }
  return `${lines.join('\n')}\n`
}

const texts: readonly Attack[] = [
  refused('an empty status', ''),
  refused('a status that is a text', 'format_version', /map/),
  refused('a status that is a list', '[]', /map/),
  refused('a status that is null', 'null', /map/),
  refused('a status that is no YAML', 'a: [1\nb: }'),
  refused('two documents in one status', `${STATUS_TEXT}---\n${STATUS_TEXT}`),
  refused('a status with NULs', `${STATUS_TEXT}\0\0`),
  refused(
    'a status that is no UTF-8',
    Buffer.concat([Buffer.from(STATUS_TEXT), Buffer.from('x: \xff\xfe\n', 'latin1')]),
  ),
  { name: 'aliases of aliases of aliases', bytes: packageOf(STATUS_TEXT + laughs()), expected: 'package-too-large' },
  refused('an alias to nothing', `${STATUS_TEXT}x: *nothing\n`),
  refused('a list that holds itself', `${STATUS_TEXT}x: &x [*x]\n`),
  refused('a map that holds itself', `${STATUS_TEXT}x: &x {y: *x}\n`),
  refused('brackets a hundred thousand deep', `${STATUS_TEXT}x: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`),
  refused('open brackets and no end', `${STATUS_TEXT}x: ${'['.repeat(100_000)}`),
  refused('braces a hundred thousand deep', `${STATUS_TEXT}x: ${'{a: '.repeat(100_000)}1${'}'.repeat(100_000)}\n`),
  refused('lists a hundred thousand deep', `${STATUS_TEXT}x:\n${'- '.repeat(100_000)}1\n`),
  refused('a call of a Python function', `${STATUS_TEXT}x: !!python/object/apply:os.system ['id']\n`),
  refused('a Python object', `${STATUS_TEXT}x: !!python/object/new:type {}\n`),
  refused('a tag that nobody knows', `${STATUS_TEXT}x: !tag 1\n`),
]

const fields: readonly Attack[] = [
  refused(
    'a newer format with the colours of a terminal',
    changed(/format_version: .*/, 'format_version: "9.9.9\\e[31m\\n::error::x"'),
    /format_version/,
  ),
  refused('an old format', changed(/format_version: .*/, 'format_version: 0.1.0'), /model_status/),
  refused('a format that is no text', changed(/format_version: .*/, 'format_version: [0]')),
  refused('models that are a list', changed(/models_status:\n/, 'models_status: []\nother:\n'), /models_status/),
  refused('a model without anything', changed(/models_status:\n/, 'models_status:\n  x: {}\n'), /models_status\.x/),
  refused(
    'a shape of texts',
    changed(/input_metadata:\n/, 'input_metadata: {metadata: [{name: x, shape: [a], dtype: b}]}\nother:\n'),
  ),
  refused('a batch axis that is no number', changed(/batch_dim: 0/, 'batch_dim: many'), /batch_dim/),
  refused(
    'a batch axis beyond all numbers',
    changed(/batch_dim: 0/, `batch_dim: ${'9'.repeat(10_000)}`),
    /4300 digits/,
  ),
  refused('a batch axis that is infinite', changed(/batch_dim: 0/, 'batch_dim: .inf'), /batch_dim/),
]

const RUNNER = /OnnxCPU/g

const accepted: readonly Attack[] = [
  loads('fields that nobody knows', 'x: {y: [1, 2, {z: null}]}\n'),
  loads(
    'fields that JavaScript objects have',
    'constructor: {prototype: {polluted: yes}}\ntoString: 1\nhasOwnProperty: 1\n',
  ),
  loads('a field that is the prototype of objects', '__proto__: {polluted: true}\n'),
  loads('a number with four thousand digits', `x: ${'9'.repeat(4_000)}\n`),
  loads(
    'numbers at and beyond the limits',
    'x: [.inf, -.inf, .nan, 1e999, 9223372036854775808, 0x7fffffffffffffff, 1.0e-320]\n',
  ),
  loads('a text of a mebibyte', `x: ${'y'.repeat(2 ** 20)}\n`),
  loads('a key of a hundred thousand characters', `? ${'y'.repeat(100_000)}\n: 1\n`),
  loads('ten thousand fields', Array.from({ length: 10_000 }, (_, index) => `x${index}: 1\n`).join('')),
  {
    name: 'a newer format',
    bytes: packageOf(changed(/format_version: .*/, 'format_version: 9.9.9')),
    expected: 'loads',
  },
  {
    name: 'a status of a command that is no status, with the colours of a terminal',
    bytes: packageOf(changed(/Correctness: OK/, 'Correctness: "\\e[31m\\n::error::no"')),
    expected: 'loads',
  },
  {
    name: 'names with escapes of terminals, commands of workflows and marks of reading direction',
    bytes: packageOf(
      changed(RUNNER, '"\\e]0;title\\a\\n::set-env name=PATH::/tmp\\n##[error]x\\u202e"').replace(
        /timestamp: .*/,
        'timestamp: "\\e[2J\\n::error::now"',
      ),
    ),
    expected: 'loads',
  },
  {
    name: 'a model of the name __proto__',
    bytes: packageOf(changed(/models_status:\n {2}onnx:/, 'models_status:\n  __proto__:')),
    expected: 'loads',
  },
  {
    name: 'models that are each other’s parents',
    bytes: packageOf(changed(/parent_key: null/, 'parent_key: onnx')),
    expected: 'loads',
    used: 'loads',
  },
]

const paths: readonly Attack[] = [
  '../../../etc/passwd',
  '/etc/passwd',
  'onnx/../../x',
  'status.yaml',
  '__proto__',
  'onnx',
  '',
].map((path): Attack => ({
  name: `a model whose path is ${JSON.stringify(path)}`,
  bytes: packageOf(changed(/path: onnx\/model\.onnx/, `path: '${path}'`)),
  expected: 'loads',
  used: path === 'status.yaml' ? 'model-unsupported' : 'model-unsupported',
}))

const manifests: readonly Attack[] = [
  ['that is no JSON', '{'],
  ['that is null', 'null'],
  ['of another version', '{"schemaVersion":"99","entries":[]}'],
  [
    'of entries that are not there',
    '{"schemaVersion":"1.0","entries":[{"name":"../x","role":"model","bytes":1e99,"sha256":"x"}]}',
  ],
  ['that is deep', '['.repeat(100_000)],
].map(([what, content = '']): Attack => ({
  name: `a manifest ${what ?? ''}`,
  bytes: packageWith([{ name: 'navpkg/manifest.json', content }]),
  expected: 'loads',
  used: 'loads',
}))

const records: readonly Attack[] = ['{', 'null', '[]', '{"__proto__":{"polluted":true}}', '['.repeat(100_000)].map(
  (content): Attack => ({
    name: `a run record that is ${content.slice(0, 30)}`,
    bytes: () =>
      makeZip([{ name: 'status.yaml', content: STATUS_TEXT }, MODEL, { name: 'navpkg/run-record.json', content }]),
    expected: 'loads',
  }),
)

export const statusAttacks: readonly Attack[] = [...texts, ...fields, ...accepted, ...paths, ...manifests, ...records]
