import fc from 'fast-check'

import { createStatus } from '../../src/core/nav-package/create-status.js'
import type { NavPackage, PackageEntry } from '../../src/core/nav-package/nav-package.js'
import type { ModelStatus, RunnerStatus, Status } from '../../src/core/nav-package/status.js'
import { NO_SPELLINGS } from '../../src/core/nav-package/status-yaml.js'

/** Text that means something else to YAML, to PyYAML or to JavaScript when it is not written with care. */
const HOSTILE_TEXTS = [
  ...[
    '',
    ' ',
    ' lead',
    'trail ',
    '\t',
    'a\nb',
    'a\r\nb\n',
    '\n',
    'a\n\n  b',
    '\u0000',
    '\u0007',
    '\u0085',
    '\u2028',
    '\ufeff',
  ],
  ...['yes', 'no', 'On', 'OFF', 'true', 'False', 'null', 'NULL', '~', 'y', 'n', '=', '<<', '...', '---', '--- a'],
  ...[
    '0',
    '017',
    '0o17',
    '0x1f',
    '0b1',
    '1_0',
    '1e5',
    '1e-7',
    '1.5e+3',
    '1:30',
    '1:30.5',
    '.5',
    '.nan',
    '.inf',
    '-.INF',
  ],
  ...[
    '22.12',
    '24.2',
    '2023-01-01',
    '2024-05-06T07:08:09.123456',
    '2001-12-14 21:59:43.10 -5',
    '!!int 3',
    '!t',
    '%TAG',
  ],
  ...['- a', '-', '? a', ': a', 'a: b', 'a:', 'a #b', '#', '*a', '&a', '@', '`', '|', '>', '[', ']', '{', '}', ','],
  ...[
    "it's",
    "'",
    '"',
    'say "hi"',
    'a\\b',
    '\\',
    '\\n',
    '${x}',
    '`x`',
    '</script>',
    '\u202e',
    'input:0',
    'größe',
    '数据',
  ],
  ...['😀', 'é', 'e\u0301', '__proto__', 'constructor', 'toString', 'x'.repeat(200), 'a b '.repeat(60)],
]

/** Whole code points: a lone half of a pair is no text that a file can hold. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
)

/** Every number of Python's that JSON could not hold as well. */
const figure = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 1e-7, 1e21, 5e-324, 10))

const dtype = fc.constantFrom(
  ...['float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'],
  ...['bool', 'complex64', '<U8', '|S5', '>f4', 'object', 'datetime64[ns]'],
)

const size = fc.integer({ min: 1, max: 2 ** 31 })
const shape = fc.array(fc.oneof(fc.constant(-1), size), { maxLength: 5 })

const tensors = fc.uniqueArray(fc.record({ name: text, shape, dtype }), {
  minLength: 1,
  maxLength: 4,
  selector: ({ name }) => name,
})

/** A map with names of any kind. */
function mapOf<T>(value: fc.Arbitrary<T>, maxLength = 4): fc.Arbitrary<Record<string, T>> {
  return fc
    .uniqueArray(fc.tuple(text, value), { maxLength, selector: ([name]) => name })
    .map((rows) => Object.fromEntries(rows))
}

/** What a stranger may put where the format allows anything. */
const tree: fc.Arbitrary<unknown> = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(text, figure, fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
    fc.array(tie('tree'), { maxLength: 3 }),
    mapOf(tie('tree'), 3),
  ),
})).tree

const trtProfile = mapOf(shape.chain((max) => fc.constant({ min: max.map(() => 1), opt: max, max })))

const commandStatus = fc.constantFrom('OK', 'FAIL', 'NOOP', 'INITIALIZED', 'SKIPPED')

const STEPS = ['total', 'compute', 'h2d_memcpy']
const figures = (suffix: string): fc.Arbitrary<Record<string, number>> =>
  fc.record(Object.fromEntries(['avg', 'std', 'p50', 'p90', 'p95', 'p99'].map((name) => [`${name}_${suffix}`, figure])))

const profilingResult = fc
  .record({
    sample_id: fc.nat(),
    batch_size: fc.option(fc.oneof(fc.integer({ min: 1, max: 4096 }), fc.constantFrom(1, 2, 4))),
    throughput: figure,
    request_count: fc.nat(),
    avg_gpu_clock: fc.option(figure),
    detailed_results: fc.dictionary(fc.constantFrom(...STEPS), figures('time')),
    latencies: figures('latency'),
  })
  .map(({ latencies, ...row }) => ({ ...row, ...latencies }))

const runner: fc.Arbitrary<RunnerStatus> = fc
  .record({
    runner_name: fc.oneof(fc.constantFrom('OnnxCPU', 'OnnxCUDA', 'TensorRT'), text),
    status: fc
      .record({
        Correctness: fc.oneof(fc.constant('OK'), commandStatus),
        Performance: fc.oneof(fc.constant('OK'), commandStatus),
      })
      .chain((known) => mapOf(commandStatus, 2).map((others) => ({ ...others, ...known }))),
    tolerances: fc.array(fc.record({ output_name: text, atol: figure, rtol: figure }), { maxLength: 3 }),
    rows: fc.oneof(
      { weight: 9, arbitrary: fc.array(profilingResult, { maxLength: 4 }) },
      { weight: 1, arbitrary: fc.array(profilingResult, { minLength: 30, maxLength: 40 }) },
    ),
  })
  .map(({ tolerances, rows, ...row }) => ({
    ...row,
    result: {
      Correctness: { execution_time: 0.5, per_output_tolerance: tolerances },
      Performance: { execution_time: 1, profiling_results: rows },
    },
  }))

