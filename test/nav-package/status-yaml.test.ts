import fc from 'fast-check'
import { expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { NO_SPELLINGS, parseStatusYaml, printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { printYaml } from '../../src/core/nav-package/yaml/printer.js'
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

test('a status of format 0.2.0 is brought to the newest shape', () => {
  const status = makeStatus()
  const config = Object.fromEntries(Object.entries(status.config).filter(([name]) => name !== 'optimization_profile'))
  const old = {
    ...status,
    format_version: '0.2.0',
    config: {
      ...config,
      profiler_config: { batch_sizes: [1], measurement_request_count: 7 },
      forward_kw_names: ['images'],
      custom_configs: { Torch: { trt_profile: { x: 1 } } },
    },
    input_metadata: status.input_metadata.metadata,
    output_metadata: status.output_metadata.metadata,
  }
  const upgraded = parseStatusYaml(printYaml(old, NO_SPELLINGS, () => false))
  expect(upgraded.warnings).toEqual([])
  expect(upgraded.status).toEqual({
    ...status,
    config: {
      ...config,
      optimization_profile: {
        batch_sizes: [1],
        window_size: 7,
        stability_percentage: 10,
        max_trials: 10,
        throughput_cutoff_threshold: null,
      },
      custom_configs: { TorchScript: { trt_profiles: [{ x: 1 }] } },
    },
    input_metadata: {
      metadata: status.input_metadata.metadata,
      pytree_metadata: { metadata: { images: 'x' }, tensor_type: 'numpy' },
      is_legacy: false,
    },
    output_metadata: {
      metadata: status.output_metadata.metadata,
      pytree_metadata: { metadata: 'y', tensor_type: 'numpy' },
      is_legacy: true,
    },
  })
})

test('a format older than 0.2.0 is refused', () => {
  const text = printStatusYaml({ ...makeStatus(), format_version: '0.1.4' })
  expect(errorOf(() => parseStatusYaml(text)).message).toContain('0.1.4')
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
