import { stat } from 'node:fs/promises'
import path from 'node:path'

import { GATE_OPTIONS, readGate } from './gate-options.js'
import { checkFiles, type Destination, type OptionContext, requireReadable } from './option-files.js'
import { isWhole, type Option, option, OptionReader, type OptionValues } from './option-reader.js'
import { FORMATS, RUNNERS, STRATEGIES } from './plan/candidate.js'
import { DEVICES, type JudgedRequest, type OptimizeRequest, type RunOptions, type SampleOptions } from './request.js'

export type { OptionValues } from './option-reader.js'

/** What a run is told of the model, of measuring and of what may win. */
export const ENGINE_OPTIONS: readonly Option[] = [
  option('model', 'FILE', 'ONNX model to start from. Either this or package.'),
  option('package', 'FILE', 'Navigator Package (.nav) to start from. Either this or model.'),
  option('output', 'FILE', 'Where the package goes. Default: navpkg-<name>.nav in the working directory.'),
  option('name', 'TEXT', 'Name of the model in reports and files. Default: the file name without its ending.'),
  option('target', 'TEXT', 'What it is measured for, such as a runner label; part of the file names.'),
  option(
    'samples',
    'PATH',
    'Folder of .npz files, one request each, or one .npz file. Default: the samples of the package, else random ones.',
  ),
  option('samples-axis', 'N', 'Splits one .npz file into requests along this axis.'),
  option(
    'input-shape',
    'NAME=1x3x48x192',
    'Shape of one request of an input; needed for dynamic axes when there are no samples.',
    null,
    true,
  ),
  option('input-range', 'NAME=LOW:HIGH', 'Inclusive bounds of random samples of an input. Default: 0:1.', null, true),
  option('device', 'auto|cpu|cuda|webgpu', 'Where the model may run.', 'auto'),
  option('batch-sizes', 'N,N,…', 'Exactly these batch sizes. Default: 1, 2, 4 … while throughput grows.'),
  option('max-batch-size', 'N', 'Largest batch size to try.'),
  option('formats', 'NAME,…', 'Formats to try. Default: all that run here.'),
  option('runners', 'NAME,…', 'Runners to try. Default: all that run here.'),
  option(
    'settings',
    'search|default',
    'Whether session settings are searched, or the defaults are measured only.',
    'search',
  ),
  option('strategy', STRATEGIES.join('|'), 'What the winner must be best at.', 'max-throughput-and-min-latency'),
  option(
    'latency-budget-ms',
    'N',
    'Highest p50 latency: an objective of the winner at its smallest batch size, and what the strategy max-throughput-with-latency-budget needs.',
  ),
  option(
    'accuracy-budget',
    'N',
    'Largest relative RMS difference from the model as given that another model of the package may have; where it is given, an objective of the winner.',
    '0.001',
  ),
  option('time-budget', '5m', 'How long measuring may take; candidates that do not fit are skipped.', '5m'),
  option('memory-limit', '4GiB', 'Memory one model process may use. Default: 80 % of what is free.'),
  option('request-timeout', '60s', 'How long one request may take before the model counts as hung.', '60s'),
  option('load-timeout', '120s', 'How long loading the model may take.', '120s'),
  option('save-data', 'true|false', 'Whether the package keeps the samples.', 'true'),
  option('workspace', 'DIR', 'Folder to work in; must be empty. Default: one under the temporary folder.'),
  option('dry-run', 'true|false', 'Only say what would be tried.', 'false'),
  option('resume', 'true|false', 'Go on from what the same run measured before it was interrupted.', 'false'),
  option('exclusive', 'wait|fail|off', 'What to do when another run measures on this machine.', 'wait'),
  option(
    'wait-for-quiet',
    '60s',
    'How long to wait, before measuring, for other processes to leave the machine alone. Default: not at all.',
  ),
  option('seed', 'N', 'Seed of random samples and of the order of measuring.', '0'),
]

/** Every option of `optimize`. action.yml documents the same ones; a test compares. */
export const OPTIMIZE_OPTIONS: readonly Option[] = [...ENGINE_OPTIONS, ...GATE_OPTIONS]