/** Parameters that the real Navigator reads of each format, and something it does not know. */
const parameters = fc.oneof(
  fc.record({ format: fc.constant('onnx'), opset: fc.integer({ min: 1, max: 30 }), quantized: fc.boolean() }),
  fc.record({
    format: fc.constantFrom('trt', 'tf-trt', 'torch-trt'),
    precision: fc.constantFrom('int8', 'fp16', 'fp32'),
    trt_profiles: fc.option(fc.array(trtProfile, { maxLength: 2 })),
  }),
  fc.record({ format: fc.constant('torchscript'), jit_type: fc.constantFrom('script', 'trace'), strict: fc.boolean() }),
  fc.record({
    format: fc.constant('tf-savedmodel'),
    jit_compile: fc.option(fc.boolean()),
    enable_xla: fc.option(fc.boolean()),
  }),
  fc.record({ format: fc.constantFrom('torch', 'tensorflow', 'jax', 'python', 'torch-exportedprogram') }),
)

const model: fc.Arbitrary<ModelStatus> = fc
  .record({
    parameters,
    custom_args: mapOf(tree),
    unknown: tree,
    runners: fc.array(runner, { maxLength: 3 }),
    status: mapOf(commandStatus, 2),
    result: mapOf(mapOf(tree, 2), 2),
  })
  .map(({ parameters: own, custom_args, unknown, runners, ...rest }) => ({
    model_config: { key: 'key', path: null, parent_key: null, ...own, custom_args, of_tomorrow: unknown },
    runners_status: Object.fromEntries(runners.map((one) => [one.runner_name, one])),
    ...rest,
  }))

/** Under names of any kind, each after the first perhaps the child of the one before. */
const models = fc
  .uniqueArray(fc.tuple(text, model, fc.boolean()), { minLength: 1, maxLength: 4, selector: ([key]) => key })
  .map((rows) => {
    const linked = rows.map(([key, one, isChild], index): [string, ModelStatus] => {
      const [before = null] = isChild ? (rows[index - 1] ?? []) : []
      return [key, { ...one, model_config: { ...one.model_config, key, parent_key: before } }]
    })
    return Object.fromEntries(linked)
  })

const status: fc.Arbitrary<Status> = fc
  .record({
    inputs: tensors,
    outputs: tensors,
    profile: trtProfile,
    environment: mapOf(tree),
    batchDim: fc.constantFrom(0, null),
    batchSizes: fc.option(fc.array(size, { maxLength: 40 })),
    texts: fc.record({ uuid: text, timestamp: text }),
    runnerNames: fc.array(text, { maxLength: 3 }),
    customConfigs: fc.record(
      {
        TensorRT: fc.record({ custom_args: mapOf(tree, 2), trt_profiles: fc.array(trtProfile, { maxLength: 2 }) }),
        Onnx: fc.record({ custom_args: mapOf(tree, 2), opset: fc.nat() }),
      },
      { requiredKeys: [] },
    ),
    models,
    unknown: tree,
  })
  .map(({ texts, models: models_status, ...given }) => {
    const base = createStatus({
      ...{
        ...texts,
        environment: given.environment,
        targetDevice: 'cpu',
        batchDim: given.batchDim,
        sampleCount: 1,
        seed: 0,
      },
      optimizationProfile: {
        ...{ maxBatchSize: 8, batchSizes: given.batchSizes, windowSize: 50, stabilityPercentage: 10 },
        ...{ stabilizationWindows: 3, minTrials: 3, maxTrials: 10 },
        ...{ throughputCutoffThreshold: null, throughputBackoffLimit: 2 },
      },
      inputs: given.inputs,
      outputs: given.outputs,
      trtProfile: new Map(Object.entries(given.profile)),
      dataloaderMaxBatchSize: 1,
      models: [{ model: { format: 'onnx', opset: 17 }, customArgs: {}, runners: [] }],
    })
    const config = { ...base.config, runner_names: given.runnerNames, custom_configs: given.customConfigs }
    return { ...base, config, models_status, of_tomorrow: given.unknown }
  })

/** Names that are safe to unpack on every system; what is not safe is refused, which other tests show. */
const entryName = fc
  .array(fc.stringMatching(/^[a-z0-9äß数]{1,8}$/u), { minLength: 1, maxLength: 3 })
  .map((parts) => `files/${parts.join('/')}.bin`)

const entries: fc.Arbitrary<Map<string, PackageEntry>> = fc
  .array(fc.tuple(entryName, fc.uint8Array({ maxLength: 300 })), { maxLength: 4 })
  .map((rows) => new Map(rows.map(([name, content]) => [name, { kind: 'memory', content }])))

/** A package with any metadata that the real Navigator may load, and the files of no model. */
export const arbitraryPackage: fc.Arbitrary<NavPackage> = fc.record({
  status,
  spellings: fc.constant(NO_SPELLINGS),
  entries,
  warnings: fc.constant([]),
})
