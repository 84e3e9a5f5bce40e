import { expect, test } from 'vitest'

import { parseStatusYaml, printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { makeStatus } from './make-status.js'

const MEASURED = printStatusYaml(makeStatus())

test('a status of ours has nothing that the real Navigator would stumble over', () => {
  expect(parseStatusYaml(MEASURED).warnings).toEqual([])
})

/** What Navigator 0.14.0 fails at when it loads a package, or when it uses its config. */
test.each([
  ['VerifyModel: SKIPPED', 'VerifyModel: TIMEOUT', 'OnnxCPU.status.VerifyModel is "TIMEOUT"'],
  ['CopyModel: OK', 'CopyModel: DONE', 'models_status.onnx.status.CopyModel is "DONE"'],
  [
    'Performance: SKIPPED',
    'Performance: OK',
    'result.Performance.profiling_results is missing, though Performance is OK',
  ],
  [/ +per_output_tolerance:\n( +- .*\n)( {14}.*\n)+/, '', 'result.Correctness.per_output_tolerance is missing'],
  [/ +rtol: 0.0\n/, '', 'per_output_tolerance has rows without rtol'],
  ['format: onnx', 'format: magic', 'model_config.format is "magic"'],
  ['  - -1\n    - 4', '  - 0\n    - 4', 'input_metadata.metadata.x.shape has a size'],
  ['dtype: float32', 'dtype: float33', 'input_metadata.metadata.x.dtype is "float33"'],
  [/ {2}target_device: .*\n/, '', 'config has no target_device'],
  [/ {2}custom_configs: .*\n/, '', 'config has no custom_configs'],
  ['  debug: false', '  debug: false\n  speed: high', 'config has fields it does not know: speed'],
])('%s as %j is a warning, and stays', (before, after, warning) => {
  const text = MEASURED.replace(before, after)
  expect(text).not.toBe(MEASURED)
  const { status, spellings, warnings } = parseStatusYaml(text)
  expect(warnings).toEqual([expect.stringContaining(warning)])
  expect(printStatusYaml(status, spellings)).toBe(text)
})

test.each([
  ['an unknown runner', 'OnnxCPU', 'OnnxMagic'],
  ['a command of another level', 'VerifyModel: SKIPPED', 'Anything: OK'],
  ['a field that nobody knows', 'opset: 17', 'opset: 17\n      colour: red'],
  ['no seed', / {2}seed: .*\n/, ''],
  ['PyTorch numbers', 'dtype: float32', 'dtype: torch.bfloat16'],
])('%s is no obstacle', (_, before, after) => {
  const text = MEASURED.replace(before, after)
  expect(text).not.toBe(MEASURED)
  expect(parseStatusYaml(text).warnings).toEqual([])
})

test('of very many obstacles the first are said', () => {
  const commands = Array.from({ length: 100 }, (_, index) => `        C${String(index)}: MAYBE\n`).join('')
  const { warnings } = parseStatusYaml(
    MEASURED.replace(
      /( +)VerifyModel: SKIPPED\n/,
      (line) => line + commands.replaceAll('        ', /^ +/.exec(line)?.[0] ?? ''),
    ),
  )
  expect(warnings).toHaveLength(21)
  expect(warnings[20]).toBe('And 80 more of that kind.')
})
