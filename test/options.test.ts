import { link, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { NavigatorError } from '../src/core/errors.js'
import { artifactName, OPTIMIZE_OPTIONS, parseOptimizeOptions } from '../src/core/options.js'
import { temporaryFolder } from './support/run-engine.js'

type Given = Readonly<Record<string, readonly string[]>>

/** Parses in a folder that holds `m.onnx`, another file under two names, and a folder. */
async function parse(given: Given, style: 'flag' | 'input' = 'flag') {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  await writeFile(path.join(cwd, 'm.onnx'), 'any bytes')
  await mkdir(path.join(cwd, 'folder'))
  await writeFile(path.join(cwd, 'n.onnx'), 'other bytes')
  await link(path.join(cwd, 'n.onnx'), path.join(cwd, 'link.onnx'))
  return { cwd, request: await parseOptimizeOptions(new Map(Object.entries(given)), { cwd, style }) }
}

async function problems(given: Given, style: 'flag' | 'input' = 'flag'): Promise<readonly string[]> {
  const error: unknown = await parse(given, style).catch((thrown: unknown) => thrown)
  if (!(error instanceof NavigatorError)) throw new Error('was accepted', { cause: error })
  expect(error.code).toBe('invalid-options')
  return error.problems
}

const model = ['m.onnx']

test('a model alone gives every default', async () => {
  const { cwd, request } = await parse({ model })
  expect(request).toEqual({
    source: { kind: 'model', path: path.join(cwd, 'm.onnx') },
    output: path.join(cwd, 'navpkg-m.nav'),
    name: 'm',
    target: null,
    samples: null,
    inputShapes: new Map(),
    inputRanges: new Map(),
    device: 'auto',
    batchSizes: null,
    maxBatchSize: null,
    formats: null,
    runners: null,
    settings: 'search',
    accuracyBudget: 1e-3,
    strategy: 'max-throughput-and-min-latency',
    latencyBudgetMs: null,
    timeBudgetMs: 300_000,
    memoryLimitBytes: null,
    requestTimeoutMs: 60_000,
    loadTimeoutMs: 120_000,
    saveData: true,
    workspace: null,
    resume: false,
    dryRun: false,
    exclusive: 'wait',
    waitForQuietMs: null,
    seed: 0,
    gate: {
      baseline: { kind: 'none' },
      objectives: [],
      failOn: ['slower', 'objective'],
      onInconclusive: 'warn',
      failOnPush: false,
      isDefaultBranchPush: false,
      comparison: {
        tolerances: { 'latency-p50': 0.05, throughput: 0.05 },
        recorded: false,
        onInconclusive: 'warn',
        samples: null,
        inputShapes: new Map(),
        inputRanges: new Map(),
        timeBudgetMs: 120_000,
        memoryLimitBytes: null,
        requestTimeoutMs: 60_000,
        loadTimeoutMs: 120_000,
        workspace: null,
        exclusive: 'wait',
        waitForQuietMs: null,
        seed: 0,
      },
    },
  })
})

test('empty action inputs count as not given', async () => {
  const empty = Object.fromEntries(OPTIMIZE_OPTIONS.map(({ name }) => [name, ['']]))
  const [all, alone] = [await parse({ ...empty, model }, 'input'), await parse({ model })]
  const same = { source: null, output: null, gate: null }
  expect({ ...all.request, ...same }).toEqual({ ...alone.request, ...same })
  expect(all.request.gate).toEqual({ ...alone.request.gate, baseline: { kind: 'auto' } })
})

test('all problems come at once, one line each, under the name the user wrote', async () => {
  const given = { model: ['gone.onnx'], 'max-batch-size': ['minus'], seed: ['-1'] }
  const lines = [
    expect.stringMatching(/^model: "gone.onnx" does not exist \(looked for .*gone.onnx\)$/),
    '--max-batch-size: "minus" is not a whole number from 1',
    '--seed: "-1" is not a whole number from 0',
  ]
  expect(await problems(given)).toEqual(lines)
  expect((await problems(given, 'input'))[1]).toBe('max-batch-size: "minus" is not a whole number from 1')
})

test.each<[string, Given, string]>([
  ['neither model nor package', {}, 'model: is missing: give a model or a package'],
  ['both', { model, package: model }, 'model: "m.onnx" cannot be used together with package'],
  ['a folder as model', { model: ['folder'] }, 'model: "folder" is not a file'],
  [
    'a misspelt name',
    { model, 'tmie-budget': ['5m'] },
    '--tmie-budget: there is no such option; did you mean --time-budget?',
  ],
  ['a size of zero', { model, 'max-batch-size': ['0'] }, '--max-batch-size: "0" is not a whole number from 1'],
  [
    'a batch size of zero',
    { model, 'batch-sizes': ['1,0'] },
    '--batch-sizes: "1,0" is not a list of whole numbers from 1, such as 1,4,16',
  ],
  [
    'no batch size',
    { model, 'batch-sizes': [','] },
    '--batch-sizes: "," is not a list of whole numbers from 1, such as 1,4,16',
  ],
  [
    'both ways to bound batches',
    { model, 'batch-sizes': ['1'], 'max-batch-size': ['4'] },
    '--max-batch-size: "4" cannot be used together with batch-sizes',
  ],
  [
    'its strategy without a budget',
    { model, strategy: ['max-throughput-with-latency-budget'] },
    '--latency-budget-ms: is missing: the strategy max-throughput-with-latency-budget needs it',
  ],
  [
    'a budget of zero beside its strategy',
    { model, strategy: ['max-throughput-with-latency-budget'], 'latency-budget-ms': ['0'] },
    '--latency-budget-ms: "0" is not a number above 0',
  ],
  ['an axis without samples', { model, 'samples-axis': ['0'] }, '--samples-axis: "0" needs samples'],
  ['a folder as output', { model, output: ['folder'] }, '--output: "folder" is a folder; name a file'],
  ['the model as output', { model, output: ['m.onnx'] }, '--output: "m.onnx" is the model itself; name another file'],
  [
    'a shape of zero',
    { model, 'input-shape': ['x=0x3'] },
    '--input-shape: "x=0x3" is not NAME=VALUE with whole sizes from 1, such as x=1x3x48x192',
  ],
  [
    'an input twice',
    { model, 'input-shape': ['x=1', 'x=2'] },
    '--input-shape: "x=2" repeats a name that was given before',
  ],
  [
    'a range upside down',
    { model, 'input-range': ['x=2:1'] },
    '--input-range: "x=2:1" is not NAME=VALUE with two numbers, such as sr=0:30000',
  ],
  ['a time without unit', { model, 'time-budget': ['5'] }, '--time-budget: "5" is not a time such as 90s, 5m or 500ms'],
  [
    'a tolerance without a share',
    { model, tolerance: ['latency-p50'] },
    '--tolerance: "latency-p50" is not latency-p50=5%,throughput=5% or the like: "latency-p50" is no metric with a share',
  ],
  [
    'no reason to fail',
    { model, 'fail-on': [','] },
    '--fail-on: "," is neither none nor a list of slower and objective',
  ],
  [
    'a reason to fail that is not known beside none',
    { model, 'fail-on': ['slower,none'] },
    '--fail-on: "slower,none" is neither none nor a list of slower and objective',
  ],
  ['a size of nothing', { model, 'max-size-mb': ['0'] }, '--max-size-mb: "0" is not a number above 0'],
  [
    'a baseline on GitHub in a terminal',
    { model, baseline: ['artifact:navpkg-m'] },
    '--baseline: "artifact:navpkg-m" is looked for on GitHub, in a workflow only; name a package (.nav), or none',
  ],
  ['a folder as baseline', { model, baseline: ['folder'] }, '--baseline: "folder" is not a file'],
  ['one value twice', { model, name: ['a', 'b'] }, '--name: "a, b" was given more than once'],
])('%s is refused', async (_, given, line) => {
  expect(await problems(given)).toEqual([line])
})

test('action inputs without model and package, and with both, are told in the words of the workflow', async () => {
  expect(await problems({}, 'input')).toEqual(['model: is missing: give a model or a package'])
  expect(await problems({ model, package: model }, 'input')).toEqual([
    'model: "m.onnx" cannot be used together with package',
  ])
})

test.each([
  ['5m', 300_000],
  ['90s', 90_000],
  ['500ms', 500],
  ['1.5h', 5_400_000],
])('a time budget of %s is %d ms', async (text, ms) => {
  expect((await parse({ model, 'time-budget': [text] })).request.timeBudgetMs).toBe(ms)
})

test.each([
  ['4GiB', 4 * 2 ** 30],
  ['2G', 2 * 2 ** 30],
  ['1.5 MB', 1_500_000],
  ['4096', 4096],
])('a memory limit of %s is %d bytes', async (text, bytes) => {
  expect((await parse({ model, 'memory-limit': [text] })).request.memoryLimitBytes).toBe(bytes)
})

test('an action input holds one assignment per line', async () => {
  const { request } = await parse(
    { model, 'input-shape': ['a=1x2\n\nb:0=3\n'], 'input-range': ['s=16000:16000'] },
    'input',
  )
  expect([request.inputShapes, request.inputRanges]).toEqual([
    new Map([
      ['a', [1, 2]],
      ['b:0', [3]],
    ]),
    new Map([['s', [16_000, 16_000]]]),
  ])
})

test('an input name may hold any =, since the last one splits', async () => {
  const name = fc.string({ minLength: 1 }).filter((text) => text === text.trim() && text !== '' && !text.includes('\n'))
  const shape = fc.array(fc.integer({ min: 1, max: 4096 }), { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(name, shape, async (input, sizes) => {
      const { request } = await parse({ model, 'input-shape': [`${input}=${sizes.join('x')}`] })
      expect([...request.inputShapes]).toEqual([[input, sizes]])
    }),
    { numRuns: 50 },
  )
})

test('whatever text is given, it is a request or a list of problems, never another error', async () => {
  const names = fc.constantFrom(...OPTIMIZE_OPTIONS.map(({ name }) => name), '__proto__', 'x')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(names, fc.array(fc.string(), { maxLength: 2 }))), async (entries) => {
      const values = new Map(entries)
      const thrown: unknown = await parseOptimizeOptions(values, { cwd: '/', style: 'flag' }).catch(
        (error: unknown) => error,
      )
      if (thrown instanceof Error) expect(thrown).toBeInstanceOf(NavigatorError)
    }),
  )
})