/**
 * Turns flags or action inputs into a request. Everything is checked in one pass, files included; throws
 * `invalid-options` with one line per problem: the option, its value, and what is allowed.
 */
export async function parseOptimizeOptions(values: OptionValues, context: OptionContext): Promise<JudgedRequest> {
  const reader = new OptionReader(OPTIMIZE_OPTIONS, values, context.style)
  const request = await readRequest(reader, context.cwd, context.destinations)
  const gate = await readGate(reader, request, context)
  reader.finish()
  return { ...request, gate }
}

/**
 * Reads a request from a reader that knows at least {@link ENGINE_OPTIONS}; a shell with options of its own reads
 * them from the same one. Problems stay in the reader: the request is good only when its `finish` does not throw.
 */
export async function readRequest(
  reader: OptionReader,
  cwd: string,
  destinations: readonly Destination[] = [],
  modelKind: 'file' | 'file-or-folder' = 'file',
): Promise<OptimizeRequest> {
  const source = await readSource(reader, cwd, modelKind)
  const name = reader.text('name') ?? (path.parse(source.path).name || 'model')
  const target = reader.text('target')
  const output = path.resolve(cwd, reader.text('output') ?? `${artifactName(name, target)}.nav`)
  const request: OptimizeRequest = {
    source,
    output,
    name,
    target,
    ...(await readSampleOptions(reader, cwd)),
    device: reader.choice('device', DEVICES),
    ...readBatchSizes(reader),
    formats: readNames(reader, 'formats', FORMATS),
    runners: readNames(reader, 'runners', RUNNERS),
    settings: reader.choice('settings', ['search', 'default']),
    accuracyBudget: reader.number('accuracy-budget') ?? 1e-3,
    ...readStrategy(reader),
    ...readRunOptions(reader, cwd),
    saveData: reader.choice('save-data', ['true', 'false']) === 'true',
    resume: reader.choice('resume', ['true', 'false']) === 'true',
    dryRun: reader.choice('dry-run', ['true', 'false']) === 'true',
  }
  const inputs = [{ file: source.path, what: `the ${source.kind} itself` }]
  await checkFiles(reader, { ...request, inputs }, destinations)
  return request
}

/** What the inputs of the model are fed with. */
export async function readSampleOptions(reader: OptionReader, cwd: string): Promise<SampleOptions> {
  return {
    samples: await readSamples(reader, cwd),
    inputShapes: reader.assignments('input-shape', parseShape, 'whole sizes from 1, such as x=1x3x48x192'),
    inputRanges: reader.assignments('input-range', parseRange, 'two numbers, such as sr=0:30000'),
  }
}

/** How long and on how much of the machine a run may work, and the seed of what is random in it. */
export function readRunOptions(reader: OptionReader, cwd: string): RunOptions {
  const workspace = reader.text('workspace')
  return {
    timeBudgetMs: reader.duration('time-budget') ?? 300_000,
    memoryLimitBytes: reader.bytes('memory-limit'),
    requestTimeoutMs: reader.duration('request-timeout') ?? 60_000,
    loadTimeoutMs: reader.duration('load-timeout') ?? 120_000,
    workspace: workspace === null ? null : path.resolve(cwd, workspace),
    exclusive: reader.choice('exclusive', ['wait', 'fail', 'off']),
    waitForQuietMs: reader.duration('wait-for-quiet'),
    seed: reader.whole('seed', 0) ?? 0,
  }
}

/** `navpkg-<name>[-<target>]`, slugged: the name of the package's file and artifact. */
export function artifactName(name: string, target: string | null): string {
  const slug = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9._]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '') || 'model'
  return ['navpkg', slug(name), ...(target === null ? [] : [slug(target)])].join('-')
}

