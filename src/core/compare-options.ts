import { METRICS, type MetricName } from './comparison/metrics.js'
import { checkFiles, type OptionContext } from './option-files.js'
import { type Option, option, OptionReader, type OptionValues } from './option-reader.js'
import { optionsNamed, readPackageOption, readRunOptions, readSampleOptions } from './options.js'
import type { CompareRequest } from './request.js'

/** What `optimize` is asked in the same words. */
const SHARED = [
  'samples',
  'samples-axis',
  'input-shape',
  'input-range',
  'memory-limit',
  'request-timeout',
  'load-timeout',
  'workspace',
  'exclusive',
  'wait-for-quiet',
  'seed',
]

const MISSING = 'is missing: give two packages, the base and the head'
const DEFAULT_TOLERANCE = METRICS.map((metric) => `${metric}=5%`).join(',')

/** Every option of `compare`, in the order help shows them. */
export const COMPARE_OPTIONS: readonly Option[] = [
  option('base', 'FILE', 'Package to compare with: what it was.'),
  option('head', 'FILE', 'Package to judge: what it is to be.'),
  option(
    'tolerance',
    'NAME=5%,…',
    `How much slower still counts as the same: of ${METRICS.join(' and ')}, or one share such as 5% for both.`,
    DEFAULT_TOLERANCE,
  ),
  option('time-budget', '2m', 'How long measuring may take; it ends as soon as the verdict is sure.', '2m'),
  option('recorded', 'true|false', 'Compare what the packages say they were measured at, and run nothing.', 'false'),
  option(
    'on-inconclusive',
    'warn|fail',
    'What to do when nothing can be said for sure, or the two cannot be compared.',
    'warn',
  ),
  ...optionsNamed(SHARED, []),
]

/**
 * Turns flags into a request. Everything is checked in one pass, files included; throws `invalid-options` with one line
 * per problem: the option, its value, and what is allowed.
 */
export async function parseCompareOptions(values: OptionValues, context: OptionContext): Promise<CompareRequest> {
  const { cwd } = context
  const reader = new OptionReader(COMPARE_OPTIONS, values, context.style)
  const request: CompareRequest = {
    base: await readPackageOption(reader, 'base', cwd, MISSING),
    head: await readPackageOption(reader, 'head', cwd, MISSING),
    tolerances: readTolerances(reader),
    ...(await readSampleOptions(reader, cwd)),
    ...readRunOptions(reader, cwd),
    recorded: reader.choice('recorded', ['true', 'false']) === 'true',
    onInconclusive: reader.choice('on-inconclusive', ['warn', 'fail']),
  }
  const inputs = [request.base, request.head].map((file) => ({ file, what: 'one of the packages' }))
  const { samples, workspace } = request
  await checkFiles(reader, { inputs, output: null, samples, workspace }, context.destinations)
  reader.finish()
  return request
}

function readTolerances(reader: OptionReader): CompareRequest['tolerances'] {
  const tolerances: Record<MetricName, number> = { 'latency-p50': NaN, throughput: NaN }
  const parts = reader.list('tolerance') ?? []
  const [only] = parts
  const all = only !== undefined && parts.length === 1 ? parseShare(only) : null
  if (all !== null) return { 'latency-p50': all, throughput: all }
  for (const part of [...DEFAULT_TOLERANCE.split(','), ...parts]) {
    const [name = '', text = ''] = part.split('=').map((one) => one.trim())
    const metric = METRICS.find((one) => one === name)
    const share = parseShare(text)
    if (metric !== undefined && share !== null) tolerances[metric] = share
    else reader.problem('tolerance', `is not ${DEFAULT_TOLERANCE} or the like: "${part}" is no metric with a share`)
  }
  return tolerances
}

/** `5%` as 0.05; null for anything that is no share above 0 and below 10. */
function parseShare(text: string): number | null {
  const digits = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1]
  const share = Number(digits) / 100
  return digits !== undefined && share > 0 && share < 10 ? share : null
}
