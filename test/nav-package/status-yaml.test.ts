import fc from 'fast-check'
import { expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { parseStatusYaml, printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { makeStatus } from './make-status.js'

/** Text that YAML 1.1 gives another type or meaning when it is not quoted. */
const TRICKY = [
  ...['', ' ', '~', 'null', 'Null', 'yes', 'NO', 'on', 'Off', 'true', 'False', 'y', 'n', '=', '<<', '-', '?', ':'],
  ...['1', '-1', '+1', '0x1F', '0b11', '017', '0o17', '1_000', '1:30', '190:20:30.15', '1e5', '1e-7', '1.', '.5'],
  ...['.inf', '-.INF', '.nan', '2024-05-06', '2024-05-06T07:08:09', '2024-5-6 7:8:9', '# no', 'a # b', 'a: b', 'a:'],
  ...['[a]', '{a}', '&a', '*a', '!a', '|', '>', '"a"', "'a'", "it's", '%a', '@a', '`a', 'a\nb', 'a\n', '\n', '\t'],
  ...['\u0085', 'a\u2028b', '\u2029', '\ufeff', '\u0000', '\u001b[31m', '\u007f', '😀', '---', '...', '- a', 'ends '],
]

test.each(TRICKY)('the text %j survives printing and parsing as a value and as a key', (text) => {
  expect(survives({ value: text, map: { [text]: text }, list: [text] })).toBe(true)
})

test('any text and any number survive printing and parsing', () => {
  const values = fc.oneof(
    fc.constantFrom(...TRICKY),
    fc.string({ unit: 'grapheme' }),
    fc.string(),
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789_.:-+eExXobTZ \n#')) }),
    fc.double({ noNaN: true }).map((number) => number + 0),
    fc.constantFrom(NaN, Infinity, -Infinity),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  )
  fc.assert(
    fc.property(fc.array(values, { maxLength: 5 }), (list) => {
      expect(environmentAfter({ list })).toEqual({ list })
    }),
    { numRuns: 100 },
  )
})

test('numbers are written so that PyYAML reads them as floats', () => {
  const text = printStatusYaml(makeStatus({ list: [1e-7, 1.5e300, NaN, Infinity, -Infinity, 0.25] }))
  const values = [...text.matchAll(/^ {2}- (\S+)$/gm)].map(([, value]) => value)
  expect(values.slice(0, 6)).toEqual(['1.0e-07', '1.5e+300', '.nan', '.inf', '-.inf', '0.25'])
})

test('dates and binaries stay text, single letters stay text, and yes is true, as safe_load has it', () => {
  const text = printStatusYaml(makeStatus({})).replace('environment: {}', 'environment: {a: y, b: N, c: yes, d: Off}')
  expect(parseStatusYaml(text).status.environment).toEqual({ a: 'y', b: 'N', c: true, d: false })
})

test('all problems are reported at once, each with its field', () => {
  const text = printStatusYaml(makeStatus())
    .replace(/^uuid: .*$/m, 'uuid: 5')
    .replace(/^dataloader_max_batch_size: .*$/m, 'dataloader_max_batch_size: many')
    .replace(/^timestamp: .*\n/m, '')
  const error = errorOf(() => parseStatusYaml(text))
  expect(error.code).toBe('package-invalid')
  expect(error.problems.map((problem) => problem.split(':')[0])).toEqual([
    'uuid',
    'dataloader_max_batch_size',
    'timestamp',
  ])
})

test.each([
  ['a list', '[1, 2]'],
  ['broken', 'a: [1'],
  ['with a field twice', 'a: 1\na: 2\n'],
  ['empty', ''],
])('a status that is %s is refused', (_, text) => {
  expect(errorOf(() => parseStatusYaml(text)).code).toBe('package-invalid')
})

test('fields that are not understood survive a round trip', () => {
  const status = { ...makeStatus(), of_tomorrow: { deep: [1, 'two'] } }
  expect(parseStatusYaml(printStatusYaml(status)).status).toEqual(status)
})

test('the order of the fields is that of the file, whatever they are', () => {
  const lines = printStatusYaml(makeStatus())
    .trimEnd()
    .split(/\n(?=\w)/)
  const text = [...lines.toReversed(), 'of_tomorrow:', '  ratio: 1.0', '  2: b', '  1: a', ''].join('\n')
  const { status, spellings } = parseStatusYaml(text)
  expect(printStatusYaml(status, spellings)).toBe(text)
})

test('our own floats are floats', () => {
  const text = printStatusYaml(makeStatus())
  expect(text).toContain('stability_percentage: 10.0\n')
  expect(text).toContain('atol: 1.0e-07\n')
  expect(text).toContain('rtol: 0.0\n')
  expect(text).toContain('execution_time: 0.0\n')
  expect(text).toContain('window_size: 50\n')
})

test.each([
  [
    "without a version and with today's fields",
    (text: string) => text.replace(/^format_version.*\n/, ''),
    'is missing',
  ],
  ['with a number as version', (text: string) => text.replace('0.3.2', '0.3'), 'is 0.3'],
  ['with no version at all', (text: string) => text.replace('0.3.2', 'latest'), 'is "latest"'],
  ['of modules optimized in place', (text: string) => `${text}module_status: {}\n`, 'in place'],
  ['of tomorrow without a field', (text: string) => text.replace('0.3.2', '9.0.0').replace(/^uuid.*\n/m, ''), '9.0.0'],
  ['of 2022 with the fields of today', (text: string) => text.replace('0.3.2', '0.1.4'), 'does not describe'],
])('a status %s is refused with a reason', (_, change, reason) => {
  const error = errorOf(() => parseStatusYaml(change(printStatusYaml(makeStatus()))))
  expect(error.code).toBe('package-invalid')
  expect(error.message).toContain(reason)
})

test('what the real Navigator needs and is missing is said with how to mend it', () => {
  const text = printStatusYaml(makeStatus())
    .replace(/^ *parent_key: .*\n/m, '')
    .replace(/^ *runner_name: .*\n/m, '')
    .replace(/^ {2}pytree_metadata:\n(?: {4}.*\n)+/gm, '')
  expect(errorOf(() => parseStatusYaml(text)).problems).toEqual([
    'models_status.onnx.model_config.parent_key: is missing; expected a string, or null for a model that was not converted from another',
    'models_status.onnx.runners_status.OnnxCPU.runner_name: is missing; expected a string, the key that the runner has',
    'input_metadata.pytree_metadata: is missing; expected a map with metadata, which may be null, and tensor_type',
    'output_metadata.pytree_metadata: is missing; expected a map with metadata, which may be null, and tensor_type',
  ])
})

test('of very many problems the first are said', () => {
  const models = Array.from({ length: 300 }, (_, index) => `  m${String(index)}: 1\n`).join('')
  const text = printStatusYaml(makeStatus()).replace(/^models_status:\n/m, `models_status:\n${models}`)
  const { problems } = errorOf(() => parseStatusYaml(text))
  expect(problems).toHaveLength(51)
  expect(problems[50]).toBe('and more')
})

test('a text that is too large is refused before it is read', () => {
  expect(errorOf(() => parseStatusYaml(' '.repeat(4 * 2 ** 20 + 1))).code).toBe('package-too-large')
})

test('a status of many models at many batch sizes is read', () => {
  const status = makeStatus()
  const [model] = Object.values(status.models_status)
  const rows = Array.from({ length: 12 }, (_, index) => ({
    ...{ sample_id: 0, batch_size: 2 ** index, avg_latency: 0.123456789, std_latency: 0.0123, p50_latency: 0.1234567 },
    ...{
      p90_latency: 0.1234567,
      p95_latency: 0.1234567,
      p99_latency: 0.1234567,
      throughput: 12345.678,
      request_count: 50,
    },
  }))
  const runner = { runner_name: 'OnnxCPU', status: {}, result: { Performance: { profiling_results: rows } } }
  const models = Array.from({ length: 300 }, (_, index) => [
    `onnx-${String(index)}`,
    { ...model, runners_status: { OnnxCPU: runner } },
  ])
  const large = { ...status, models_status: Object.fromEntries(models) as typeof status.models_status }
  const text = printStatusYaml(large)
  expect(text.length).toBeGreaterThan(2 ** 20)
  expect(parseStatusYaml(text).status).toEqual(large)
})

test('a newer format is read, keeps its version and gives one warning', () => {
  const status = { ...makeStatus(), format_version: '0.10.0' }
  const read = parseStatusYaml(printStatusYaml(status))
  expect(read.status).toEqual(status)
  expect(read.warnings).toEqual([expect.stringContaining('0.10.0')])
})

function environmentAfter(environment: Record<string, unknown>): Record<string, unknown> {
  return parseStatusYaml(printStatusYaml(makeStatus(environment))).status.environment
}

function survives(environment: Record<string, unknown>): boolean {
  expect(environmentAfter(environment)).toEqual(environment)
  return true
}

function errorOf(attempt: () => unknown): NavigatorError {
  try {
    attempt()
  } catch (error) {
    if (error instanceof NavigatorError) return error
    throw error
  }
  throw new Error('Expected a NavigatorError')
}