async function readSource(
  reader: OptionReader,
  cwd: string,
  modelKind: 'file' | 'file-or-folder',
): Promise<OptimizeRequest['source']> {
  const [model, navPackage] = [reader.text('model'), reader.text('package')]
  if ((model === null) === (navPackage === null)) {
    reader.problem(
      'model',
      model === null ? 'is missing: give a model or a package' : 'cannot be used together with package',
    )
  }
  for (const [kind, file] of [['model', model] as const, ['package', navPackage] as const]) {
    const expected = kind === 'model' && modelKind === 'file-or-folder' ? undefined : 'file'
    if (file !== null) await requireReadable(reader, kind, path.resolve(cwd, file), expected)
  }
  return { kind: model === null ? 'package' : 'model', path: path.resolve(cwd, model ?? navPackage ?? '') }
}

async function readSamples(reader: OptionReader, cwd: string): Promise<OptimizeRequest['samples']> {
  const axis = reader.whole('samples-axis', 0)
  const given = reader.text('samples')
  if (given === null) {
    if (axis !== null) reader.problem('samples-axis', 'needs samples')
    return null
  }
  const samples = { path: path.resolve(cwd, given), axis }
  await requireReadable(reader, 'samples', samples.path)
  const isFolder = await stat(samples.path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (axis !== null && isFolder) reader.problem('samples-axis', 'splits one .npz file, but samples is a folder')
  return samples
}

/** Exactly which batch sizes, or up to which. */
export function readBatchSizes(reader: OptionReader): Pick<OptimizeRequest, 'batchSizes' | 'maxBatchSize'> {
  const sizes = reader.list('batch-sizes')
  if (sizes !== null && (sizes.length === 0 || !sizes.every((size) => isWhole(size, 1)))) {
    reader.problem('batch-sizes', 'is not a list of whole numbers from 1, such as 1,4,16')
  }
  if (sizes !== null && reader.has('max-batch-size')) {
    reader.problem('max-batch-size', 'cannot be used together with batch-sizes')
  }
  return { batchSizes: sizes?.map(Number) ?? null, maxBatchSize: reader.whole('max-batch-size', 1) }
}

/** A list of known names; null when none is given. */
export function readNames(reader: OptionReader, name: string, known: readonly string[]): string[] | null {
  const given = reader.list(name)
  const unknown = given?.filter((one) => !known.includes(one)) ?? []
  if (given?.length === 0) reader.problem(name, `names nothing; known are ${known.join(', ')}`)
  if (unknown.length > 0) {
    const which = unknown.map((one) => `"${one}"`).join(', ')
    reader.problem(name, `has names that are not known (${which}); known are ${known.join(', ')}`)
  }
  return given
}

function readStrategy(reader: OptionReader): Pick<OptimizeRequest, 'strategy' | 'latencyBudgetMs'> {
  const strategy = reader.choice('strategy', STRATEGIES)
  const hasBudget = strategy === 'max-throughput-with-latency-budget'
  if (hasBudget && !reader.has('latency-budget-ms')) {
    reader.problem('latency-budget-ms', `is missing: the strategy ${strategy} needs it`)
  }
  return { strategy, latencyBudgetMs: hasBudget ? reader.number('latency-budget-ms') : null }
}

/** The options of those names: one of `own`, else the one that `optimize` has. */
export function optionsNamed(names: readonly string[], own: readonly Option[]): Option[] {
  const known = new Map([...OPTIMIZE_OPTIONS, ...own].map((one) => [one.name, one]))
  return names.flatMap((name) => known.get(name) ?? [])
}

/** The absolute path of the package that option `name` names. */
export async function readPackageOption(
  reader: OptionReader,
  name: string,
  cwd: string,
  missing: string,
): Promise<string> {
  const given = reader.text(name)
  if (given === null) reader.problem(name, missing)
  const file = path.resolve(cwd, given ?? '')
  if (given !== null) await requireReadable(reader, name, file, 'file')
  return file
}

function parseShape(text: string): number[] | null {
  const sizes = text.split('x')
  return sizes.every((size) => isWhole(size, 1)) ? sizes.map(Number) : null
}

function parseRange(text: string): [number, number] | null {
  const [low, high, ...rest] = text.split(':').map((part) => (part.trim() === '' ? NaN : Number(part)))
  if (low === undefined || high === undefined || rest.length > 0) return null
  return Number.isFinite(low) && Number.isFinite(high) && low <= high ? [low, high] : null
}