test.each([
  ['PP-OCR cls', null, 'navpkg-pp-ocr-cls'],
  ['../up', 'ubuntu latest', 'navpkg-up-ubuntu-latest'],
  ['名前', null, 'navpkg-model'],
])('%s for target %s is named %s', (name, target, expected) => {
  expect(artifactName(name, target)).toBe(expected)
})

test.each<[string, object]>([
  ['auto', { kind: 'auto' }],
  ['none', { kind: 'none' }],
  ['artifact:navpkg-x', { kind: 'artifact', name: 'navpkg-x' }],
  ['release:v1.0/a/model.nav', { kind: 'release', tag: 'v1.0/a', asset: 'model.nav' }],
])('a workflow may ask for the baseline %s', async (text, baseline) => {
  expect((await parse({ model, baseline: [text] }, 'input')).request.gate.baseline).toEqual(baseline)
})

test.each([
  ['artifact:', 'has no name of an artifact; expected artifact:NAME, such as artifact:navpkg-demo.nav'],
  ['release:v1', 'is not release:TAG/ASSET, such as release:v1.2/model.nav; TAG may be latest'],
])('the baseline %s is refused in a workflow', async (text, why) => {
  expect(await problems({ model, baseline: [text] }, 'input')).toEqual([`baseline: "${text}" ${why}`])
})

