import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { parseStatusYaml, printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { measurementsWithPercentiles } from '../../src/core/nav-package/upgrade/from-0-1-0.js'
import { profileOfDynamicAxes, trtProfileFromDynamicAxes } from '../../src/core/nav-package/upgrade/from-0-1-2.js'
import { runtimesOfAllFormats } from '../../src/core/nav-package/upgrade/from-0-1-3.js'
import { modelsByName } from '../../src/core/nav-package/upgrade/from-0-1-4.js'
import { profilerConfigToOptimizationProfile } from '../../src/core/nav-package/upgrade/from-0-2-1.js'
import { trtProfileToProfiles } from '../../src/core/nav-package/upgrade/from-0-2-2.js'
import { metadataWithStructure } from '../../src/core/nav-package/upgrade/from-0-2-3.js'
import { torchToTorchScript } from '../../src/core/nav-package/upgrade/from-0-3-0.js'
import { torchTensorRtWithPickleProtocol } from '../../src/core/nav-package/upgrade/from-0-3-1.js'
import { upgradeStatus } from '../../src/core/nav-package/upgrade/upgrade.js'
import { compareVersions, versionNumbers } from '../../src/core/nav-package/upgrade/version.js'

const STATUSES = fileURLToPath(new URL('statuses', import.meta.url))
const GOLDEN = fileURLToPath(new URL('../golden/statuses', import.meta.url))
const names = readdirSync(STATUSES)

test('there is a status of every format that ever was', () => {
  const formats = [
    '0.1.0',
    '0.1.1',
    '0.1.2',
    '0.1.3',
    '0.1.4',
    '0.2.0',
    '0.2.1',
    '0.2.2',
    '0.2.3',
    '0.3.0',
    '0.3.1',
    '0.3.2',
  ]
  expect(names).toEqual(expect.arrayContaining(formats.map((format) => `${format}.yaml`)))
})

describe.each(names)('the status %s', (name) => {
  const read = parseStatusYaml(readFileSync(path.join(STATUSES, name), 'utf8'))
  const text = printStatusYaml(read.status, read.spellings)

  test('is brought to the newest shape', async () => {
    await expect(text).toMatchFileSnapshot(path.join(GOLDEN, name))
  })

  test('reads and prints the same again, without a warning about its age', () => {
    const again = parseStatusYaml(text)
    expect(again.status).toEqual(read.status)
    expect(printStatusYaml(again.status, again.spellings)).toBe(text)
    expect(again.warnings).toEqual(read.warnings.filter((warning) => !warning.includes('of 2022')))
  })
})

test('of a status of 2022 it is said what is only in its old fields', () => {
  const text = readFileSync(path.join(STATUSES, '0.1.2.yaml'), 'utf8').replace(
    'CPUExecutionProvider',
    'CPUExecutionProvider',
  )
  const strange = text.replace('runtime: CUDAExecutionProvider', 'runtime: MagicExecutionProvider')
  expect(parseStatusYaml(strange).warnings).toEqual([
    'The package has the format 0.1.2 of 2022, which was brought to 0.3.2. Only in model_status: ' +
      'a torchscript model without a file, the figures of MagicExecutionProvider for onnx.',
  ])
})

test('what is wrong in a status of 2022 is said with the names that it has', () => {
  const text = readFileSync(path.join(STATUSES, '0.1.4.yaml'), 'utf8')
    .replace(/^ {2}timestamp: .*\n/m, '')
    .replace('runtime: CPUExecutionProvider', 'runtime: 5')
  expect(problemsOf(text)).toEqual([
    'export_config.timestamp: is missing; expected a string',
    'model_status.0.runtime_results.0.runtime: Invalid input: expected string, received number',
  ])
})

describe('the steps', () => {
  test('0.1.0: percentiles are unknown, and what was measured stays', () => {
    const row = { batch_size: 4, latency: 2, throughput: 2000, avg_gpu_clock: 1410, extra: 1 }
    const status = {
      export_config: {},
      model_status: [{ runtime_results: [{ performance: [row] }, { performance: null }] }],
    }
    expect(measurementsWithPercentiles(status)).toEqual({
      export_config: {
        optimization_profile: expect.objectContaining({ window_size: 25, batch_sizes: null }) as unknown,
      },
      model_status: [
        {
          runtime_results: [
            {
              performance: [
                {
                  ...{ batch_size: 4, avg_latency: 2, std_latency: NaN, p50_latency: NaN, p90_latency: NaN },
                  ...{ p95_latency: NaN, p99_latency: NaN, throughput: 2000, avg_gpu_clock: 1410, request_count: null },
                  extra: 1,
                },
              ],
            },
            { performance: null },
          ],
        },
      ],
    })
  })

  test('0.1.2: dynamic axes are a TensorRT profile, and Torch-TensorRT is of precision fp32', () => {
    const status = {
      export_config: { trt_dynamic_axes: { x: { 0: [1, 4, 8], 2: [5, 6, 7] }, y: {}, z: null } },
      model_status: [
        { format: 'torch-trt', precision: null },
        { format: 'torch-trt', precision: 'fp16' },
        { format: 'trt' },
      ],
    }
    expect(profileOfDynamicAxes(status)).toEqual({
      ...status,
      trt_profile: { x: { min: [1, 5], opt: [4, 6], max: [8, 7] } },
      model_status: [
        { format: 'torch-trt', precision: 'fp32' },
        { format: 'torch-trt', precision: 'fp16' },
        { format: 'trt' },
      ],
    })
    expect(trtProfileFromDynamicAxes(null)).toEqual({})
  })

  test('0.1.3: the runtimes of ONNX are those of all formats', () => {
    const upgraded = runtimesOfAllFormats({ export_config: { opset: 1, onnx_runtimes: ['a'] } })
    expect(upgraded).toEqual({ export_config: { opset: 1, runtimes: ['a'] } })
    expect(runtimesOfAllFormats({ export_config: { runtimes: ['b'] } })).toEqual({ export_config: { runtimes: ['b'] } })
  })

  test.each([
    [{ tolerance: [{}], performance: [{ batch_size: 2 }], verified: true }, ['OK', 'OK', 'OK']],
    [{ tolerance: [{}], performance: [{ batch_size: 2 }], verified: false }, ['OK', 'OK', 'SKIPPED']],
    [{ tolerance: [{}], performance: [], verified: true }, ['OK', 'FAIL', 'SKIPPED']],
    [{ tolerance: null, performance: [{ batch_size: 2 }], verified: true }, ['FAIL', 'SKIPPED', 'SKIPPED']],
    [{ tolerance: [], performance: null, verified: true }, ['FAIL', 'SKIPPED', 'SKIPPED']],
  ])('0.1.4: a runner with %j is %j', (row, [correctness, performance, verification]) => {
    const model = {
      format: 'onnx',
      path: './onnx/model.onnx',
      runtime_results: [{ runtime: 'CPUExecutionProvider', ...row }],
    }
    const { models_status: models } = modelsByName({ export_config: {}, model_status: [model] })
    expect(models).toMatchObject({
      onnx: {
        model_config: { key: 'onnx', path: './onnx/model.onnx', format: 'onnx', parent_key: null },
        runners_status: {
          OnnxCPU: { status: { Correctness: correctness, Performance: performance, VerifyModel: verification } },
        },
      },
    })
  })

  test('0.1.4: the config keeps what today has a place for, and the old fields stay beside it', () => {
    const status = {
      export_config: { framework: 'tensorflow2', opset: 13, max_batch_size: 8, timestamp: 't', target_device: 'cpu' },
      model_status: [{ format: 'onnx', path: null, runtime_results: [] }],
    }
    expect(modelsByName({ ...status, dataloader_trt_profile: { x: 1 }, trt_profile: { y: 1 } })).toEqual({
      ...status,
      config: { framework: 'tensorflow', target_device: 'cpu', custom_configs: { Onnx: { opset: 13 } } },
      models_status: {},
      dataloader_trt_profile: { x: 1 },
      dataloader_max_batch_size: 1,
      timestamp: 't',
    })
  })

  test('0.2.1: the settings of profiling have other names, and those without one stay', () => {
    const profiler = { batch_sizes: [1], measurement_request_count: 7, measurement_mode: 'time_windows' }
    expect(profilerConfigToOptimizationProfile({ config: { seed: 0, profiler_config: profiler } })).toEqual({
      config: { seed: 0, optimization_profile: { batch_sizes: [1], window_size: 7, measurement_mode: 'time_windows' } },
    })
  })

  test('0.2.2: one profile is a list of one, and none is none', () => {
    const customs = { A: { trt_profile: { x: 1 }, b: 2 }, B: { trt_profile: null }, C: { c: 3 }, D: null }
    expect(trtProfileToProfiles({ config: { custom_configs: customs } })).toEqual({
      config: { custom_configs: { A: { b: 2, trt_profiles: [{ x: 1 }] }, B: {}, C: { c: 3 }, D: null } },
    })
  })

  test('0.2.3: tensors are arguments by their keywords, or one after the other', () => {
    const [x, y] = [{ name: 'x' }, { name: 'y' }]
    const status = (names?: string[]): Record<string, unknown> => ({
      config: { forward_kw_names: names },
      input_metadata: [x, y],
      output_metadata: [y],
    })
    const wrapped = (list: unknown[], metadata: unknown): Record<string, unknown> => ({
      metadata: list,
      pytree_metadata: { metadata, tensor_type: 'numpy' },
    })
    expect(metadataWithStructure(status(['a', 'b', 'c']))).toEqual({
      config: {},
      input_metadata: wrapped([x, y], { a: 'x', b: 'y' }),
      output_metadata: { ...wrapped([y], 'y'), is_legacy: true },
    })
    expect(metadataWithStructure(status())).toMatchObject({ input_metadata: wrapped([x, y], ['x', 'y']) })
  })

  test('0.3.0: what Torch was is TorchScript', () => {
    expect(torchToTorchScript({ config: { custom_configs: { Torch: { a: 1 }, Onnx: {} } } })).toEqual({
      config: { custom_configs: { TorchScript: { a: 1 }, Onnx: {} } },
    })
  })

  test('0.3.1: Torch-TensorRT says how it is pickled', () => {
    expect(
      torchTensorRtWithPickleProtocol({ config: { custom_configs: { TorchTensorRT: { a: 1 }, Onnx: {} } } }),
    ).toEqual({
      config: { custom_configs: { TorchTensorRT: { a: 1, pickle_protocol: 5 }, Onnx: {} } },
    })
  })

  test('none changes the tree that it is given, or fails at one without fields', () => {
    for (const name of names) {
      const { status } = parseStatusYaml(readFileSync(path.join(STATUSES, name), 'utf8'))
      const before = structuredClone(status)
      upgradeStatus(status, '0.2.0')
      expect(status).toEqual(before)
    }
    expect(() => upgradeStatus({}, '0.1.0')).not.toThrow()
    expect(() => upgradeStatus({ model_status: [5, null], export_config: [], config: 7 }, '0.1.0')).not.toThrow()
  })
})

test('versions are compared by their numbers', () => {
  expect(compareVersions('0.10.0', '0.9.1')).toBeGreaterThan(0)
  expect(compareVersions('0.3', '0.3.0')).toBe(0)
  expect(compareVersions('0.3.2rc1', '0.3.2')).toBe(0)
  expect(['abc', '', '1..2', '1.2;', '0.3.2 x'].map(versionNumbers)).toEqual([null, null, null, null, null])
})

function problemsOf(text: string): readonly string[] {
  try {
    parseStatusYaml(text)
  } catch (error) {
    if (error instanceof NavigatorError) return error.problems
    throw error
  }
  throw new Error('Expected a NavigatorError')
}