test('a workflow may name a baseline that is not there yet, a terminal may not', async () => {
  const { cwd, request } = await parse({ model, baseline: ['base.nav'] }, 'input')
  expect(request.gate.baseline).toEqual({ kind: 'file', path: path.join(cwd, 'base.nav') })
  expect(await problems({ model, baseline: ['base.nav'] })).toEqual([
    expect.stringMatching(/^--baseline: "base.nav" does not exist/),
  ])
})

test('the output is no baseline, whether it is there already or not', async () => {
  const line = 'baseline: "out.nav" is where a result of this run goes; name another file for one of them'
  expect(await problems({ model, baseline: ['out.nav'], output: ['out.nav'] }, 'input')).toEqual([line])
  expect(await problems({ model, baseline: ['n.onnx'], output: ['link.onnx'] })).toEqual([
    '--baseline: "n.onnx" is where a result of this run goes; name another file for one of them',
  ])
})

test('a latency budget is an objective with any strategy, and bounds batch sizes with its own alone', async () => {
  const strategy = ['max-throughput-with-latency-budget']
  const [alone, bounded] = [
    await parse({ model, 'latency-budget-ms': ['5'] }),
    await parse({ model, strategy, 'latency-budget-ms': ['5'] }),
  ]
  expect([alone.request.latencyBudgetMs, bounded.request.latencyBudgetMs]).toEqual([null, 5])
  for (const { request } of [alone, bounded]) {
    expect(request.gate.objectives).toEqual([{ name: 'latency-budget-ms', limit: 5 }])
  }
})

test('only an accuracy budget that is given is an objective', async () => {
  const { request } = await parse({
    model,
    'accuracy-budget': ['0.01'],
    'min-throughput': ['10'],
    'max-size-mb': ['4'],
  })
  expect(request.accuracyBudget).toBe(0.01)
  expect(request.gate.objectives).toEqual([
    { name: 'min-throughput', limit: 10 },
    { name: 'max-size-mb', limit: 4 },
    { name: 'accuracy-budget', limit: 0.01 },
  ])
})

test('the comparison has a time budget of its own and what the run is fed with', async () => {
  const given = { 'compare-time-budget': ['30s'], 'time-budget': ['1m'], 'input-shape': ['x=1x2'], seed: ['7'] }
  const { timeBudgetMs, inputShapes, seed } = (await parse({ model, ...given })).request.gate.comparison
  expect([timeBudgetMs, [...inputShapes], seed]).toEqual([30_000, [['x', [1, 2]]], 7])
})
